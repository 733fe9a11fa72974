/** Tarballs travel between this project's program and DKMS 2.8 and 3.2 as well. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { comparisonImpossible } from '../support/program.ts'
import { makeRuntimeWorld, type RuntimeWorld, runInRuntimeWorld } from '../support/runtime-world.ts'
import { dkms28, dkms32, here, type Runtime } from '../support/runtimes.ts'
import { copyFixture, type KernelHeaders } from '../support/world.ts'
import { newer, older, writeKernels } from './scenario.ts'
import { built, expectSameContent, members, ofBoth, travels } from './tarballs.ts'

const impossible = comparisonImpossible()

describe.each([dkms28, dkms32])('tarballs exchanged with $name', (other) => {
  const why = impossible ?? other.missing
  describe.skipIf(why !== undefined)(why ?? 'both ways', () => {
    let dir = ''
    let kernels: KernelHeaders[] = []
    const makers = new Map<Runtime, RuntimeWorld>()
    let loaders = 0

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'dkms-tarballs-'))
      kernels = writeKernels(join(dir, 'kernels')).filter(({ release }) => [newer, older].includes(release))
      await Promise.all([here, other].map(makeMaker))
    })
    afterAll(() => rmSync(dir, { recursive: true, force: true }))

    async function makeMaker(runtime: Runtime): Promise<void> {
      const world = makeRuntimeWorld(join(dir, `maker-${runtime.version}`), kernels, runtime)
      copyFixture('two-modules-1.0', join(world.source, 'two-modules-1.0'))
      makers.set(runtime, world)
      await mustDo(world, `dkms build two-modules/1.0 -k ${newer} -k ${older}`)
    }

    function makerOf(runtime: Runtime): RuntimeWorld {
      const world = makers.get(runtime)
      if (world === undefined) throw new Error(`nothing was made with ${runtime.name}`)
      return world
    }

    async function pack(runtime: Runtime, options: string): Promise<string> {
      const world = makerOf(runtime)
      const tarballs = join(world.tree, 'two-modules/1.0/tarball')
      rmSync(tarballs, { recursive: true, force: true })
      await mustDo(world, `dkms mktarball two-modules/1.0 ${options}`)
      expect(readdirSync(tarballs)).toHaveLength(1)
      return join(tarballs, readdirSync(tarballs)[0] ?? '')
    }

    async function load(runtime: Runtime, archive: string) {
      loaders += 1
      const world = makeRuntimeWorld(join(dir, `loader-${loaders}`), kernels, runtime)
      const { status: exit, stderr } = await runInRuntimeWorld(world, ['dkms', 'ldtarball', archive])
      const { stdout } = await runInRuntimeWorld(world, ['dkms', 'status'])
      return { exit, said: stderr, status: inNewForm(stdout), world }
    }

    it.each(travels)('$title: names and members are the same', async ({ options, name }) => {
      const [ours, theirs] = [await pack(here, options), await pack(other, options)]
      expect([ours, theirs].map((path) => path.split('/').at(-1))).toEqual([name, name])
      expect(ofBoth(await members(ours))).toEqual(ofBoth(await members(theirs)))
    })

    it.each(travels)('$title: it loads what is packed here', async ({ options, loaded, exitOfDkms }) => {
      const { exit, said, status, world } = await load(other, await pack(here, options))
      // 3.0.13 and later list nothing that has no source.
      const listed = options.includes('--binaries-only') && other === dkms32 ? [] : loaded
      expect({ exit, status }, said).toEqual({ exit: exitOfDkms ?? 0, status: listed })
      expectSameContent(world, makerOf(here), loaded)
    })

    it.each(travels)('$title: what it packs is loaded here', async ({ options, loaded }) => {
      const { exit, said, status, world } = await load(here, await pack(other, options))
      expect({ exit, status }, said).toEqual({ exit: 0, status: loaded })
      expectSameContent(world, makerOf(other), loaded)
    })

    it('each reads, changes and empties the tree of the other', async () => {
      for (const [owner, guest] of [
        [here, other],
        [other, here],
      ] as const) {
        const own = makeRuntimeWorld(join(dir, `shared-${owner.version}`), kernels, owner)
        copyFixture('two-modules-1.0', join(own.source, 'two-modules-1.0'))
        const run = async (runtime: Runtime, words: string) => {
          const { status, stdout, stderr } = await runInRuntimeWorld({ ...own, runtime }, ['sh', '-c', `dkms ${words}`])
          expect(status, `${runtime.name}: ${words}\n${stdout}${stderr}`).toBe(0)
          return inNewForm(stdout)
        }
        const states: string[][] = []
        for (const words of [
          `install two-modules/1.0 -k ${older} -a x86_64`,
          `uninstall two-modules/1.0 -k ${older} -a x86_64`,
          'remove two-modules/1.0 --all',
        ]) {
          // What the owner did the guest sees, and takes the next step.
          await run(states.length % 2 === 0 ? owner : guest, words)
          const [seenByOwner, seenByGuest] = [await run(owner, 'status'), await run(guest, 'status')]
          expect(seenByGuest).toEqual(seenByOwner)
          states.push(seenByOwner)
        }
        expect(states).toEqual([[built(older).replace(/built$/, 'installed')], [built(older)], []])
      }
    })

    it('all kernels of its archives are loaded here', async () => {
      const archive = await pack(other, `-k ${older} -k ${newer}`)
      const { exit, said, status } = await load(here, archive)
      expect({ exit, status }, said).toEqual({ exit: 0, status: [built(older), built(newer)] })
    })
  })
})

async function mustDo(world: RuntimeWorld, command: string): Promise<void> {
  const { status, stdout, stderr } = await runInRuntimeWorld(world, command.trim().split(/\s+/))
  expect(`${status}\n${stdout}${stderr}`).toMatch(/^0\n/)
}

/** `status` of DKMS up to 2.8.5 says `M, V` for what later ones call `M/V`. */
function inNewForm(status: string): string[] {
  return status
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^([^,/]+), /, '$1/'))
}
