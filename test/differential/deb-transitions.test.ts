/**
 * Every way a package comes, changes and goes, with dpkg and each runtime on the target; what counts is the module on disk
 * after each.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DebianRoot, debianRootImpossible, installedProgram } from '../acceptance/debian/root.ts'
import { comparisonImpossible, mustRun } from '../support/program.ts'
import { distribution, dkms28, here, missingRuntimes, runtimes } from '../support/runtimes.ts'
import { builtHello, make, systemWith, takeToDesk, toyRelease, writeHello } from './deb-fixtures.ts'
import { packageMadeBy28 } from './made-by-2.8.ts'

const impossible = debianRootImpossible() ?? comparisonImpossible()

describe.skipIf(impossible !== undefined)(`transitions of Debian packages ${impossible ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'deb-transitions-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))
  let stage = ''
  const packages = new Map<string, string>()

  async function makePackage(name: string, words: readonly string[]): Promise<void> {
    const [path = ''] = await make(words, join(scratch, name))
    packages.set(name, path)
  }

  /** The package 2.0 with a preinst that refuses to be unpacked. */
  async function makeRefusing(): Promise<void> {
    const dir = join(scratch, 'refusing')
    await mustRun('dpkg-deb', ['-R', packages.get('2.0') ?? '', dir])
    await mustRun('sh', [
      '-c',
      `printf '#!/bin/sh\\nexit 1\\n' >${dir}/DEBIAN/preinst; chmod 755 ${dir}/DEBIAN/preinst`,
    ])
    packages.set('refusing', join(scratch, 'refusing.deb'))
    await mustRun('dpkg-deb', ['-Znone', '-b', dir, join(scratch, 'refusing.deb')])
  }

  beforeAll(async () => {
    stage = await installedProgram()
    const source = (version: string, change?: (code: string) => string): string =>
      writeHello(join(scratch, `source-${version}`), version, change)
    await makePackage('1.0', ['mkdeb', source('1.0')])
    await makePackage('2.0', ['mkdeb', source('2.0')])
    await makePackage('3.0', ['mkdeb', source('3.0', (code) => `${code}\nthis is not C\n`)])
    await makeRefusing()
    if (dkms28.missing === undefined) packages.set('of 2.8', await packageMadeBy28(join(scratch, 'of-2.8'), 'deb'))
    const { tree, source: sources, modules } = await builtHello(join(scratch, 'built'))
    const roots = ['--dkmstree', tree, '--sourcetree', sources, '--installtree', modules]
    const kernel = ['-k', `${toyRelease}/x86_64`]
    await makePackage('with builds', ['mkdeb', 'hello/1.0', ...kernel, ...roots])
    await makePackage('builds alone', ['mkdeb', 'hello/1.0', ...kernel, '--binaries-only', ...roots])
  })
  afterAll(() => rmSync(stage, { recursive: true, force: true }))

  it.for(missingRuntimes)('with $name', ({ missing }, { skip }) => skip(missing))

  describe.each(runtimes)('with $name', (runtime) => {
    /** What depends on dpkg and our own scripts more than on the runtime is tried with two of them. */
    const itOnce = [here, distribution].includes(runtime) ? it : () => undefined
    const itFor28 = dkms28.missing === undefined && [here, dkms28].includes(runtime) ? it : () => undefined
    let system: DebianRoot
    beforeAll(async () => {
      system = await systemWith(runtime, stage)
      for (const [name, path] of packages) takeToDesk(system, path, `${name.replaceAll(' ', '-')}.deb`)
      mkdirSync(join(system.desk, '.tmp'))
    })
    afterAll(() => system?.[Symbol.dispose]())

    interface Outcome {
      readonly status: number | null
      readonly output: string
    }

    async function run(script: string): Promise<Outcome> {
      const { status, stdout, stderr } = await system.run(`TMPDIR=/mnt/.tmp; export TMPDIR; ${script}`)
      return { status, output: `${stdout}${stderr}` }
    }

    async function dpkg(words: string): Promise<string> {
      const { status, output } = await run(`dpkg --force-unsafe-io ${words}`)
      expect(status, output).toBe(0)
      return output
    }

    /** What DKMS and the disk say: the version of the module that modprobe would load. */
    async function expectState(
      version: string | undefined,
      status: 'installed' | 'added' = 'installed',
    ): Promise<void> {
      const { output } = await run(
        `dkms status; modinfo -F version -k ${toyRelease} hello 2>/dev/null; ls /lib/modules/${toyRelease}/updates/dkms 2>/dev/null`,
      )
      const lines = output.split('\n').filter((line) => line !== '')
      // Up to 2.8.5 it is `M, V` and not `M/V`.
      if (lines[0]?.startsWith('hello, ') === true) lines[0] = lines[0].replace(', ', '/')
      if (version === undefined) expect(lines).toEqual([])
      else if (status === 'added') expect(lines).toEqual([`hello/${version}: added`])
      else expect(lines).toEqual([`hello/${version}, ${toyRelease}, x86_64: installed`, version, 'hello.ko'])
    }

    it('without headers the package is installed and says what is missing', async () => {
      const output = await dpkg('-i /mnt/1.0.deb')
      expect(output).toContain('hello-dkms: NO kernel has the modules yet.')
      await expectState('1.0', 'added')
      expect((await run('dpkg -s hello-dkms')).output).toContain('Status: install ok installed')
      await run(`cp -r /mnt/headers /lib/modules/${toyRelease}/build`)
    })

    it('installed again, it builds and installs the module', async () => {
      await dpkg('-i /mnt/1.0.deb')
      await expectState('1.0')
      expect((await run('dpkg -V hello-dkms')).output).toBe('')
    })

    it('installed over itself, it stays', async () => {
      await dpkg('-i /mnt/1.0.deb')
      await expectState('1.0')
    })

    it('upgraded, the new module takes the place of the old', async () => {
      await dpkg('-i /mnt/2.0.deb')
      await expectState('2.0')
      expect((await run('ls -d /usr/src/hello-*')).output).toBe('/usr/src/hello-2.0\n')
    })

    it('downgraded, the old module is back', async () => {
      await dpkg('-i /mnt/1.0.deb')
      await expectState('1.0')
    })

    itOnce('an upgrade that dpkg gives up leaves the module where it was', async () => {
      expect((await run('dpkg -i /mnt/refusing.deb')).status).not.toBe(0)
      await expectState('1.0')
    })

    it('a package whose modules cannot be built is configured all the same, and can be replaced', async () => {
      const output = await dpkg('-i /mnt/3.0.deb')
      expect(output).toContain('hello-dkms: the modules could NOT be built and installed')
      await expectState('3.0', 'added')
      await dpkg('-i /mnt/2.0.deb')
      await expectState('2.0')
    })

    it('removed and purged, nothing is left', async () => {
      await dpkg('-r hello-dkms')
      await expectState(undefined)
      await dpkg('-P hello-dkms')
      expect((await run('ls -d /usr/src/hello-* /var/lib/dkms/hello /usr/share/hello-dkms')).output).not.toMatch(/^\//m)
    })

    it.each(['with-builds', 'builds-alone'])('a package %s needs no headers', async (name) => {
      await run(`mv /lib/modules/${toyRelease}/build /mnt/aside`)
      await dpkg(`-i /mnt/${name}.deb`)
      await expectState('1.0')
      await dpkg('-P hello-dkms')
      await expectState(undefined)
      await run(`mv /mnt/aside /lib/modules/${toyRelease}/build`)
    })

    itOnce('without common.postinst of DKMS it does the same by itself', async () => {
      await run('mv /usr/lib/dkms/common.postinst /mnt/')
      await dpkg('-i /mnt/1.0.deb')
      await expectState('1.0')
      await dpkg('-i /mnt/2.0.deb')
      await expectState('2.0')
      await dpkg('-P hello-dkms')
      await run('mv /mnt/common.postinst /usr/lib/dkms/')
    })

    itFor28('what mkdeb of the real DKMS 2.8.4 made is replaced', async () => {
      for (const name of ['of-2.8', '2.0']) {
        await dpkg(`-i /mnt/${name}.deb`)
        await expectState(name === '2.0' ? '2.0' : '1.0')
      }
      await dpkg('-P hello-dkms')
      await expectState(undefined)
    })

    itOnce('apt resolves what it depends on', async () => {
      const { status, output } = await run('apt-get -s -y --no-download --no-install-recommends install /mnt/1.0.deb')
      expect(status, output).toBe(0)
      expect(output).toContain('Inst hello-dkms (1.0 ')
    })
  })
})
