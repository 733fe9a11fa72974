import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkout, fromSources, type Run, runFile } from '../../support/program.ts'
import { writeToyHeaders } from '../../support/toy-kernel.ts'
import { makeWorld, type World } from '../../support/world.ts'
import { lacks } from '../packaging/rpm/format/rpm-tools.ts'

const el9 = '5.14.0-362.8.1.el9_3.x86_64'
const sle = '5.14.21-150500.53-default'
const jammy = '5.15.0-25-generic'
const kernels = [el9, sle, jammy]

let root: string
let world: World
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'disk-command-'))
  const headers = kernels.map((release) => {
    const dir = join(root, 'headers', release)
    writeToyHeaders(dir, release)
    return { release, headers: dir }
  })
  world = makeWorld(join(root, 'world'), headers)
  const source = join(world.source, 'hello-1.0')
  mkdirSync(source, { recursive: true })
  writeFileSync(
    join(source, 'dkms.conf'),
    'PACKAGE_NAME=hello\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=hello\nDEST_MODULE_LOCATION=/extra\nAUTOINSTALL=yes\n',
  )
  writeFileSync(join(source, 'Makefile'), 'obj-m := hello.o\n')
  writeFileSync(
    join(source, 'hello.c'),
    [
      '#include <linux/module.h>',
      'TOY_INFO("alias=pci:v00008086d0000100Esv*sd*bc*sc*i*")',
      'MODULE_DESCRIPTION("Says hello");',
      'MODULE_LICENSE("GPL");',
      'static const struct { unsigned long crc; char name[56]; } versions[]',
      '  __attribute__((used, section("__versions"))) = { { 0x12345678, "toy_symbol" } };',
      'static int hello(void) { return 0; }',
      'static void bye(void) { }',
      'module_init(hello) module_exit(bye)',
      '',
    ].join('\n'),
  )
  for (const release of kernels) {
    const { status, stderr } = await run('build', 'hello/1.0', '-k', `${release}/x86_64`)
    if (status !== 0) throw new Error(stderr)
  }
}, 120_000)
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** The program as the sources are: nothing has to be built. */
function run(...args: readonly string[]): Promise<Run> {
  const { tree, source, modules, etc, desk } = world
  const roots = ['--dkmstree', tree, '--sourcetree', source, '--installtree', modules, '--etc', etc]
  const start = `const { main } = await import('${checkout}/src/cli/main.ts'); process.exitCode = await main(process.argv.slice(1), 'dkms')`
  return runFile(process.execPath, ['--input-type=module', '-e', start, '--', ...args, ...roots], {
    cwd: desk,
    env: { TMPDIR: join(desk, '.tmp'), ...fromSources },
  })
}

function disk(name: string): string {
  return join(world.tree, 'hello/1.0/driver_disk', name)
}

