/** What becomes of the packages that a spec file of a user makes for several kernels. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AbsolutePath, absolutePath, below, type Kernel } from '../../../../src/domain.ts'
import { collectKernels } from '../../../../src/packaging/driverdisk/collect.ts'
import { type PackagesRequest, packagesOf } from '../../../../src/packaging/driverdisk/packages.ts'
import type { RpmBinaryDescription } from '../../../../src/packaging/rpm/format/description.ts'
import { el9, fieldsOf, jammy, moduleBytes, plannedBuild, requestOf, sle, time } from './parts.ts'
import { writeRpm } from './rooms.ts'

const el9next = '5.14.0-427.13.1.el9_4.x86_64'

let root: AbsolutePath
beforeAll(() => {
  root = absolutePath(mkdtempSync(join(tmpdir(), 'disk-packages-')))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

let said: string[]
beforeEach(() => {
  said = []
})

type Described = Pick<RpmBinaryDescription, 'name'> &
  Partial<Pick<RpmBinaryDescription, 'release' | 'sourceRpm' | 'summary'>> & {
    readonly module?: string
    readonly text?: string
  }

function describeRpm({
  name,
  release = '1',
  summary = 'Hello',
  sourceRpm,
  module,
  text,
}: Described): RpmBinaryDescription {
  const common = { kind: 'file', mode: 0o644, mtime: time } as const
  const entries: RpmBinaryDescription['entries'] = [
    ...(text === undefined ? [] : [{ ...common, path: '/etc/hello', content: { text } }]),
    ...(module === undefined
      ? []
      : [{ ...common, path: `/lib/modules/${module}/extra/hello.ko`, content: modulePlace(module) }]),
  ]
  return {
    kind: 'binary',
    name,
    version: '1.0',
    release,
    summary,
    arch: 'x86_64',
    description: 'Hello.',
    license: 'MIT',
    buildHost: 'reproducible',
    buildTime: time,
    relations: {},
    entries,
    ...(sourceRpm === undefined ? {} : { sourceRpm }),
  }
}

function modulePlace(release: string) {
  const build = plannedBuild(below(root, 'modules'), release)
  const content = build.modules[0]?.content
  if (content === undefined) throw new Error('no module')
  expect(readFileSync(content.from)).toEqual(moduleBytes(fieldsOf('needed', release, { depends: 'mii' })))
  return content
}

function builder(spec: (kernel: Kernel) => readonly Described[]): NonNullable<PackagesRequest['buildRpms']> {
  return async (kernel, directory) => {
    const paths: AbsolutePath[] = []
    for (const one of spec(kernel)) paths.push(await writeRpm(describeRpm(one), directory))
    return paths
  }
}

async function packages(
  releases: readonly string[],
  spec: ((kernel: Kernel) => readonly Described[]) | undefined,
  more: Partial<PackagesRequest> = {},
) {
  const work = absolutePath(mkdtempSync(join(root, 'work-')))
  const builds = releases.map((release) => plannedBuild(below(root, 'built'), release))
  const kernels = await collectKernels(builds, work)
  const found = await packagesOf(
    {
      ...requestOf(root, { formats: ['redhat3'] }),
      report: (event) => said.push('message' in event ? event.message : event.kind),
      ...(spec === undefined ? {} : { buildRpms: builder(spec) }),
      ...more,
    },
    kernels,
    work,
  )
  return found.map(({ fileName }) => fileName)
}

describe('packages of our own', () => {
  it('have a version that the format takes, which is told', async () => {
    const { plan } = requestOf(root)
    const rc = { ...plan, package: { name: 'hello', version: '1.0-rc1' } }
    const names = await packages([jammy], undefined, { formats: ['redhat3', 'ubuntu'], plan: rc })
    expect(names).toEqual([`kmod-hello-${jammy}-1.0~rc1-1.x86_64.rpm`, `hello-modules-${jammy}_1.0~rc1-1_amd64.deb`])
    expect(said).toEqual([
      expect.stringContaining('the RPM version for 1.0-rc1 is 1.0~rc1'),
      expect.stringContaining('the Debian version for 1.0-rc1 is 1.0~rc1'),
    ])
  })
})

describe('packages that are built for the disk', () => {
  it('come one after the other for every kernel, from places of their own', async () => {
    const names = await packages([el9, el9next], ({ release }) => [{ name: `kmod-hello-${release}`, module: release }])
    expect(names).toEqual([el9, el9next].map((release) => `kmod-hello-${release}-1.0-1.x86_64.rpm`))
    expect(said).toEqual([])
  })

  it('are refused when two kernels have one file name, different or equal', async () => {
    const message = `the packages for kernels ${el9} and ${el9next} have one file name, kmod-hello-1.0-1.x86_64.rpm`
    await expect(packages([el9, el9next], ({ release }) => [{ name: 'kmod-hello', module: release }])).rejects.toThrow(
      message,
    )
    await expect(packages([el9, el9next], () => [{ name: 'kmod-hello', module: el9 }])).rejects.toThrow(message)
  })

  it('are one when they belong to no kernel and say the same', async () => {
    const common = (kernel: Kernel, more: Partial<Described> = {}) => [
      { name: `kmod-hello-${kernel.release}`, module: kernel.release },
      { name: 'hello-common', text: 'x', sourceRpm: `hello-${kernel.release}-1.0-1.src.rpm`, ...more },
    ]
    expect(await packages([el9, el9next], (kernel) => common(kernel))).toHaveLength(3)
    const refused = 'have one file name, hello-common-1.0-1.x86_64.rpm'
    await expect(packages([el9, el9next], (kernel) => common(kernel, { text: kernel.release }))).rejects.toThrow(
      refused,
    )
    await expect(packages([el9, el9next], (kernel) => common(kernel, { summary: kernel.release }))).rejects.toThrow(
      refused,
    )
  })

  it('of equal names and different releases are told, for anaconda installs by name', async () => {
    const release = (kernel: Kernel) => kernel.release.replaceAll('-', '_')
    const names = await packages([el9, el9next], (kernel) => [
      { name: 'kmod-hello', release: release(kernel), module: kernel.release },
    ])
    expect(names).toHaveLength(2)
    expect(said).toEqual([expect.stringContaining('2 packages of the disk are called kmod-hello (x86_64)')])
  })

  it('without a module for their kernel are told', async () => {
    await packages([el9, el9next], ({ release }) => [{ name: `kmod-hello-${release}`, module: el9 }])
    expect(said).toEqual([expect.stringContaining(`for kernel ${el9next} has a module below /lib/modules/${el9next}`)])
  })

  it('are put beside packages that are given, and of another family of kernels not asked for on a universal disk', async () => {
    const given = await writeRpm(describeRpm({ name: 'tools', text: 'x' }), join(root, 'given'))
    const spec = ({ release }: Kernel) => [{ name: `kmod-hello-${release}`, module: release }]
    const names = await packages([el9, jammy, sle], spec, { packages: [given], formats: ['universal'] })
    expect(names.filter((name) => name.endsWith('.rpm'))).toEqual([
      'tools-1.0-1.x86_64.rpm',
      `kmod-hello-${el9}-1.0-1.x86_64.rpm`,
      `kmod-hello-${sle}-1.0-1.x86_64.rpm`,
    ])
  })

  it('that are given twice under one file name are refused', async () => {
    const paths: AbsolutePath[] = []
    for (const text of ['x', 'y']) {
      mkdirSync(join(root, text), { recursive: true })
      paths.push(await writeRpm(describeRpm({ name: 'tools', text }), join(root, text)))
    }
    await expect(packages([el9], () => [], { packages: paths })).rejects.toThrow(
      'two packages of the disk have the file name tools-1.0-1.x86_64.rpm',
    )
  })
})
