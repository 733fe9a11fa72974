/** Packages people install, built for kernels people run; the modules are those that the distribution's dkms makes. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sourceOf, unpackedPackage } from '../support/debian-package.ts'
import { comparisonImpossible, mustRun, type Program } from '../support/program.ts'
import { contentHash } from '../support/tree-listing.ts'
import { installedKernels, makeWorld, runProgram, type World } from '../support/world.ts'
import { linesOf } from './compare.ts'

interface RealPackage {
  readonly name: string
  readonly version: string
  /** Kernels its dkms.conf refuses. */
  readonly excluded?: RegExp
  /** Too big to be built for each kernel in turn. */
  readonly oneKernel?: true
}

const packages: readonly RealPackage[] = [
  // The cloud flavour has no CONFIG_VIDEO_DEV, and the conf reads the kernel's configuration to find out.
  { name: 'v4l2loopback', version: '0.12.7', excluded: /-cloud-/ },
  { name: 'bbswitch', version: '0.8' },
  // Its MAKE line spells out the build directory of the tree; the cloud flavour has no CONFIG_DRM.
  { name: 'evdi', version: '1.12.0+dfsg', excluded: /-cloud-/, oneKernel: true },
]

const kernels = installedKernels()
const wanted = 3

function reasonToSkip(): string | undefined {
  const impossible = comparisonImpossible()
  if (impossible !== undefined) return impossible
  return kernels.length < wanted
    ? `headers of ${wanted} kernels are needed, and ${kernels.length} are installed`
    : undefined
}

const skipped = reasonToSkip()

describe.skipIf(skipped !== undefined)(`real packages ${skipped ?? ''}`, () => {
  let dir = ''
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'dkms-real-'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  describe.each(packages)('$name', ({ name, version, excluded, oneKernel }) => {
    const unpacked = unpackedPackage(`${name}-dkms`)
    const unavailable = unpacked.kind === 'unavailable' ? unpacked.reason : undefined
    const meant = kernels.map(({ release }) => release).filter((release) => excluded?.test(release) !== true)
    const refused = kernels.map(({ release }) => release).filter((release) => excluded?.test(release) === true)
    const built = oneKernel === true ? meant.slice(-1) : meant
    let worlds: Readonly<Record<Program, World>>

    function prepare(program: Program): World {
      const world = makeWorld(join(dir, `${name}-${program}`), kernels)
      if (unpacked.kind === 'unpacked') {
        const source = sourceOf(unpacked.dir)
        expect(source.sourceName).toBe(`${name}-${version}`)
        cpSync(source.dir, join(world.source, source.sourceName), { recursive: true, verbatimSymlinks: true })
      }
      return world
    }

    function moduleFile(program: Program, release: string): string {
      return join(worlds[program].tree, name, version, release, 'x86_64/module', `${name}.ko`)
    }

    /** @returns the exit status, 0 or that of a kernel the package is not meant for */
    async function build(program: Program, releases: readonly string[]): Promise<number | null> {
      const kernelOptions = releases.flatMap((release) => ['-k', release])
      const run = await runProgram(worlds[program], program, ['build', `${name}/${version}`, ...kernelOptions])
      if (run.status !== 0 && run.status !== 77) expect(`${run.stdout}${run.stderr}`).toBe('')
      return run.status
    }

    const tests = it.skipIf(unavailable !== undefined)
    const because = unavailable ?? ''

    tests(`is built for several kernels at once, each with its vermagic ${because}`, async () => {
      worlds = { here: prepare('here'), dkms: prepare('dkms') }
      expect(await build('here', [...built, ...refused])).toBe(refused.length > 0 ? 77 : 0)
      expect(linesOf(await runProgram(worlds.here, 'dkms', ['status']))).toEqual(
        built.map((release) => `${name}/${version}, ${release}, x86_64: built`),
      )
      for (const release of built) {
        const vermagic = await mustRun('/sbin/modinfo', ['--field', 'vermagic', moduleFile('here', release)])
        expect(vermagic.split(' ')[0]).toBe(release)
      }
    })

    tests(`is the module that dkms builds, byte for byte ${because}`, async () => {
      const release = built.at(-1) ?? ''
      expect(await build('dkms', [release])).toBe(0)
      expect(contentHash(moduleFile('here', release))).toBe(contentHash(moduleFile('dkms', release)))
    })

    const [unmeant] = refused
    if (unmeant !== undefined) {
      tests(`is refused by both for a kernel it is not meant for ${because}`, async () => {
        expect(await build('dkms', [unmeant])).toBe(77)
        expect(await build('here', [unmeant])).toBe(77)
      })
    }
  })
})