describe('mkdriverdisk with the options of DKMS 2', () => {
  it('leaves no trace in the tree of a disk that could not be made', async () => {
    const { status } = await run('mkdriverdisk', 'hello/1.0', '-d', 'suse', '-k', `${sle}/x86_64`)
    expect({ status, left: existsSync(disk('')) }).toEqual({ status: 3, left: false })
  })

  it('makes a floppy below the package, with the old name, and ends with the lines that scripts look for', async () => {
    const { status, stdout } = await run(
      'mkdriverdisk',
      '-m',
      'hello',
      '-v',
      '1.0',
      '-d',
      'redhat2',
      '-k',
      `${el9}/x86_64`,
    )
    const path = disk(`hello-1.0-kernel${el9}-x86_64-dd.img`)
    expect({ status, end: stdout.split('\n').slice(-5) }).toEqual({
      status: 0,
      end: ['', `Disk image location: ${path}`, '', 'DKMS: mkdriverdisk completed.', ''],
    })
    expect(readFileSync(path)).toHaveLength(1440 * 1024)
    expect(execFileSync('mtype', ['-i', path, '::rhdd'], { encoding: 'utf8' })).toBe('hello-1.0 driver disk\n')
    const { stdout: shown } = await run('show', path, '--json')
    expect(JSON.parse(shown)).toMatchObject({ formats: ['redhat2'], kernels: [el9] })
    // The directory of disks lies beside those of kernels.
    expect((await run('status')).stdout).not.toContain('driver_disk')
  })

  it('makes tar archives of SuSE disks, named after distribution and release', async () => {
    const words = ['--distro=suse', '--release=sles11', '-k', `${sle}/x86_64`, '--media=tar']
    const { status, stdout } = await run('mkdriverdisk', 'hello/1.0', ...words)
    const path = disk('hello-1.0-suse-sles11-dd.tar')
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`\nDisk image location: ${path}\n`),
    })
    const names = execFileSync('tar', ['-tf', path], { encoding: 'utf8' })
    expect(names).toContain('linux/suse/x86_64-sles11/modules/hello.ko')
  })

  it('says what means nothing for the medium, and makes the disk', async () => {
    const words = [
      '-d',
      'suse',
      '-r',
      'sles12',
      '-k',
      `${sle}/x86_64`,
      '--media',
      'tar',
      '--size',
      '1440',
      '--label',
      'X',
    ]
    const { status, stderr } = await run('mkdriverdisk', 'hello/1.0', ...words)
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'Warning: --size means nothing for tar\nWarning: --label means nothing for tar\n',
    })
  })

  it.each([
    ['no distribution', 1, 'ARGUMENT_MISSING', []],
    ['a distribution nobody knows', 3, 'DISK_REFUSED', ['-d', 'slackware']],
    ['suse without a release', 3, 'DISK_REFUSED', ['-d', 'suse', '-k', `${sle}/x86_64`]],
    ['another medium', 1, 'USAGE', ['-d', 'redhat2', '--media', 'punchcards']],
    ['a kernel the package is not built for', 5, 'NOT_BUILT', ['-d', 'redhat2', '-k', '1.2.3/x86_64']],
    ['a floppy that is too small', 7, 'IMAGE_FULL', ['-d', 'redhat2', '--size', '20', '-k', `${el9}/x86_64`]],
    ['a size that is none', 1, 'USAGE', ['-d', 'redhat2', '--size', '0', '-k', `${el9}/x86_64`]],
    [
      'a size that holds no file system',
      7,
      'IMAGE_FULL',
      ['-d', 'suse', '-r', '9', '--size', '1', '-k', `${sle}/x86_64`],
    ],
    [
      'an update for no product, before anything is built',
      3,
      'DISK_REFUSED',
      ['--format', 'dud', '-k', '1.2.3/x86_64'],
    ],
    ['packages for no release of Debian', 3, 'DISK_REFUSED', ['--format', 'debian', '-k', '1.2.3/x86_64']],
    ['a label that not every medium holds', 1, 'USAGE', ['-d', 'redhat3', '--label', 'mine']],
    ['two files of one name', 1, 'USAGE', ['-d', 'redhat3', '-k', `${el9}/x86_64`, '--output', 'x', '--initrd', 'x']],
    ['a spec file that does not exist', 5, 'SPEC_MISSING', ['-d', 'redhat3', '--spec=my.spec', '-k', `${el9}/x86_64`]],
    ['both command lines', 8, 'CONFLICTING_FLAGS', ['-d', 'redhat3', '--format', 'dud']],
    ['-k and --all', 2, 'KERNEL_WITH_ALL', ['-d', 'redhat3', '--all', '-k', el9]],
  ])('refuses %s with status %d', async (_what, expected, code, args) => {
    const { status, stdout } = await run('mkdriverdisk', 'hello/1.0', '--json', ...args)
    expect({ status, code: JSON.parse(stdout).error.code }).toEqual({ status: expected, code })
  })

  it('has status 2 for a package that is not in the tree', async () => {
    const { status } = await run('mkdriverdisk', 'nothing/1.0', '-d', 'redhat3')
    expect(status).toBe(2)
  })
})

