/** Upgrades to another version of the source, and packages that cannot be built, on a system where `dkms` is ours. */
import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchedPackage } from '../../support/debian-package.ts'
import { mustRun } from '../../support/program.ts'
import { installedKernels } from '../../support/world.ts'
import { type DebianRoot, debianRootImpossible, installedProgram, makeDebianRoot } from './root.ts'

const kernel = installedKernels()
  .map(({ release }) => release)
  .filter((release) => /^[\d.]+-\d+-amd64$/.test(release))
  .at(-1)
const fetched = fetchedPackage('bbswitch-dkms')

function whyNot(): string | undefined {
  if (kernel === undefined) return 'no kernel headers of the form N-amd64 are installed'
  return fetched.kind === 'unavailable' ? fetched.reason : debianRootImpossible()
}
const impossible = whyNot()
const dpkg = 'dpkg --force-unsafe-io --force-depends'

/** The package as its maintainer would release version 0.9: the name of the version is all that its scripts hold of it. */
function renameVersion(dir: string): void {
  renameSync(join(dir, 'usr/src/bbswitch-0.8'), join(dir, 'usr/src/bbswitch-0.9'))
  const scripts = readdirSync(join(dir, 'DEBIAN')).map((name) => `DEBIAN/${name}`)
  for (const name of [...scripts, 'usr/src/bbswitch-0.9/dkms.conf', 'usr/src/bbswitch-0.9/bbswitch.c']) {
    const text = readFileSync(join(dir, name), 'utf8')
    writeFileSync(join(dir, name), text.replaceAll(/\b0\.8\b/g, '0.9'))
  }
}

function breakSource(dir: string): void {
  renameVersion(dir)
  appendFileSync(join(dir, 'usr/src/bbswitch-0.9/bbswitch.c'), '#error "this release does not compile"\n')
}

describe.skipIf(impossible !== undefined)(`releases of a package ${impossible ?? ''}`, () => {
  let stage = ''
  let system: DebianRoot
  const state = (version: string, what: string) => `bbswitch/${version}, ${kernel ?? ''}, x86_64: ${what}`

  beforeAll(async () => {
    if (fetched.kind === 'unavailable') return
    stage = await installedProgram()
    system = await makeDebianRoot(stage, [kernel ?? ''])
    await mustRun('cp', [fetched.deb, join(system.desk, 'old.deb')])
    for (const [name, change] of Object.entries({ new: renameVersion, broken: breakSource })) {
      const dir = join(system.desk, name)
      await mustRun('dpkg-deb', ['--raw-extract', fetched.deb, dir])
      change(dir)
      await mustRun('dpkg-deb', ['-Znone', '--build', dir, `${dir}.deb`])
      rmSync(dir, { recursive: true })
    }
  })
  afterAll(() => {
    system?.[Symbol.dispose]()
    rmSync(stage, { recursive: true, force: true })
  })

  async function statusAfter(script: string, exit: number): Promise<string[]> {
    const ran = await system.run(script)
    expect(ran.status, `${script}\n${ran.stdout}${ran.stderr}`).toBe(exit)
    const { stdout } = await system.run('dkms status')
    return stdout.split('\n').filter((line) => line !== '')
  }

  it('a newer release takes the place of the older one', async () => {
    expect(await statusAfter(`${dpkg} -i /mnt/old.deb`, 0)).toEqual([state('0.8', 'installed')])
    expect(await statusAfter(`${dpkg} -i /mnt/new.deb`, 0)).toEqual([state('0.9', 'installed')])
    const { stdout } = await system.run(
      `modinfo -k ${kernel ?? ''} -F version bbswitch; ls /var/lib/dkms/bbswitch /usr/src`,
    )
    expect(stdout).toMatch(/^0\.9$/m)
    expect(stdout).not.toMatch(/0\.8/)
  })

  it('an older release comes back', async () => {
    expect(await statusAfter(`${dpkg} -i /mnt/old.deb`, 0)).toEqual([state('0.8', 'installed')])
  })

  it('a release that does not compile fails to be configured, and can be replaced', async () => {
    expect(await statusAfter(`${dpkg} -i /mnt/broken.deb`, 1)).toEqual(['bbswitch/0.9: added'])
    expect(await statusAfter(`${dpkg} -i /mnt/new.deb`, 0)).toEqual([state('0.9', 'installed')])
  })

  it('a package that failed to be configured can be removed', async () => {
    expect(await statusAfter(`${dpkg} -i /mnt/broken.deb`, 1)).toEqual(['bbswitch/0.9: added'])
    expect(await statusAfter(`${dpkg} --purge bbswitch-dkms`, 0)).toEqual([])
  })
})
