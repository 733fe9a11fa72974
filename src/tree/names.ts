/** Which texts may become a part of a path in the tree. Checked for every name, version, kernel and architecture from any input. */
import type { Kernel, PackageId } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { generatorDirectories, isMarkerName, originalsDirectory } from './layout.ts'

export type NamePart = 'package name' | 'package version' | 'kernel release' | 'architecture'

/**
 * In bytes, as file systems count; 255 is what a name in a directory may have. Name and version together make
 * SRC/M-V, release and architecture kernel-K-A: the rest is room for what is put around them, such as `depmod-pending-`.
 * Linux itself allows a kernel release and a machine name of 64.
 */
export const longestNames: Readonly<Record<NamePart, number>> = {
  'package name': 128,
  'package version': 96,
  'kernel release': 128,
  architecture: 64,
}

/**
 * @param part what the text is, for the message
 * @throws {FactoryError} NAME_UNSAFE when the text is too long, could leave its place in a path, be taken for an option, be split
 *   by a shell, or be taken for something else the tree keeps beside it
 */
export function assertSafeName(part: NamePart, text: string): void {
  const fault = nameFault(part, text)
  if (fault === undefined) return
  throw new FactoryError('NAME_UNSAFE', `the ${part} ${fault.text} ${fault.what}`, { hint: fault.remedy })
}

export interface NameFault {
  /** The text, or as much as is needed to know it, in quotes. */
  readonly text: string
  /** Follows the text in a sentence. */
  readonly what: string
  readonly remedy: string
}

/** Why a text may not become such a part. */
export function nameFault(part: NamePart, text: string): NameFault | undefined {
  const limit = longestNames[part]
  if (Buffer.byteLength(text) > limit) {
    return {
      text: JSON.stringify(beginningOf(text)),
      what: `is longer than ${limit} bytes`,
      remedy: 'choose a shorter one',
    }
  }
  const what = pathFault(text) ?? reservedFault(part, text)
  const remedy = 'use letters, digits, and the characters . _ + ~ - after the first'
  return what === undefined ? undefined : { text: JSON.stringify(text), what, remedy }
}

/** For a message: who asks for a name that is too long knows how it goes on. */
function beginningOf(text: string): string {
  return `${text.slice(0, 40)}...`
}

/** @throws {FactoryError} NAME_UNSAFE */
export function assertSafePackage(id: PackageId): void {
  assertSafeName('package name', id.name)
  assertSafeName('package version', id.version)
}

/** @throws {FactoryError} NAME_UNSAFE */
export function assertSafeKernel(kernel: Kernel): void {
  assertSafeName('kernel release', kernel.release)
  assertSafeName('architecture', kernel.arch)
}

function pathFault(text: string): string | undefined {
  if (text === '') return 'is empty'
  if (text.includes('/')) return 'holds a slash'
  if (text.includes('..')) return 'holds two dots in a row'
  if (text.startsWith('-')) return 'begins with a dash'
  if (text.startsWith('.')) return 'begins with a dot'
  if (/\s/u.test(text)) return 'holds a blank'
  return /\p{Cc}/u.test(text) ? 'holds a control character' : undefined
}

function reservedFault(part: NamePart, text: string): string | undefined {
  if (part === 'package version' && (text === originalsDirectory || isMarkerName(text))) {
    return 'is a name the tree uses for something else'
  }
  return part === 'kernel release' && generatorDirectories.has(text)
    ? 'is a name the tree uses for something else'
    : undefined
}
