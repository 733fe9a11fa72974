/**
 * The text files of driver disks for Red Hat's C loader (Red Hat Linux 7 to RHEL 5), made from what the modules say.
 * Each names its reader: anaconda's isys and loader2 (modinfo, modules.dep, modules.alias, pcitable), kudzu (pcimap).
 */
import type { DiskModule } from './model.ts'

/** Modules of several kernels, each name once: the one of the first kernel. */
export function distinctModules(modules: readonly DiskModule[]): DiskModule[] {
  return [...new Map(modules.toReversed().map((module) => [module.name, module])).values()].reverse()
}

/** loader2/moduleinfo.c: the first line is exactly `Version 0`, then a name and indented lines for each module. */
export function renderModinfo(modules: readonly DiskModule[]): string {
  const lines = distinctModules(modules).flatMap(({ name, location, info }) => [
    name,
    `\t${deviceClass(location, info.alias)}`,
    `\t"${quotable(info.description ?? name)}"`,
    ...[...info.params]
      .reverse()
      .map((param) => `\t${param.name} "${quotable(param.description ?? param.type ?? '')}"`),
  ])
  return ['Version 0', ...lines, ''].join('\n')
}

/** The parser knows no way to write a quote within quotes. */
function quotable(text: string): string {
  return text.replaceAll('"', "'").replaceAll(/\s+/g, ' ').trim()
}

/** Words of the loader for kinds of devices; which are offered where is decided by them. */
type DeviceClass = 'eth' | 'tr' | 'plip' | 'scsi_hostadapter' | 'pcmcia' | 'fs' | 'cdrom' | 'ide' | 'other'

const classesByPlace: readonly (readonly [RegExp, DeviceClass])[] = [
  [/\/drivers\/net\/tokenring(?:\/|$)/, 'tr'],
  [/\/drivers\/net(?:\/|$)/, 'eth'],
  [/\/drivers\/(?:scsi|block|ata|message|nvme|s390\/scsi)(?:\/|$)/, 'scsi_hostadapter'],
  [/\/drivers\/pcmcia(?:\/|$)/, 'pcmcia'],
  [/\/drivers\/ide(?:\/|$)/, 'ide'],
  [/\/drivers\/cdrom(?:\/|$)/, 'cdrom'],
  [/\/fs(?:\/|$)/, 'fs'],
]

/** Base classes of the PCI Local Bus Specification, appendix D. */
const classesByPci: Readonly<Record<string, DeviceClass>> = { '01': 'scsi_hostadapter', '02': 'eth' }

/** By where the kernel keeps such modules, else by the class of device the module asks for. */
export function deviceClass(location: string, aliases: readonly string[]): DeviceClass {
  const byPlace = classesByPlace.find(([pattern]) => pattern.test(location))
  if (byPlace !== undefined) return byPlace[1]
  for (const alias of aliases) {
    const base = /^pci:.*bc([0-9a-fA-F]{2})sc/.exec(alias)?.[1]
    const byPci = classesByPci[base ?? '']
    if (byPci !== undefined) return byPci
  }
  return 'other'
}

/** `module: needed needed`, bare names. The last line must end: RHEL 5's loader crashes on a file that does not. */
export function renderModulesDep(modules: readonly DiskModule[]): string {
  const distinct = distinctModules(modules)
  const lines = distinct
    .filter(({ info }) => info.depends.length > 0)
    .map(({ name, info }) => `${name}: ${info.depends.map((needed) => ownSpelling(needed, distinct)).join(' ')}\n`)
  return lines.join('')
}

/** The kernel takes - and _ in module names for the same; file names on the disk have one of them. */
export function ownSpelling(name: string, modules: readonly DiskModule[]): string {
  return modules.find((module) => plainName(module.name) === plainName(name))?.name ?? name
}

export function plainName(name: string): string {
  return name.replaceAll('-', '_')
}

/** depmod's format; the loader looks at lines that begin with `alias ` only. */
export function renderModulesAlias(modules: readonly DiskModule[]): string {
  const lines = distinctModules(modules).flatMap(({ name, info }) =>
    info.alias.filter((alias) => alias.includes(':')).map((alias) => `alias ${alias} ${name}\n`),
  )
  return [...new Set(lines)].join('')
}

interface PciMatch {
  readonly vendor: number
  readonly device: number
  readonly subvendor: number
  readonly subdevice: number
  readonly class: number
  readonly classMask: number
}

const anyId = 0xffff_ffff

/** Of modalias `pci:v...d...sv...sd...bc..sc..i..`; undefined for other buses. */
export function parsePciAlias(alias: string): PciMatch | undefined {
  const id = '(\\*|[0-9A-Fa-f]{8})'
  const byte = '(\\*|[0-9A-Fa-f]{2})'
  const match = new RegExp(`^pci:v${id}d${id}sv${id}sd${id}bc${byte}sc${byte}i${byte}$`).exec(alias)
  if (match === null) return undefined
  const [vendor = anyId, device = anyId, subvendor = anyId, subdevice = anyId] = match.slice(1, 5).map(idOf)
  const bytes = match.slice(5, 8)
  const join = (of: (byte: string) => number) => bytes.reduce((sum, byte) => sum * 256 + of(byte), 0)
  return {
    vendor,
    device,
    subvendor,
    subdevice,
    class: join((byte) => (byte === '*' ? 0 : Number.parseInt(byte, 16))),
    classMask: join((byte) => (byte === '*' ? 0 : 0xff)),
  }
}

function idOf(text: string): number {
  return text === '*' ? anyId : Number.parseInt(text, 16)
}

function pciMatches(modules: readonly DiskModule[]): { readonly name: string; readonly match: PciMatch }[] {
  return distinctModules(modules).flatMap(({ name, info }) =>
    info.alias.flatMap((alias) => {
      const match = parsePciAlias(alias)
      return match === undefined ? [] : [{ name, match }]
    }),
  )
}

/** Only entries with a concrete vendor and device have a form here (loader2/pci.c and kudzu). */
export function renderPcitable(modules: readonly DiskModule[]): string {
  const lines = pciMatches(modules)
    .filter(({ match }) => match.vendor !== anyId && match.device !== anyId)
    .map(({ name, match }) => {
      const isSpecific = match.subvendor !== anyId && match.subdevice !== anyId
      const ids = [match.vendor, match.device, ...(isSpecific ? [match.subvendor, match.subdevice] : [])]
      return [...ids.map((id) => `0x${id.toString(16).padStart(4, '0')}`), `"${name}"`].join('\t')
    })
  return [...new Set(lines)].map((line) => `${line}\n`).join('')
}

const pcimapHeader =
  '# pci module         vendor     device     subvendor  subdevice  class      class_mask driver_data'

/** The table of depmod for 2.4 kernels. */
export function renderPcimap(modules: readonly DiskModule[]): string {
  const lines = pciMatches(modules).map(({ name, match }) => {
    const { vendor, device, subvendor, subdevice, classMask } = match
    const numbers = [vendor, device, subvendor, subdevice, match.class, classMask, 0]
    return `${name.padEnd(20)} ${numbers.map((number) => `0x${number.toString(16).padStart(8, '0')}`).join(' ')}`
  })
  return [pcimapHeader, ...new Set(lines), ''].join('\n')
}