describe('mkdriverdisk --format', () => {
  const universal = ['mkdriverdisk', 'hello/1.0', '--format', 'universal', '--dist', 'sle15sp5,ubuntu/trusty', '--all']

  it('makes one disk that every installer takes', async () => {
    const output = join(world.desk, 'all.iso')
    const { status, stdout } = await run(...universal, '--output', output, '--initrd', join(world.desk, 'all.initrd'))
    expect(stdout).toContain(`\nDisk image location: ${output}\n`)
    expect(status).toBe(0)
    const files = execFileSync('bsdtar', ['-tf', output], { encoding: 'utf8' }).split('\n')
    expect(files).toEqual(
      expect.arrayContaining(['rhdd3', 'linux/suse/x86_64-sles15/dud.config', 'ubuntu-drivers/5.15.0', 'rpms/x86_64']),
    )
    expect(existsSync(join(world.desk, 'all.initrd'))).toBe(true)

    const shown = JSON.parse((await run('show', output, '--json')).stdout)
    expect(shown.formats).toEqual(['redhat3', 'suse', 'ubuntu', 'debian'])
    expect(shown.kernels).toEqual(kernels)
    expect((await run('show', output)).stdout).toMatch(/^Label: +OEMDRV$/m)

    const judged = await run('verify', output, '--release', 'rhel9.3', '--release', 'sles15sp5,ubuntu', '-k', el9)
    expect(judged.stdout).toContain(': accepted for rhel9.3 sles15sp5')
    expect(judged.status).toBe(0)
  })

  it('of a dry run says what would be on the disk, and leaves nothing behind', async () => {
    const output = join(world.desk, 'dry.iso')
    const { status, stdout } = await run(...universal, '--output', output, '--dry-run')
    expect({ status, left: readdirSync(join(world.desk, '.tmp')) }).toEqual({ status: 0, left: [] })
    expect(stdout).toContain(`Would write: ${output}\n`)
    expect(stdout).toContain('\n  rhdd3\n')
    expect(stdout).not.toContain('Disk image location')
    expect(existsSync(output)).toBe(false)
  })

  it('puts packages on the disk that were made elsewhere', async () => {
    await run(
      'mkdriverdisk',
      'hello/1.0',
      '--format',
      'redhat3',
      '-k',
      `${el9}/x86_64`,
      '--output',
      join(world.desk, 'a.iso'),
    )
    const out = mkdtempSync(join(root, 'out-'))
    execFileSync('bsdtar', ['-xf', join(world.desk, 'a.iso'), '-C', out])
    const [name = ''] = readdirSync(join(out, 'rpms/x86_64')).filter((one) => one.endsWith('.rpm'))
    const theirs = join(world.desk, 'theirs.rpm')
    cpSync(join(out, 'rpms/x86_64', name), theirs)
    const words = [
      '--format=redhat3',
      '-k',
      `${el9}/x86_64`,
      '--include',
      theirs,
      '--output',
      join(world.desk, 'b.iso'),
    ]
    const { stdout } = await run('mkdriverdisk', 'hello/1.0', '--json', ...words)
    expect(JSON.parse(stdout)).toMatchObject({ packages: ['theirs.rpm'], medium: 'iso', formats: ['redhat3'] })
  })
})

describe.skipIf(lacks('mksquashfs', 'unsquashfs'))('a disk in squashfs (needs squashfs-tools)', () => {
  it('is shown and judged as one on any other medium', async () => {
    const [iso, squashfs] = [join(world.desk, 'plain.iso'), join(world.desk, 'disk.squashfs')]
    const words = ['--format', 'universal', '--dist', 'sle15sp5', '--all', '--output', iso]
    expect((await run('mkdriverdisk', 'hello/1.0', ...words)).status).toBe(0)
    const tree = mkdtempSync(join(root, 'squashed-'))
    execFileSync('bsdtar', ['-xf', iso, '-C', tree])
    execFileSync('mksquashfs', [tree, squashfs, '-all-root', '-noappend', '-quiet', '-no-progress'], {
      stdio: 'ignore',
    })

    const shown = async (image: string) => JSON.parse((await run('show', image, '--json')).stdout)
    const [expected, actual] = [await shown(iso), await shown(squashfs)]
    expect(actual).toEqual({ ...expected, file: actual.file, container: { kind: 'squashfs', compression: 'none' } })
    expect((await run('show', squashfs)).stdout).toMatch(/^Kind: +squashfs$/m)

    const judged = await run('verify', squashfs, '--release', 'rhel9.3,sles15sp5', '-k', el9)
    expect({ status: judged.status, text: judged.stdout }).toEqual({
      status: 0,
      text: expect.stringContaining(': accepted for rhel9.3 sles15sp5'),
    })
    truncateSync(squashfs, 2000)
    const cut = await run('verify', squashfs, '--release', 'rhel9.3', '--json')
    expect({ status: cut.status, document: JSON.parse(cut.stdout) }).toMatchObject({
      status: 1,
      document: { findings: expect.arrayContaining([expect.objectContaining({ code: 'image-truncated' })]) },
    })
  })
})

