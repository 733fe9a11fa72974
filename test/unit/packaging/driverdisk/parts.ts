/** Modules, builds and plans for disks, as small as they can be. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AbsolutePath, absolutePath, below } from '../../../../src/domain.ts'
import { parseModuleInfo } from '../../../../src/kernel/modinfo.ts'
import type { RenderTemplate } from '../../../../src/packaging/driverdisk/layout/scripts.ts'
import type { DriverDiskRequest } from '../../../../src/packaging/driverdisk/make.ts'
import type { DiskModule, DiskPlan } from '../../../../src/packaging/driverdisk/model.ts'
import type { PlannedBuild } from '../../../../src/packaging/plan/model.ts'
import { openTemplates } from '../../../../src/templates/stock.ts'
import { writeElf } from '../../kernel/elf-writer.ts'
import { rooms } from './rooms.ts'

export const time = 1_600_000_000
const templates = await openTemplates()

export const render: RenderTemplate = (name, values) => templates.render(name, values)

export const el9 = '5.14.0-362.8.1.el9_3.x86_64'
export const sle = '5.14.21-150500.53-default'
export const jammy = '5.15.0-25-generic'

/** A module signed by nobody we know, unless `signed` says no. */
export function moduleBytes(
  fields: Readonly<Record<string, string | readonly string[]>>,
  { signed = true, sections = {} }: { signed?: boolean; sections?: Record<string, Uint8Array> } = {},
): Buffer {
  const lines = Object.entries(fields).flatMap(([key, value]) => [value].flat().map((one) => `${key}=${one}\0`))
  const signature = Buffer.concat([Buffer.alloc(12), Buffer.from('~Module signature appended~\n')])
  signature[2] = 2
  return writeElf(
    { bits: 64, littleEndian: true },
    { '.modinfo': Buffer.from(lines.join('')), ...sections },
    { appended: signed ? signature : Buffer.alloc(0) },
  )
}

export const aliases = [
  'pci:v00008086d0000100Esv*sd*bc*sc*i*',
  'pci:v00008086d0000100Fsv00001028sd00000165bc*sc*i*',
  'pci:v*d*sv*sd*bc02sc00i*',
]

export function fieldsOf(name: string, release: string, more: Record<string, string | readonly string[]> = {}) {
  return {
    description: `The ${name} "driver"`,
    alias: aliases,
    parm: ['debug:how much to say', 'speed:of the link'],
    parmtype: ['debug:int', 'speed:uint'],
    name: name.replaceAll('-', '_'),
    vermagic: `${release} SMP mod_unload modversions `,
    ...more,
  }
}

export function diskModule(directory: AbsolutePath, name: string, release: string, more = {}): DiskModule {
  mkdirSync(below(directory, release), { recursive: true })
  const from = below(directory, release, `${name}.ko`)
  const bytes = moduleBytes(fieldsOf(name, release, more))
  writeFileSync(from, bytes)
  return {
    name,
    fileName: `${name}.ko`,
    location: '/kernel/drivers/net',
    content: { from, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
    info: parseModuleInfo(bytes),
  }
}

export function plannedBuild(directory: AbsolutePath, release: string, arch = 'x86_64'): PlannedBuild {
  const modules = ['needed', 'hello-world'].map((name) => {
    const depends = name === 'needed' ? 'mii' : 'needed'
    const { content, info, fileName } = diskModule(directory, name, release, { depends })
    return {
      name,
      fileName,
      compression: '' as const,
      content: { from: content.from, bytes: content.bytes },
      mtime: time,
      record: undefined,
      info,
    }
  })
  return { kernel: { release, arch }, modules, entries: [] }
}

export function planOf(kernels: DiskPlan['kernels'], more: Partial<DiskPlan> = {}): DiskPlan {
  return {
    package: { name: 'hello', version: '1.0' },
    summary: 'Says hello',
    kernels,
    packages: [],
    vendorFiles: new Map(),
    suseTags: [],
    injection: [],
    time,
    ...more,
  }
}

export function requestOf(root: AbsolutePath, more: Partial<DriverDiskRequest> = {}): DriverDiskRequest {
  const source = below(root, 'source')
  mkdirSync(source, { recursive: true })
  return {
    plan: {
      package: { name: 'hello', version: '1.0' },
      builds: [el9, sle, jammy].map((release) => plannedBuild(below(root, 'built'), release)),
      source: { kind: 'complete', directory: source, entries: [], leftOut: [] },
      clampTime: time,
    },
    texts: { summary: 'Says hello', description: 'A driver that says hello.', license: 'GPL-2.0-only' },
    formats: ['universal'],
    medium: 'iso',
    suseTags: ['sles15', 'leap15.5'],
    injection: [{ distributor: 'ubuntu', codename: 'trusty' }],
    release: '11.1',
    destination: absolutePath(`${root}/disk`),
    tmp: root,
    rooms,
    render,
    report: () => {},
    ...more,
  }
}
