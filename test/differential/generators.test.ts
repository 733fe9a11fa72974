/** The generators of DKMS 2.8.4, the last line that had them, beside ours: the same commands, the same packages. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { comparisonImpossible } from '../support/program.ts'
import { makeRuntimeWorld, type RuntimeWorld, runInRuntimeWorld } from '../support/runtime-world.ts'
import { dkms28, here } from '../support/runtimes.ts'
import { writeToyHeaders } from '../support/toy-kernel.ts'
import { copyFixture, putFile } from '../support/world.ts'
import { lacks } from '../unit/packaging/rpm/format/rpm-tools.ts'
import { EXPECTED_GENERATOR_DIFFERENCES } from './expected-generator-differences.ts'
import {
  differencesOf,
  factsOfDeb,
  factsOfRpm,
  factsOfSource,
  membersOfSourceRpm,
  membersOfTar,
} from './generator-facts.ts'
import { findProvides, kmpSpec, mkrpmSpec } from './generator-specs.ts'

const kernel = '6.1.0-11-default'
const unbuilt = '6.1.0-12-default'

function whyNot(): string | undefined {
  const tools = ['rpmbuild', 'rpm2cpio', 'cpio', 'dpkg-buildpackage', 'fakeroot', 'dh_testdir'].filter((name) =>
    lacks(name),
  )
  if (tools.length > 0) return `${tools.join(', ')} not installed`
  return comparisonImpossible() ?? dkms28.missing
}
const why = whyNot()

describe.skipIf(why !== undefined)(`the generators beside those of dkms 2.8.4 ${why ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'generators-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))
  let worlds: Readonly<Record<'ours' | 'theirs', RuntimeWorld>>

  beforeAll(async () => {
    const kernels = [kernel, unbuilt].map((release) => ({ release, headers: join(scratch, release) }))
    for (const { release, headers } of kernels) writeToyHeaders(headers, release)
    const make = (name: string, runtime: typeof here) => makeRuntimeWorld(join(scratch, name), kernels, runtime)
    worlds = { ours: make('ours', here), theirs: make('theirs', dkms28) }
    for (const world of Object.values(worlds)) {
      copyFixture('hello-1.0', join(world.source, 'hello-1.0'))
      putFile(join(world.source, 'hello-1.0/hello-kmp.spec'), kmpSpec)
      putFile(join(world.etc, 'template-dkms-mkrpm.spec'), mkrpmSpec)
      putFile(join(world.dir, 'usr/lib/dkms/find-provides'), findProvides, 0o755)
      const { status, stderr } = await run(world, `dkms build hello/1.0 -k ${kernel}`)
      if (status !== 0) throw new Error(stderr)
    }
  })

  function run(world: RuntimeWorld, script: string) {
    return runInRuntimeWorld(world, ['sh', '-c', script])
  }

  interface Made {
    readonly exit: number | null
    /** Lines that release scripts look for. */
    readonly told: readonly string[]
    readonly files: readonly string[]
    readonly path: (name: string) => string
  }

  /** What the action leaves in a directory of the tree that was empty. */
  async function made(world: RuntimeWorld, command: string, directory: string): Promise<Made> {
    const place = join(world.tree, 'hello/1.0', directory)
    rmSync(place, { recursive: true, force: true })
    const { status, stdout } = await run(world, `dkms ${command}`)
    const told = stdout.split('\n').filter((line) => /^Wrote: |location: /.test(line))
    const files = existsSync(place) ? readdirSync(place).sort() : []
    return { exit: status, told: told.sort(), files, path: (name) => join(place, name) }
  }

  async function both(command: string, directory: string): Promise<readonly [Made, Made]> {
    return [await made(worlds.ours, command, directory), await made(worlds.theirs, command, directory)]
  }

  const unmatched = new Set(EXPECTED_GENERATOR_DIFFERENCES.flatMap(({ what }) => what))

  function expectOnlyExpected(where: string, found: readonly string[]): void {
    const expected = EXPECTED_GENERATOR_DIFFERENCES.filter((one) => one.where?.test(where) ?? true)
    const patterns = expected.flatMap(({ what }) => what)
    expect(found.filter((line) => !patterns.some((pattern) => pattern.test(line)))).toEqual([])
    for (const pattern of patterns) if (found.some((line) => pattern.test(line))) unmatched.delete(pattern)
  }

  it.each([
    ['mkdeb -m hello -v 1.0 --source-only', 'deb', ['hello-dkms_1.0_all.deb'], factsOfDeb],
    [`mkbmdeb -m hello -v 1.0 -k ${kernel}/x86_64`, 'bmdeb', [`hello-modules-${kernel}_1.0_amd64.deb`], factsOfDeb],
    [
      'mkdsc -m hello -v 1.0 --source-only',
      'dsc',
      ['hello-dkms_1.0.dsc', 'hello-dkms_1.0.tar.gz', 'hello-dkms_1.0_source.changes'],
      factsOfSource,
    ],
  ] as const)('%s: names, fields, scripts and files', async (command, directory, names, facts) => {
    const [ours, theirs] = await both(command, directory)
    expect([ours.exit, ours.files]).toEqual([0, names])
    expect([theirs.exit, theirs.files]).toEqual([0, names])
    for (const name of names) {
      expectOnlyExpected(command, differencesOf(await facts(ours.path(name)), await facts(theirs.path(name))))
    }
  })

  it.each([
    ['--source-only', `--source-only -k ${kernel}/x86_64`],
    ['--binaries-only', `--binaries-only -k ${kernel}/x86_64`],
    ['both', `-k ${kernel} -a x86_64`],
  ])('mkrpm with a spec file of the user: %s', async (_, options) => {
    const [ours, theirs] = await both(`mkrpm -m hello -v 1.0 ${options}`, 'rpm')
    const names = ['hello-1.0-1dkms.noarch.rpm', 'hello-1.0-1dkms.src.rpm']
    expect([ours.exit, ours.files, ours.told]).toEqual([0, names, theirs.told])
    expect([theirs.exit, theirs.files]).toEqual([0, names])
    for (const name of names) {
      expect(differencesOf(await factsOfRpm(ours.path(name)), await factsOfRpm(theirs.path(name)))).toEqual([])
    }
  })

  it('mkrpm without one: the places and names that release scripts pick up', async () => {
    for (const world of Object.values(worlds)) rmSync(join(world.etc, 'template-dkms-mkrpm.spec'))
    const { exit, files, told } = await made(worlds.ours, 'mkrpm -m hello -v 1.0 --source-only', 'rpm')
    putFile(join(worlds.theirs.etc, 'template-dkms-mkrpm.spec'), mkrpmSpec)
    const theirs = await made(worlds.theirs, 'mkrpm -m hello -v 1.0 --source-only', 'rpm')
    expect([exit, files, told]).toEqual([0, theirs.files, theirs.told])
  })

  it('mkkmp with a spec file of the user', async () => {
    const [ours, theirs] = await both(`mkkmp -m hello -v 1.0 -k ${unbuilt}`, 'rpm')
    const name = 'hello-kmp-1.0-3.src.rpm'
    expect([ours.exit, ours.files]).toEqual([0, [name]])
    expect([theirs.exit, theirs.files]).toEqual([0, [name]])
    // cp of coreutils 8.30 and later puts names into quotes, which DKMS hands on.
    const location = `KMP SRPM location: /var/lib/dkms/hello/1.0/rpm/${name}`
    expect(ours.told).toContain(location)
    expect(theirs.told.map((line) => line.replaceAll("'", ''))).toContain(location)
    expect(differencesOf(await factsOfRpm(ours.path(name)), await factsOfRpm(theirs.path(name)))).toEqual([])
    const [mine, other] = await Promise.all(
      [ours, theirs].map((one) => membersOfSourceRpm(one.path(name), 'hello-1.0.tar.bz2')),
    )
    expect(mine?.sort()).toEqual(other?.sort())
  })

  it.each([
    ['suse', '-d suse -r suse10.1', 'hello-1.0-suse-suse10.1-dd.tar'],
    ['ubuntu', '-d ubuntu -r 10.04', 'hello-1.0-ubuntu-dd.tar'],
  ])('mkdriverdisk for %s', async (_, options, name) => {
    const [ours, theirs] = await both(`mkdriverdisk -m hello -v 1.0 -k ${kernel} ${options} --media tar`, 'driver_disk')
    expect([ours.exit, ours.files, ours.told]).toEqual([0, [name], theirs.told])
    expect([theirs.exit, theirs.files]).toEqual([0, [name]])
    const found = differencesOf(await membersOfTar(ours.path(name)), await membersOfTar(theirs.path(name)))
    expectOnlyExpected(`mkdriverdisk ${options}`, found)
  })

  it('a plain directory becomes a package beside it', async () => {
    for (const world of Object.values(worlds)) {
      cpSync(join(world.source, 'hello-1.0'), join(world.desk, 'plain/source'), { recursive: true })
      const { status, stderr } = await run(
        world,
        'cd plain/source && dkms mkdeb --source-only && dkms mkdsc --source-only',
      )
      expect(status, stderr).toBe(0)
    }
    const [ours, theirs] = [worlds.ours, worlds.theirs].map(({ desk }) => readdirSync(join(desk, 'plain')).sort())
    expect(ours).toEqual(theirs)
    expect(ours).toContain('hello-dkms_1.0_all.deb')
  })

  describe('exit statuses', () => {
    const mistakes = [
      '-m nobody -v 1.0',
      '-m hello',
      '-v 1.0',
      'hello/9.9',
      '',
      'hello/1.0 --source-only --binaries-only',
      `hello/1.0 --all -k ${kernel}`,
      'hello/1.0 --all -a x86_64',
      'hello/1.0 --bogus',
    ]
    const commands = [
      ...['mkrpm', 'mkdeb', 'mkdsc', 'mkbmdeb', 'mkkmp'].flatMap((verb) => mistakes.map((words) => `${verb} ${words}`)),
      `mkrpm hello/1.0 -k ${unbuilt}`,
      `mkrpm hello/1.0 -k ${kernel} -k ${unbuilt}`,
      `mkbmdeb hello/1.0 -k ${unbuilt}`,
      'mkkmp hello/1.0 --all',
      `mkdriverdisk hello/1.0 -k ${kernel}`,
      `mkdriverdisk hello/1.0 -d bogus -k ${kernel}`,
      `mkdriverdisk nobody/1.0 -d suse -r suse10.1 -k ${kernel}`,
      `mkdriverdisk hello/1.0 -d suse -r suse10.1 -k ${kernel} --media punchcard`,
      `mkdriverdisk hello/1.0 -d suse -k ${kernel}`,
    ]

    it(`are the same for ${commands.length} mistakes`, async () => {
      const script = commands.map((words) => `dkms ${words} >/dev/null 2>&1; echo "$? ${words}"`).join('\n')
      const [ours, theirs] = await Promise.all([worlds.ours, worlds.theirs].map((world) => run(world, script)))
      expect(ours?.stdout.split('\n')).toEqual(theirs?.stdout.split('\n'))
      expect(ours?.stdout).not.toMatch(/^0 /m)
    })

    it.each([
      [
        'mkkmp of a package that is built for the kernel: its build stands in the way of nothing',
        `mkkmp hello/1.0 -k ${kernel}`,
        0,
        3,
      ],
      ['mkkmp for several kernels: they share one source package', `mkkmp hello/1.0 -k ${kernel} -k ${unbuilt}`, 0, 4],
      ['mkdeb -k packs builds, as before 2.8', `mkdeb hello/1.0 -k ${unbuilt}`, 6, 0],
    ])('differ on purpose: %s', async (_, command, expectedHere, expectedThere) => {
      const [ours, theirs] = await both(command, 'none')
      expect([ours.exit, theirs.exit]).toEqual([expectedHere, expectedThere])
    })
  })

  it('every expected difference was found', () => {
    expect([...unmatched].map(String)).toEqual([])
  })
})
