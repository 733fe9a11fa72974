/**
 * /etc/modules.conf, /etc/modprobe.conf and files of modprobe.d, edited as DKMS 2.2 did (dkms(8) of DKMS 2.0 and 2.2,
 * MODULES_CONF_*; modprobe.d(5) for the syntax). Pure.
 *
 * DKMS 2.0 began to number with 1 where a file had no alias of the type yet; the kernel begins with 0, and so did 2.2.
 */
import { addLine, changeLines, type EditedText } from './text-edits.ts'
import type { LegacyWishes, ModuleWish } from './wishes.ts'

/**
 * @param others texts that modprobe reads as well: what they say need not be said again, and numbers they use are taken
 */
export function editModprobeText(text: string, wishes: LegacyWishes, others: readonly string[] = []): EditedText {
  let edited: EditedText = { text, edits: [] }
  for (const wish of wishes.modules) edited = addAlias(takeOverAliases(edited, wish), wish, others)
  for (const line of wishes.lines) {
    if (![edited.text, ...others].some((one) => hasLine(one, line))) edited = addLine(edited, line)
  }
  return edited
}

/** Aliases change hands and nothing is added: for files that belong to somebody else. */
export function editForeignText(text: string, { modules }: Pick<LegacyWishes, 'modules'>): EditedText {
  return modules.reduce(takeOverAliases, { text, edits: [] })
}

/** `alias eth0 old` becomes `alias eth0 new`; blanks and what the line ends in stay. */
function takeOverAliases(edited: EditedText, { module, aliasType, obsoletes }: ModuleWish): EditedText {
  if (aliasType === undefined || obsoletes.length === 0) return edited
  return changeLines(edited, (line) => {
    const alias = parseAlias(line)
    if (alias === undefined || numberOf(alias.name, aliasType) === undefined) return line
    const isObsolete = obsoletes.some((obsolete) => sameModule(obsolete, alias.module))
    return isObsolete ? `${alias.head}${module}${alias.tail}` : line
  })
}

function addAlias(edited: EditedText, wish: ModuleWish, others: readonly string[]): EditedText {
  const { module, aliasType, obsoleteOnly } = wish
  if (aliasType === undefined || obsoleteOnly) return edited
  const numbered = [edited.text, ...others]
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => parseAlias(line) ?? [])
    .flatMap((alias) => {
      const number = numberOf(alias.name, aliasType)
      return number === undefined ? [] : [{ number, module: alias.module }]
    })
  if (numbered.some((alias) => sameModule(alias.module, module))) return edited
  const next = 1 + Math.max(-1, ...numbered.map(({ number }) => number))
  return addLine(edited, `alias ${aliasType}${next} ${module}`)
}

interface Alias {
  /** Everything before the module. */
  readonly head: string
  readonly name: string
  readonly module: string
  readonly tail: string
}

function parseAlias(line: string): Alias | undefined {
  const found = /^(?<head>\s*alias\s+(?<name>\S+)\s+)(?<module>\S+)(?<tail>\s*)$/.exec(line)?.groups
  if (found === undefined) return undefined
  const { head = '', name = '', module = '', tail = '' } = found
  return { head, name, module, tail }
}

/** 3 for `eth3` of the type `eth`; -1 for a bare `eth`, which is an alias of the type without a number. */
function numberOf(name: string, aliasType: string): number | undefined {
  if (!name.startsWith(aliasType)) return undefined
  const digits = name.slice(aliasType.length)
  if (digits === '') return -1
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined
}

/** A hyphen and an underscore are the same in names of modules (modprobe(8)). */
function sameModule(a: string, b: string): boolean {
  return a.replaceAll('-', '_') === b.replaceAll('-', '_')
}

function hasLine(text: string, wanted: string): boolean {
  return text.split('\n').some((line) => line.trimEnd() === wanted.trimEnd())
}
