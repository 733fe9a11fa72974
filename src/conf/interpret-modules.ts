/** The module records of a conf: how many there are, what completes them, what is wrong with them. */
import { posix } from 'node:path'
import { readExclusive } from './interpret-exclusive.ts'
import type { Reading } from './interpret-reading.ts'
import type { ExclusiveConditions, ModuleRecord } from './model.ts'

/** The highest index used in any of these, plus one, is the number of modules (DKMS 3.2). */
const counted = ['BUILT_MODULE_NAME', 'BUILT_MODULE_LOCATION', 'DEST_MODULE_NAME', 'DEST_MODULE_LOCATION'] as const

/** No driver package comes near it; a larger index is a typing error and would only flood the messages. */
const mostModules = 4096

/** @param ofPackage the conditions of index 0, which speak for the package and for its first module */
export function interpretModules(
  reading: Reading,
  packageName: string | undefined,
  ofPackage: ExclusiveConditions,
): ModuleRecord[] {
  const count = (reading.indices(...counted).at(-1) ?? -1) + 1
  if (count === 0) {
    const message = 'no module is defined: make runs, and nothing is installed'
    reading.warning(
      'NO_MODULES',
      message,
      'BUILT_MODULE_NAME',
      undefined,
      'set BUILT_MODULE_NAME and DEST_MODULE_LOCATION',
    )
  }
  if (count > mostModules) {
    const culprit = counted.find((name) => (reading.indices(name).at(-1) ?? 0) === count - 1) ?? counted[0]
    reading.error('INDEX_TOO_LARGE', `${culprit}[${count - 1}]: the index is too large`, culprit, count - 1)
    return []
  }
  const records = Array.from({ length: count }, (_, index) => ({
    ...readRecord(reading, index, count, packageName),
    exclusive: index === 0 ? ofPackage : readExclusive(reading, index),
  }))
  reportDuplicates(reading, records)
  return records
}

function readRecord(
  reading: Reading,
  index: number,
  count: number,
  packageName: string | undefined,
): Omit<ModuleRecord, 'exclusive'> {
  const fallback = count === 1 ? packageName : undefined
  const builtName = reading.element('BUILT_MODULE_NAME', index) ?? fallback ?? ''
  const destName = reading.element('DEST_MODULE_NAME', index) ?? builtName
  checkNames(reading, index, builtName, count)
  return {
    index,
    builtName,
    builtLocation: withSlash(reading.element('BUILT_MODULE_LOCATION', index) ?? ''),
    destName,
    destLocation: readDestination(reading, index),
    strip: readStrip(reading, index),
  }
}

function checkNames(reading: Reading, index: number, builtName: string, count: number): void {
  if (builtName === '') {
    // Without a package name the single module has none either, and that was said already.
    if (count > 1) {
      const message = `module ${index} has no BUILT_MODULE_NAME`
      const remedy = `set BUILT_MODULE_NAME[${index}]; indices must run from 0 without a gap`
      reading.error('BUILT_MODULE_NAME_MISSING', message, 'BUILT_MODULE_NAME', index, remedy)
    }
    return
  }
  for (const name of ['BUILT_MODULE_NAME', 'DEST_MODULE_NAME']) {
    const value = reading.element(name, index)
    if (value === undefined || !/\.k?o$/.test(value)) continue
    const message = `${name}[${index}] is ${JSON.stringify(value)} and must be given without its ending`
    reading.error('MODULE_NAME_SUFFIX', message, name, index, `write ${value.replace(/\.k?o$/, '')}`)
  }
}

function readDestination(reading: Reading, index: number): string {
  const name = 'DEST_MODULE_LOCATION'
  const value = reading.element(name, index)
  if (value === undefined) {
    const message = `module ${index} has no ${name}`
    reading.error(`${name}_MISSING`, message, name, index, `set ${name}[${index}], for example to /updates`)
    return ''
  }
  if (!/^\/(?:kernel|updates|extra)/.test(value)) {
    const message = `${name}[${index}] is ${JSON.stringify(value)} and does not begin with /kernel, /updates or /extra`
    reading.error(`${name}_PREFIX`, message, name, index, 'choose a place below one of them')
  } else if (leavesModuleDirectory(value)) {
    const message = `${name}[${index}] is ${JSON.stringify(value)} and leaves the directory of the kernel's modules`
    reading.error(`${name}_ESCAPES`, message, name, index, 'remove the .. from it')
  }
  return value
}

function leavesModuleDirectory(location: string): boolean {
  const normal = posix.normalize(`.${location}`)
  return normal === '..' || normal.startsWith('../')
}

/** n... is no, y... is yes, nothing is what STRIP[0] says, any other text strips (DKMS 3.x). */
function readStrip(reading: Reading, index: number): boolean {
  const value = reading.element('STRIP', index) ?? reading.scalar('STRIP') ?? 'yes'
  return !/^n/i.test(value)
}

function withSlash(location: string): string {
  return location === '' || location.endsWith('/') ? location : `${location}/`
}

function reportDuplicates(reading: Reading, records: readonly ModuleRecord[]): void {
  if (reading.strictness !== 'strict') return
  const built = new Map<string, number>()
  const installed = new Map<string, number>()
  for (const record of records) {
    reportDuplicate(reading, 'BUILT_MODULE_NAME', `${record.builtLocation}${record.builtName}`, record, built)
    reportDuplicate(reading, 'DEST_MODULE_NAME', record.destName, record, installed)
  }
}

function reportDuplicate(
  reading: Reading,
  name: string,
  value: string,
  { index, builtName }: ModuleRecord,
  seen: Map<string, number>,
): void {
  if (builtName === '') return
  const first = seen.get(value)
  if (first === undefined) return void seen.set(value, index)
  const message = `modules ${first} and ${index} are both ${name} ${JSON.stringify(value)}`
  reading.error('MODULE_DUPLICATE', message, name, index, 'give each module a name of its own')
}
