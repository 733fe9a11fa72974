/**
 * The devices a package's modules are for, as capabilities an RPM provides: `modalias(pci:v00008086d*)`. The form is
 * that of dkms 2.x and of SUSE's and Red Hat's kernel module packages: one capability for each alias, with the module's
 * version if it has one; aliases of one version that differ in a single character become one with a class, `[ab]`.
 */
import type { Relation } from '../package-model.ts'

export interface ModuleAliases {
  readonly aliases: readonly string[]
  readonly version: string | undefined
}

/** How an alias and a version are written, so that a capability is a word and its version another. */
interface Words {
  alias(text: string): string
  version(text: string): string
}

/**
 * Of dkms 2.x, where rpm takes it. In an alias, which is a shell pattern, `?` matches the blank or comma it stands for: rpm
 * takes either for the end of a name, and aliases of device trees have commas. A version such as 7.3.21-k8-NAPI has more `-`
 * than the one that rpm takes in a relation.
 */
const rpmWords: Words = {
  alias: (text) => text.replace(/[\s,\p{Cc}]/gu, '?'),
  version: (text) => {
    const word = text.replace(/[^0-9A-Za-z._+~^-]/gu, '_')
    return /^[^-]+(?:-[^-]+)?$/.test(word) ? word : word.replaceAll('-', '_')
  },
}

/** Of RHEL 8 and later (modalias.prov of kernel-rpm-macros): nothing that rpm would take for the end of a word or of a version. */
export const redHatWords: Words = {
  alias: (text) => text.replace(/[^\][0-9A-Za-z._:*?/-]/gu, '_'),
  version: (text) => text.replace(/[^0-9A-Za-z._]/gu, '_'),
}

/** Sorted by name, each once. */
export function modaliasProvides(modules: readonly ModuleAliases[], words = rpmWords): readonly Relation[] {
  const byVersion = new Map<string, Set<string>>()
  for (const { aliases, version } of modules) {
    const key = words.version((version ?? '').trim())
    const known = byVersion.get(key) ?? new Set()
    byVersion.set(key, known)
    for (const alias of aliases) known.add(words.alias(alias))
  }
  const provides = [...byVersion].flatMap(([version, aliases]) =>
    mergeAliases([...aliases]).map(
      (alias): Relation => ({
        name: `modalias(${alias})`,
        ...(version === '' ? {} : { constraint: { operator: '=', version } }),
      }),
    ),
  )
  return provides.sort(
    (a, b) => byText(a.name, b.name) || byText(a.constraint?.version ?? '', b.constraint?.version ?? ''),
  )
}

/**
 * Aliases next to each other in sorted order are merged while all differ at the same single place. Together the results
 * match exactly what the aliases match.
 *
 * @param encode is given what is not one of the classes made here
 */
export function mergeAliases(
  aliases: readonly string[],
  encode: (text: string) => string = (text) => text,
): readonly string[] {
  const merged: string[] = []
  let run: Run | undefined
  for (const alias of [...new Set(aliases)].sort(byText)) {
    const longer = run === undefined ? undefined : extended(run, alias)
    if (run !== undefined && longer === undefined) merged.push(formatRun(run, encode))
    run = longer ?? { first: alias, at: undefined, variants: [] }
  }
  return run === undefined ? merged : [...merged, formatRun(run, encode)]
}

interface Run {
  readonly first: string
  /** Where the members differ; undefined while there is one. */
  readonly at: number | undefined
  /** The characters of the others at that place. */
  readonly variants: readonly string[]
}

function extended(run: Run, alias: string): Run | undefined {
  const at = singleDifference(run.first, alias)
  if (at === undefined || (run.at !== undefined && run.at !== at)) return undefined
  return { ...run, at, variants: [...run.variants, alias.charAt(at)] }
}

/** Only letters and digits outside of a class may become one: `*`, `?`, `-` and the like mean something else in it. */
function singleDifference(a: string, b: string): number | undefined {
  if (a.length !== b.length) return undefined
  const at = [...Array(a.length).keys()].find((index) => a.charAt(index) !== b.charAt(index))
  if (at === undefined || a.slice(at + 1) !== b.slice(at + 1)) return undefined
  const isPlain = /^[A-Za-z0-9]{2}$/.test(a.charAt(at) + b.charAt(at))
  return isPlain && a.lastIndexOf('[', at) <= a.lastIndexOf(']', at) ? at : undefined
}

function formatRun({ first, at, variants }: Run, encode: (text: string) => string): string {
  return at === undefined
    ? encode(first)
    : `${encode(first.slice(0, at))}[${first.charAt(at)}${variants.join('')}]${encode(first.slice(at + 1))}`
}

function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
