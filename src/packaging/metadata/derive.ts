/** From what the modules say to what the package says where nobody stated it. */
import type { PackageId } from '../../domain.ts'
import type { ModuleFacts } from './facts.ts'
import { allOf } from './license.ts'
import type { Person } from './model.ts'
import { personAmong } from './person.ts'
import { asOneLine, fold, shorten } from './text.ts'

export interface DerivedMetadata {
  readonly license: string | undefined
  readonly summary: string | undefined
  readonly description: string | undefined
  readonly maintainer: Person | undefined
}

/** Debian's advice for synopses (Developer's Reference 6.2.2), and one line of a terminal. */
const longestSummary = 79
const lineWidth = 75

/**
 * @param modules the names of dkms.conf, in its order: what is said of the first counts most
 */
export function deriveMetadata(
  id: PackageId,
  modules: readonly string[],
  facts: readonly ModuleFacts[],
): DerivedMetadata {
  const ordered = inOrderOf(modules, facts)
  const descriptions = ordered.flatMap(({ name, description }) =>
    description === undefined ? [] : [{ name, description }],
  )
  const [first] = descriptions
  return {
    license: allOf(ordered.flatMap(({ license }) => license ?? [])),
    summary: first === undefined ? undefined : summaryFrom(first.description),
    description: first === undefined ? undefined : describe(id, descriptions),
    maintainer: personAmong(ordered.flatMap(({ authors }) => authors)),
  }
}

/** Modules of dkms.conf first; the kernel takes - and _ in module names for the same. */
function inOrderOf(modules: readonly string[], facts: readonly ModuleFacts[]): readonly ModuleFacts[] {
  const rank = new Map(modules.map((name, index) => [name.replaceAll('-', '_'), index]))
  const rankOf = ({ name }: ModuleFacts): number => rank.get(name.replaceAll('-', '_')) ?? modules.length
  return [...facts].sort((a, b) => rankOf(a) - rankOf(b))
}

function summaryFrom(description: string): string | undefined {
  const line = asOneLine(description).replace(/[.\s]+$/, '')
  return line === '' ? undefined : shorten(line, longestSummary)
}

function describe(id: PackageId, modules: readonly { readonly name: string; readonly description: string }[]): string {
  const said = new Map(modules.map(({ name, description }) => [description, name]))
  const lines =
    said.size === 1
      ? fold([...said.keys()][0] ?? '', lineWidth)
      : modules
          .filter(({ name, description }) => said.get(description) === name)
          .flatMap(({ name, description }) => fold(`- ${name}: ${description}`, lineWidth, '  '))
  return [introduction(id), '', ...lines].join('\n')
}

/** What every description begins with, or consists of when the modules say nothing. */
export function introduction({ name, version }: PackageId): string {
  return `Kernel modules of ${name} ${version}.`
}
