/** mkdriverdisk for kernels that the package is not built for yet. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DiskWorld, makeDiskWorld, writeHello } from '../support/disk-world.ts'
import { putFile } from '../support/world.ts'

const [built, other, third] = ['6.1.0-1-amd64', '6.1.0-2-amd64', '6.1.0-3-amd64'] as const

const root = mkdtempSync(join(tmpdir(), 'disk-build-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let disks: DiskWorld
beforeEach(async () => {
  disks = makeDiskWorld(mkdtempSync(join(root, 'world-')), [built, other, third])
  await disks.run('build', 'hello/1.0', '-k', `${built}/x86_64`)
})
afterEach(() => rmSync(disks.root, { recursive: true, force: true }))

function moduleOf(release: string): string {
  return join(disks.world.tree, 'hello/1.0', release, 'x86_64/module/hello.ko')
}

async function builtKernels(): Promise<readonly string[]> {
  const { stdout } = await disks.run('status', 'hello/1.0')
  return stdout.split('\n').flatMap((line) => /^hello\/1\.0, (\S+), x86_64: built$/.exec(line)?.slice(1) ?? [])
}

const make = ['mkdriverdisk', 'hello/1.0', '-d', 'redhat2', '--media=iso']

describe('a kernel that is not built', () => {
  it('is built for the disk, and what is built stays as it is', async () => {
    const before = statSync(moduleOf(built))
    const kernels = [built, other].flatMap((release) => ['-k', `${release}/x86_64`])
    const { status, stdout, stderr } = await disks.run(...make, ...kernels, '-j', '2')
    expect(status, stderr).toBe(0)
    const image = /^Disk image location: (.*)$/m.exec(stdout)?.[1] ?? ''
    expect(JSON.parse((await disks.run('show', image, '--json')).stdout).kernels).toEqual([built, other])
    expect(await builtKernels()).toEqual([built, other])
    expect(statSync(moduleOf(built)).ino).toBe(before.ino)
  })

  it('is built from the headers that --kernelsourcedir names, with --directive, as by build', async () => {
    unlinkSync(join(disks.world.modules, other, 'build'))
    const words = ['--kernelsourcedir', disks.headers(other), '--directive', 'DEST_MODULE_NAME=hi']
    const { status, stderr } = await disks.run(...make, '-k', `${other}/x86_64`, ...words)
    expect(status, stderr).toBe(0)
    expect(statSync(join(disks.world.tree, 'hello/1.0', other, 'x86_64/module/hi.ko')).isFile()).toBe(true)
  })

  it('ends with 5, and the reason, when it cannot be built; others that could be built are', async () => {
    rmSync(join(disks.headers(third), 'include/linux/module.h'))
    const kernels = [other, third].flatMap((release) => ['-k', `${release}/x86_64`])
    const { status, stdout, stderr } = await disks.run(...make, ...kernels)
    expect([status, stdout]).toEqual([5, ''])
    expect(stderr).toContain(`hello/1.0 is not built for kernel ${third} (x86_64), and cannot be built for it`)
    expect(stderr).toContain('(code BUILD_FAILED)')
    expect(stderr).toContain('(code NOT_BUILT)')
    expect(await builtKernels()).toEqual([built, other])
  })

  it.each([
    ['without headers', 'HEADERS_MISSING', () => unlinkSync(join(disks.world.modules, other, 'build'))],
    [
      'that dkms.conf excludes',
      'BUILD_EXCLUDED',
      () => writeHello(disks.source, '1.0', 'BUILD_EXCLUSIVE_KERNEL="^5"\n'),
    ],
  ])('%s ends with 5', async (_what, reason, change) => {
    change()
    const { status, stdout } = await disks.run(...make, '-k', `${other}/x86_64`, '--json')
    const { error } = JSON.parse(stdout)
    expect([status, error.code]).toEqual([5, 'NOT_BUILT'])
    expect(error.details.join('\n')).toContain(`(code ${reason})`)
  })

  it('with a patch that does not apply ends with 6', async () => {
    writeHello(disks.source, '1.0', 'PATCH=broken.patch\n')
    putFile(join(disks.source, 'patches/broken.patch'), '--- a/hello.c\n+++ b/hello.c\n@@ -1,1 +1,1 @@\n-no\n+x\n')
    const { status, stderr } = await disks.run(...make, '-k', `${other}/x86_64`)
    expect([status, stderr.includes('(code PATCH_FAILED)')], stderr).toEqual([6, true])
  })

  it('is not built by a dry run, which says that it would be', async () => {
    const { status, stdout } = await disks.run(...make, '-k', `${other}/x86_64`, '--dry-run')
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `Would build: hello/1.0 for kernel ${other} (x86_64)\nWould write: ${join(disks.world.tree, `hello/1.0/driver_disk/hello-1.0-kernel${other}-x86_64-dd.iso`)}\n`,
    })
    expect(await builtKernels()).toEqual([built])
    const { stdout: document } = await disks.run(...make, '-k', `${other}/x86_64`, '--dry-run', '--json')
    expect(JSON.parse(document)).toMatchObject({ builds: [{ kernel: other, arch: 'x86_64' }], dryRun: true })
  })

  it('is not built when something else on the command line is wrong', async () => {
    const { status } = await disks.run('mkdriverdisk', 'hello/1.0', '-d', 'suse', '-k', `${other}/x86_64`)
    expect([status, await builtKernels()]).toEqual([3, [built]])
  })

  it('is not built while another process holds the tree', async () => {
    const lock = join(disks.world.tree, '.lock')
    const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
    await once(holder.stdout, 'data')
    try {
      const { status, stderr } = await disks.run(...make, '-k', `${other}/x86_64`, '--wait', '0')
      expect([status, stderr.includes('(code LOCKED)')], stderr).toEqual([1, true])
    } finally {
      holder.stdin.end()
      await once(holder, 'close')
    }
    expect(await builtKernels()).toEqual([built])
  })

  it('is an error of a package without its source, with 5', async () => {
    const archive = join(disks.world.desk, 'binaries.tar.gz')
    await disks.run('mktarball', 'hello/1.0', '-k', `${built}/x86_64`, '--binaries-only', '--archive', archive)
    const bare = makeDiskWorld(mkdtempSync(join(root, 'bare-')), [built])
    rmSync(bare.source, { recursive: true })
    mkdirSync(bare.source.replace(/[^/]*$/, ''), { recursive: true })
    expect((await bare.run('ldtarball', archive)).status).toBe(0)
    expect((await bare.run(...make, '-k', `${other}/x86_64`)).status).toBe(5)
    expect((await bare.run(...make, '-k', `${built}/x86_64`)).status).toBe(0)
  })
})
