/** Packages made in this process from directories and trees that tests write. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { absolutePath, type Kernel, type Roots } from '../../../../src/domain.ts'
import { openDeb, readControlFiles, readData } from '../../../../src/packaging/deb/format/read.ts'
import { type DebSummary, summarizeDeb } from '../../../../src/packaging/deb/format/summary.ts'
import type { DebRequest } from '../../../../src/packaging/deb/model.ts'
import type { StatedMetadata } from '../../../../src/packaging/metadata/model.ts'
import type { PackagePlan } from '../../../../src/packaging/plan/model.ts'
import { planFromDirectory } from '../../../../src/packaging/plan/plan.ts'
import type { ProgressEvent } from '../../../../src/report.ts'
import { elfForms, modinfoSection, versionsSection, writeElf } from '../../kernel/elf-writer.ts'

export const epoch = 1_700_000_000
export const runningKernel: Kernel = { release: '6.1.0-11-toy', arch: 'x86_64' }

export function rootsIn(scratch: string): Roots {
  const place = (name: string) => absolutePath(join(scratch, name))
  return {
    dkmsTree: place('tree'),
    sourceTree: place('src'),
    installTree: place('modules'),
    etc: place('etc'),
    tmp: place('tmp'),
  }
}

export interface SourceText {
  readonly name?: string
  readonly version?: string
  /** Lines of dkms.conf after the usual ones. */
  readonly conf?: string
  readonly files?: Readonly<Record<string, string>>
  readonly executable?: readonly string[]
}

export function writeSource(directory: string, given: SourceText = {}): string {
  const { name = 'hello', version = '1.0', conf = '', files = {}, executable = [] } = given
  const all: Readonly<Record<string, string>> = {
    'dkms.conf': `PACKAGE_NAME='${name}'\nPACKAGE_VERSION='${version}'\nBUILT_MODULE_NAME[0]="hello"\nDEST_MODULE_LOCATION[0]="/updates"\nAUTOINSTALL="yes"\n${conf}`,
    Makefile: 'obj-m := hello.o\n',
    'hello.c': 'MODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("Says hello");\n',
    ...files,
  }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  for (const path of executable) chmodSync(join(directory, path), 0o755)
  return directory
}

export function planOf(scratch: string, source: string, options: StatedMetadata = {}): Promise<PackagePlan> {
  const directory = absolutePath(source)
  return planFromDirectory({ roots: rootsIn(scratch), runningKernel, options, directory, sourceDateEpoch: epoch })
}

export function requestFor(scratch: string, plan: PackagePlan, events: ProgressEvent[] = []): DebRequest {
  return {
    plan,
    roots: rootsIn(scratch),
    output: absolutePath(join(scratch, 'out')),
    compression: 'gzip',
    runningKernel,
    dryRun: false,
    report: (event) => events.push(event),
  }
}

export interface ReadBack extends DebSummary {
  /** Path and mode of each file, directory and link. */
  readonly modes: ReadonlyMap<string, string>
  readonly control: string
}

export async function readBack(path: string): Promise<ReadBack> {
  using deb = openDeb(path)
  const modes = new Map<string, string>()
  await readData(deb, (member) => {
    modes.set(`/${member.path}`, member.mode.toString(8))
    return undefined
  })
  const control = (await readControlFiles(deb)).get('control')?.toString('utf8') ?? ''
  return { ...(await summarizeDeb(deb)), modes, control }
}

export function moduleBytes({ release }: Kernel, name: string, ...aliases: readonly string[]): Buffer {
  const [form] = elfForms
  if (form === undefined) throw new Error('no ELF form')
  const entries = [
    'license=GPL v2',
    ...aliases.map((one) => `alias=${one}`),
    `name=${name}`,
    `vermagic=${release} SMP `,
  ]
  return writeElf(form, { '.modinfo': modinfoSection(...entries), __versions: versionsSection(form, { printk: 7 }) })
}
