import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { loadFramework } from '../../../src/conf/framework.ts'

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

  it('has every wrong value told, with its file', async () => {
    write('verbose=please\ntry_sign_modules=maybe\n')
    write('parallel_jobs=many source_tree=src', '1.conf')
    await expect(loadFramework(etc, variables)).rejects.toMatchObject({
      code: 'CONF_INVALID',
      details: [
        `${etc}/framework.conf: verbose is "please"; write yes or no`,
        `${etc}/framework.conf: try_sign_modules is "maybe"; write true, false or not_in_chroot`,
        `${etc}/framework.conf.d/1.conf: source_tree is "src"; write a path from the root`,
        `${etc}/framework.conf.d/1.conf: parallel_jobs is "many"; write a number; 0 is no limit`,
      ],
    })
  })
})
