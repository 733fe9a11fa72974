/** Access to raw values while they are interpreted, and the collection of everything that is wrong with them. */
import { EreError, parseEre } from './ere-parse.ts'
import type { RawValues } from './evaluation.ts'
import type { LintCodeName } from './lint-codes.ts'
import type { Diagnostic } from './model.ts'

export type Strictness = 'strict' | 'lenient'

/** Where a directive got its value. */
export type Where = (name: string, index?: number) => { readonly file: string; readonly line?: number }

export class Reading {
  readonly diagnostics: Diagnostic[] = []
  readonly strictness: Strictness
  private readonly values: RawValues
  private readonly where: Where

  constructor(values: RawValues, strictness: Strictness, where: Where) {
    this.values = values
    this.strictness = strictness
    this.where = where
  }

  /** @returns undefined for an element that is not set or empty, which mean the same everywhere in dkms.conf */
  element(name: string, index: number): string | undefined {
    const value = this.values.get(name)?.get(index)
    return value === '' ? undefined : value
  }

  scalar(name: string): string | undefined {
    return this.element(name, 0)
  }

  isSet(name: string): boolean {
    return [...(this.values.get(name)?.values() ?? [])].some((value) => value !== '')
  }

  /** The indices set in any of the arrays, ascending. Elements set to nothing count. */
  indices(...names: readonly string[]): number[] {
    const all = new Set(names.flatMap((name) => [...(this.values.get(name)?.keys() ?? [])]))
    return [...all].sort((a, b) => a - b)
  }

  /** The elements that are not empty, in index order. */
  list(name: string): string[] {
    return this.indices(name).flatMap((index) => this.element(name, index) ?? [])
  }

  /** The elements by index, with undefined where there is none. */
  sparse(name: string): (string | undefined)[] {
    const last = this.indices(name).at(-1) ?? -1
    return Array.from({ length: last + 1 }, (_, index) => this.element(name, index))
  }

  /** yes and no in any case. Otherwise strict reports an error, and lenient goes by the first letter, as DKMS 2.0 did. */
  yesOrNo(name: string): boolean {
    const value = (this.scalar(name) ?? 'no').toLowerCase()
    if (value === 'yes' || value === 'no') return value === 'yes'
    const message = `${name} is ${JSON.stringify(this.scalar(name))}, and only yes or no is understood`
    const remedy = `write ${name}="yes" or ${name}="no"`
    if (this.strictness === 'strict') this.error('NOT_YES_OR_NO', message, name, 0, remedy)
    else this.warning('NOT_YES_OR_NO', message, name, 0, remedy)
    return value.startsWith('y')
  }

  /** A POSIX extended regular expression; one that cannot be compiled is reported and matches nothing later on. */
  expression(name: string, index: number): string | undefined {
    const value = this.element(name, index)
    if (value === undefined) return undefined
    try {
      parseEre(value)
    } catch (error) {
      if (!(error instanceof EreError)) throw error
      const message = `${name}${subscript(index)} is no extended regular expression: ${error.message}`
      this.warning('REGEX_INVALID', message, name, index, 'correct it: as it is, it matches no kernel')
    }
    return value
  }

  error(code: LintCodeName, message: string, name: string, index?: number, remedy?: string): void {
    this.report('error', code, message, name, index, remedy)
  }

  warning(code: LintCodeName, message: string, name: string, index?: number, remedy?: string): void {
    this.report('warning', code, message, name, index, remedy)
  }

  private report(
    severity: Diagnostic['severity'],
    code: LintCodeName,
    message: string,
    name: string,
    index: number | undefined,
    remedy: string | undefined,
  ): void {
    const place = this.where(name, index)
    this.diagnostics.push({
      severity,
      code,
      message,
      ...place,
      directive: name,
      ...(remedy === undefined ? {} : { remedy }),
    })
  }
}

/** Index 0 is what an unindexed directive sets, so it goes without saying. */
function subscript(index: number): string {
  return index === 0 ? '' : `[${index}]`
}
