/** What a failed build for several kernels leaves for those who look for the cause. As any user. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyFixture, type KernelHeaders, makeWorld, putFile, runWithOptions, type World } from '../support/world.ts'
import { another, newer, older, writeKernels } from './scenario.ts'

const ways = [
  { title: 'side by side', make: 'make -C $kernel_source_dir M=\\$PWD' },
  // Naming the directory of the tree makes the kernels take turns in it.
  { title: 'one after the other', make: 'make -C $kernel_source_dir M=$dkms_tree/failing-make/1.0/build' },
]

describe.each(ways)('a build for several kernels, $title', ({ make }) => {
  let dir = ''
  let world: World
  let kernels: KernelHeaders[] = []
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'dkms-failed-'))
    kernels = writeKernels(join(dir, 'kernels'))
    world = makeWorld(join(dir, 'world'), kernels)
    const source = join(world.source, 'failing-make-1.0')
    copyFixture('failing-make-1.0', source)
    const conf = readFileSync(join(source, 'dkms.conf'), 'utf8')
    putFile(join(source, 'dkms.conf'), `${conf}MAKE[0]="${make}"\n`)
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const build = (...releases: readonly string[]) =>
    runWithOptions(world, ['build', 'failing-make/1.0', ...releases.flatMap((release) => ['-k', release])])
  const place = () => join(world.tree, 'failing-make/1.0')
  const log = (name: string) => readFileSync(join(place(), 'build', name), 'utf8')

  it('keeps the log of each kernel that failed, and says where', async () => {
    const { status, stdout, stderr } = await build(older, newer, another)
    expect(status).toBe(10)
    const logs = ['make.log', `make-${newer}-x86_64.log`, `make-${another}-x86_64.log`]
    const releases = [older, newer, another]
    logs.forEach((name, index) => {
      expect(log(name)).toContain(`for kernel ${releases[index]} `)
      expect(log(name)).toContain('this_name_does_not_exist')
      expect(`${stdout}${stderr}`).toContain(join(place(), 'build', name))
    })
    expect(readdirSync(place()).sort()).toEqual(['build', 'source'])
  })

  it('leaves nothing of the failure once it succeeds', async () => {
    putFile(
      join(world.source, 'failing-make-1.0/failing_make.c'),
      '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n',
    )
    const { status, stderr } = await build(older, newer)
    expect(status, stderr).toBe(0)
    expect(readdirSync(place()).sort()).toEqual([older, newer, 'source'].sort())
  })
})
