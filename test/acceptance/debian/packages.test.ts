/** Packages of the distribution on a system where `dkms` is ours: dpkg runs their scripts, which nobody changed. */
import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchedPackage } from '../../support/debian-package.ts'
import { mustRun, type Run } from '../../support/program.ts'
import { installedKernels } from '../../support/world.ts'
import { type DebianRoot, debianRootImpossible, installedProgram, makeDebianRoot } from './root.ts'

interface Packaged {
  readonly name: string
  /** NAME/VERSION as dkms has it. */
  readonly id: string
  readonly shape: string
  readonly modules: readonly string[]
  /** Its dkms.conf refuses kernels of the cloud flavour, and one of them is there. */
  readonly refusesCloud?: true
}

const packages: readonly Packaged[] = [
  {
    name: 'v4l2loopback-dkms',
    id: 'v4l2loopback/0.12.7',
    shape: 'its conf reads the configuration of the kernel',
    modules: ['v4l2loopback'],
    refusesCloud: true,
  },
  { name: 'bbswitch-dkms', id: 'bbswitch/0.8', shape: 'one module and nothing else', modules: ['bbswitch'] },
  {
    name: 'evdi-dkms',
    id: 'evdi/1.12.0+dfsg',
    shape: 'MAKE names the build directory, BUILD_EXCLUSIVE_CONFIG names two symbols',
    modules: ['evdi'],
  },
  {
    name: 'ddcci-dkms',
    id: 'ddcci/0.4.2',
    shape: 'two modules in directories of their own, and commands in its conf',
    modules: ['ddcci', 'ddcci-backlight'],
  },
  {
    name: 'tp-smapi-dkms',
    id: 'tp_smapi/0.43',
    shape: 'three modules, which dkms.conf wants in two places',
    modules: ['thinkpad_ec', 'tp_smapi', 'hdaps'],
  },
  {
    name: 'lime-forensics-dkms',
    id: 'lime-forensics/1.9.1-5',
    shape: 'not installed by itself, for it has no AUTOINSTALL',
    modules: [],
  },
]

const releases = installedKernels().map(({ release }) => release)
const plain = releases.filter((release) => /^[\d.]+-\d+-amd64$/.test(release)).at(-1)
const cloud = releases.filter((release) => release.includes('-cloud-')).at(-1)

function whyNot(): string | undefined {
  if (plain === undefined) return 'no kernel headers of the form N-amd64 are installed'
  return debianRootImpossible()
}
const impossible = whyNot()
const kernel = plain ?? ''

/** A package with another revision and nothing else changed: what dpkg calls an upgrade. */
async function withHigherRevision(deb: string, desk: string): Promise<string> {
  const dir = join(desk, 'unpacked')
  await mustRun('dpkg-deb', ['--raw-extract', deb, dir])
  await mustRun('sed', ['--in-place', 's/^Version: .*/&+upgrade1/', join(dir, 'DEBIAN/control')])
  const upgrade = `upgrade-${basename(deb)}`
  await mustRun('dpkg-deb', ['-Znone', '--build', dir, join(desk, upgrade)])
  rmSync(dir, { recursive: true })
  return upgrade
}

describe.skipIf(impossible !== undefined)(`packages of the distribution ${impossible ?? ''}`, () => {
  let stage = ''
  beforeAll(async () => {
    stage = await installedProgram()
  })
  afterAll(() => rmSync(stage, { recursive: true, force: true }))

  describe.each(packages)('$name: $shape', ({ name, id, modules, refusesCloud }) => {
    const fetched = fetchedPackage(name)
    const because = fetched.kind === 'unavailable' ? fetched.reason : ''
    const tests = it.skipIf(fetched.kind === 'unavailable')
    const sourceDir = `/usr/src/${id.replace('/', '-')}`
    const state = modules.length === 0 ? [`${id}: added`] : [`${id}, ${kernel}, x86_64: installed`]
    let system: DebianRoot
    let upgrade = ''
    let before: readonly string[] = []

    beforeAll(async () => {
      if (fetched.kind === 'unavailable') return
      const kernels = refusesCloud === true && cloud !== undefined ? [kernel, cloud] : [kernel]
      system = await makeDebianRoot(stage, kernels)
      await mustRun('cp', [fetched.deb, join(system.desk, 'package.deb')])
      upgrade = await withHigherRevision(fetched.deb, system.desk)
    })
    afterAll(() => system?.[Symbol.dispose]())

    async function inSystem(script: string): Promise<string[]> {
      const run = await system.run(script)
      expect(run.status, `${script}\n${run.stdout}${run.stderr}`).toBe(0)
      return linesOf(run)
    }

    /** dkms is a dependency of each; the system has ours, of which its dpkg does not know. */
    const dpkg = 'dpkg --force-unsafe-io --force-depends'

    async function expectInstalled(): Promise<void> {
      expect(await inSystem('dkms status')).toEqual(state)
      for (const module of modules) {
        const file = `/lib/modules/${kernel}/updates/dkms/${module}.ko`
        // By depmod's files, which is how modprobe finds it.
        expect(await inSystem(`modinfo -k ${kernel} -n ${module}`)).toEqual([file])
        const [vermagic = ''] = await inSystem(`modinfo -F vermagic ${file}`)
        expect(vermagic.split(' ')[0]).toBe(kernel)
      }
    }

    tests(`is installed ${because}`, async () => {
      expect(await inSystem('readlink -f /usr/sbin/dkms')).toEqual(['/usr/lib/dkms-factory/bin/dkms'])
      before = system.additions()
      await inSystem(`${dpkg} -i /mnt/package.deb`)
      await expectInstalled()
      expect(system.additions()).toContain(`${sourceDir}/dkms.conf`)
    })

    tests(`is upgraded ${because}`, async () => {
      const lines = await inSystem(`${dpkg} -i /mnt/${upgrade}`)
      expect(lines.join('\n')).toContain('+upgrade1) over (')
      await expectInstalled()
    })

    tests(`is removed, and nothing is left of it ${because}`, async () => {
      await inSystem(`${dpkg} --remove ${name} && ${dpkg} --purge ${name}`)
      expect(await inSystem(`dkms status; test ! -e ${sourceDir}`)).toEqual([])
      const left = system.additions().filter((path) => !before.includes(path))
      // The lock of the tree, and the key of this machine, which a package neither makes nor takes.
      expect(left.filter((path) => !/^\/var\/lib\/dkms\/(?:\.lock|mok\.(?:key|pub))$/.test(path))).toEqual([])
    })
  })
})

function linesOf({ stdout }: Run): string[] {
  return stdout.split('\n').filter((line) => line !== '')
}
