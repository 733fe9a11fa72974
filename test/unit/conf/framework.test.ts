import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../../../src/conf/diagnostic-text.ts'
import { loadFramework, readFramework } from '../../../src/conf/framework.ts'

const etc = mkdtempSync(join(tmpdir(), 'conf-framework-'))
afterAll(() => rmSync(etc, { recursive: true }))
beforeEach(() => {
  rmSync(etc, { recursive: true })
  mkdirSync(join(etc, 'framework.conf.d'), { recursive: true })
})

const variables = { kernelver: '6.1', dkms_tree: '/var/lib/dkms', parallel_jobs: '8' }

function write(text: string, part?: string): void {
  writeFileSync(part === undefined ? join(etc, 'framework.conf') : join(etc, 'framework.conf.d', part), text)
}

const defaults = {
  verbose: false,
  symlinkModules: false,
  autoinstallAllKernels: false,
  modprobeOnInstall: false,
  trySignModules: 'not_in_chroot',
  continueOnError: true,
  legacyDirectives: false,
}

describe('framework.conf', () => {
  it('may be missing', async () => {
    rmSync(etc, { recursive: true })
    expect(await loadFramework(etc, variables)).toEqual(defaults)
    mkdirSync(etc)
  })

  it('sets everything that DKMS knows', async () => {
    write(`source_tree=/s dkms_tree="/t"\ninstall_tree=/i\ntmp_location="$dkms_tree/tmp"\nverbose=1 symlink_modules=yes
autoinstall_all_kernels=y modprobe_on_install=true parallel_jobs=0\ncompress_gzip_opts="-9 -n" compress_xz_opts=-1 compress_zstd_opts=-3
post_transaction='update-grub $kernelver'\nsign_file=/x/$kernelver/sign mok_signing_key='/k/$kernelver.key' mok_certificate=/c
try_sign_modules=false build_environment=/opt/env continue_on_error=no legacy_directives=yes\n`)
    expect(await loadFramework(etc, variables)).toEqual({
      sourceTree: '/s',
      dkmsTree: '/t',
      installTree: '/i',
      tmpLocation: '/t/tmp',
      verbose: true,
      symlinkModules: true,
      autoinstallAllKernels: true,
      modprobeOnInstall: true,
      parallelJobs: 0,
      compressGzipOptions: '-9 -n',
      compressXzOptions: '-1',
      compressZstdOptions: '-3',
      postTransaction: 'update-grub $kernelver',
      signFile: '/x/6.1/sign',
      mokSigningKey: '/k/6.1.key',
      mokCertificate: '/c',
      trySignModules: 'false',
      buildEnvironment: '/opt/env',
      continueOnError: false,
      legacyDirectives: true,
    })
  })

  it('gives way to its parts, which count in the order of their names', async () => {
    write('sign_file=/0 mok_signing_key=/0 mok_certificate=/0')
    write('sign_file=/2 mok_signing_key=/2', '20-b.conf')
    write('sign_file=/1 parallel_jobs=3\r\n', '10-a.conf')
    write('sign_file=/9', 'ignored.txt')
    expect(await loadFramework(etc, variables)).toEqual({
      ...defaults,
      signFile: '/2',
      mokSigningKey: '/2',
      mokCertificate: '/0',
      parallelJobs: 3,
    })
  })

  it('may compute, and its functions stay inside', async () => {
    write('do_status() { echo hijacked; }\nif true; then parallel_jobs=$(echo 5); fi\nAUTOINSTALL=yes\nPATH=/evil\n')
    expect(await loadFramework(etc, variables)).toEqual({ ...defaults, parallelJobs: 5 })
  })

  async function problemsOf(): Promise<readonly string[]> {
    return (await readFramework(etc, variables)).problems.map((found) => `${found.severity} ${formatDiagnostic(found)}`)
  }

  it('has every wrong value told, with its file and line', async () => {
    write('# verbose=old\nverbose=please\n\ntry_sign_modules=maybe\n')
    write('\nparallel_jobs=many source_tree=src', '1.conf')
    await expect(loadFramework(etc, variables)).rejects.toMatchObject({
      code: 'CONF_INVALID',
      details: [
        `${etc}/framework.conf:2: verbose is "please"; write yes or no`,
        `${etc}/framework.conf:4: try_sign_modules is "maybe"; write true, false or not_in_chroot`,
        `${etc}/framework.conf.d/1.conf:2: source_tree is "src"; write a path from the root`,
        `${etc}/framework.conf.d/1.conf:2: parallel_jobs is "many"; write a number; 0 is no limit`,
      ],
    })
  })

  it('counts a wrong value as not set where the command goes on', async () => {
    write('continue_on_error=perhaps source_tree=src parallel_jobs=many sign_file=/x')
    expect((await readFramework(etc, variables)).settings).toEqual({ ...defaults, signFile: '/x' })
  })

  it('has a syntax error told together with wrong values, and keeps what stands before it', async () => {
    write('sign_file=/x\nverbose=please\nif [ x\n')
    expect((await readFramework(etc, variables)).settings).toEqual({ ...defaults, signFile: '/x' })
    expect(await problemsOf()).toMatchObject([
      expect.stringMatching(/^error .*\/framework\.conf:4: bash cannot parse .*unexpected end of file/),
      expect.stringMatching(/^error .*\/framework\.conf:2: verbose is/),
    ])
    await expect(loadFramework(etc, variables)).rejects.toMatchObject({ code: 'CONF_INVALID' })
  })

  it('has a line that bash takes for a command warned about, and is used', async () => {
    write('sign_file = /x\nparallel_jobs=2\n')
    expect(await problemsOf()).toEqual([
      expect.stringMatching(/^warning .*\/framework\.conf:1: bash says: .*sign_file/),
    ])
    expect(await loadFramework(etc, variables)).toEqual({ ...defaults, parallelJobs: 2 })
  })

  it('is refused when a directory or a broken link is in its place, and the other files are read', async () => {
    mkdirSync(join(etc, 'framework.conf'))
    symlinkSync('nowhere', join(etc, 'framework.conf.d', '1.conf'))
    symlinkSync('/dev/null', join(etc, 'framework.conf.d', '2.conf'))
    write('sign_file=/x', '3.conf')
    expect(await problemsOf()).toEqual([
      expect.stringMatching(/^error .*\/framework\.conf: cannot read the file: it is a directory;/),
      expect.stringMatching(/^error .*\/1\.conf: cannot read the file: no such file; remove the link/),
    ])
    expect((await readFramework(etc, variables)).settings).toEqual({ ...defaults, signFile: '/x' })
  })

  it('is a problem where it may not be looked at, and none where there is no such directory', async () => {
    write('sign_file=/x')
    chmodSync(etc, 0)
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    const problems = problemsOf()
    if (isRoot) process.seteuid?.(0)
    chmodSync(etc, 0o755)
    expect(await problems).toEqual([
      expect.stringMatching(/^error .*\/framework\.conf\.d: .*permission denied/),
      expect.stringMatching(/^error .*\/framework\.conf: .*permission denied/),
    ])
    expect(await readFramework(join(etc, 'framework.conf'), variables)).toEqual({ settings: defaults, problems: [] })
  })
})