describe('verify', () => {
  it('names what an installer would pass over in silence, and ends with 1', async () => {
    const bad = join(world.desk, 'bad')
    mkdirSync(join(bad, 'rpms/x86_64'), { recursive: true })
    writeFileSync(join(bad, 'rpms/x86_64/hello.rpm'), 'no package')
    writeFileSync(join(bad, 'rhdd3'), '')
    const { status, stdout } = await run('verify', bad, '--release', 'rhel6', '--json')
    const document = JSON.parse(stdout)
    expect({ status, code: document.error.code }).toEqual({ status: 1, code: 'DISK_UNACCEPTABLE' })
    expect(document.findings.map(({ code }: { code: string }) => code)).toEqual(
      expect.arrayContaining(['marker-empty', 'rpm-unreadable']),
    )
  })

  it('judges a tarball of modules by its own digests', async () => {
    const archive = join(world.desk, 'hello.tar.gz')
    await run('mktarball', 'hello/1.0', '-k', `${el9}/x86_64`, '--archive', archive)
    const { status, stdout } = await run('verify', archive, '--json')
    expect({ status, document: JSON.parse(stdout) }).toMatchObject({ status: 0, document: { kind: 'dkms-tarball' } })
  })

  it('compares the symbols of modules with those of a kernel that is elsewhere', async () => {
    const image = join(world.desk, 'symbols.iso')
    expect(
      (await run('mkdriverdisk', 'hello/1.0', '--format', 'redhat3', '-k', `${el9}/x86_64`, '--output', image)).status,
    ).toBe(0)
    const symvers = join(world.desk, 'Module.symvers')
    writeFileSync(symvers, '0x00000001\ttoy_symbol\tvmlinux\tEXPORT_SYMBOL\t\n')
    const judge = async (...args: readonly string[]) => {
      const { status, stdout } = await run('verify', image, '--json', '--release', 'rhel9', ...args)
      const { findings = [], error } = JSON.parse(stdout)
      return { status, codes: findings.map(({ code }: { code: string }) => code), error: error?.code }
    }
    const without = await judge()
    const mismatch = { status: 1, codes: ['modversions-mismatch', ...without.codes], error: 'DISK_UNACCEPTABLE' }
    for (const words of [
      ['-k', el9, '--symvers', symvers],
      ['--symvers', `${el9}=${symvers}`],
    ]) {
      const { codes, ...rest } = await judge(...words)
      expect({ ...rest, codes: new Set(codes) }).toEqual({ ...mismatch, codes: new Set(mismatch.codes) })
    }
    expect(await judge('--symvers', symvers)).toMatchObject({ error: 'USAGE' })
    expect((await judge('--symvers', join(world.desk, 'nothing'), '-k', el9)).error).toBe('FILE_ACCESS')
  })

  it('takes one file that exists, and a release that is known', async () => {
    expect((await run('verify')).status).toBe(1)
    expect((await run('verify', 'a', 'b')).status).toBe(2)
    expect((await run('verify', join(world.desk, 'nothing.iso'))).status).toBe(2)
    expect((await run('verify', world.desk, '--release', 'beos5')).status).toBe(2)
  })
})
