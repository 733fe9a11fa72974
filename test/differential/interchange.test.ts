/** Tarballs travel both ways: what one program packs the other loads, with the same name, members and bytes. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { comparisonImpossible, type Program } from '../support/program.ts'
import { copyFixture, type KernelHeaders, makeWorld, runProgram, type World } from '../support/world.ts'
import { linesOf, words } from './compare.ts'
import { newer, older, writeKernels } from './scenario.ts'
import { built, expectSameContent, members, ofBoth, travels } from './tarballs.ts'

const impossible = comparisonImpossible()

describe.skipIf(impossible !== undefined)(`tarballs exchanged with dkms ${impossible ?? '3.0'}`, () => {
  let dir = ''
  let kernels: KernelHeaders[] = []
  let makers: Readonly<Record<Program, World>>

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dkms-tarballs-'))
    kernels = writeKernels(join(dir, 'kernels'))
    makers = { here: await maker('here'), dkms: await maker('dkms') }
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** A host on which the package is built for two kernels. */
  async function maker(program: Program): Promise<World> {
    const world = makeWorld(join(dir, `maker-${program}`), kernels)
    copyFixture('two-modules-1.0', join(world.source, 'two-modules-1.0'))
    await run(world, program, `build two-modules/1.0 -k ${newer} -k ${older}`)
    return world
  }

  async function pack(program: Program, options: string, archive = ''): Promise<string> {
    const world = makers[program]
    const tarballs = join(world.tree, 'two-modules/1.0/tarball')
    rmSync(tarballs, { recursive: true, force: true })
    await run(world, program, `mktarball two-modules/1.0 ${options} ${archive}`)
    if (archive !== '') return join(world.desk, archive.split('/').at(-1) ?? '')
    const [name, ...more] = readdirSync(tarballs)
    expect(more).toEqual([])
    return join(tarballs, name ?? 'no archive was made')
  }

  async function load(program: Program, archive: string, label: string) {
    const world = makeWorld(join(dir, `loader-${label}`), kernels)
    const loading = await runProgram(world, program, ['ldtarball', archive])
    const status = linesOf(await runProgram(world, program, ['status']))
    return { exit: loading.status, status, world }
  }

  it.each(travels)('$title: the names are the same', async ({ options, name }) => {
    for (const program of ['here', 'dkms'] as const) {
      expect((await pack(program, options)).split('/').at(-1)).toBe(name)
    }
  })

  it.each(travels)('$title: the members are the same', async ({ options }) => {
    const [here, dkms] = [members(await pack('here', options)), members(await pack('dkms', options))]
    expect(ofBoth(await here)).toEqual(ofBoth(await dkms))
  })

  it.each(travels)('$title: dkms loads what is packed here', async ({ title, options, loaded, exitOfDkms }) => {
    const { exit, status, world } = await load('dkms', await pack('here', options), `dkms-${title}`)
    expect({ exit, status }).toEqual({ exit: exitOfDkms ?? 0, status: loaded })
    expectSameContent(world, makers.here, loaded)
  })

  it.each(travels)('$title: what dkms packs is loaded here', async ({ title, options, loaded }) => {
    const { exit, status, world } = await load('here', await pack('dkms', options), `here-${title}`)
    expect({ exit, status }).toEqual({ exit: 0, status: loaded })
    expectSameContent(world, makers.dkms, loaded)
  })

  it.each(['gz', 'bz2', 'xz', 'zst'])('an archive compressed to .tar.%s travels both ways', async (suffix) => {
    const option = `--archive /mnt/travel.tar.${suffix}`
    for (const [packer, loader] of [
      ['here', 'dkms'],
      ['dkms', 'here'],
    ] as const) {
      const { exit, status } = await load(loader, await pack(packer, `-k ${newer}`, option), `${loader}-${suffix}`)
      expect({ loader, exit, status }).toEqual({ loader, exit: 0, status: [built(newer)] })
    }
  })

  // 3.0.10 itself packs and loads the first kernel only.
  it('all kernels of an archive are packed and loaded here', async () => {
    const archive = await pack('here', `-k ${older} -k ${newer}`)
    expect(archive.split('/').at(-1)).toBe(`two-modules-1.0-kernel${older}-x86_64-kernel${newer}-x86_64.dkms.tar.gz`)
    const { exit, status } = await load('here', archive, 'here-several')
    expect({ exit, status }).toEqual({ exit: 0, status: [built(older), built(newer)] })
  })

  it('dkms loads the first kernel of an archive with several, as it does of its own', async () => {
    const { exit, status } = await load('dkms', await pack('here', `-k ${older} -k ${newer}`), 'dkms-several')
    expect({ exit, status }).toEqual({ exit: 0, status: [built(older)] })
  })
})

async function run(world: World, program: Program, command: string): Promise<void> {
  const { status, stdout, stderr } = await runProgram(world, program, words(command))
  expect(`${status}\n${stdout}${stderr}`).toMatch(/^0\n/)
}
