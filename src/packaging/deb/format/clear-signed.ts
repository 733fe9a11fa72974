/** Texts within a clear signature (RFC 9580 section 7), as .dsc and .changes files mostly are. */
import { FactoryError } from '../../../errors.ts'

export interface ClearSigned {
  /** What was signed, or the whole text when it is not. */
  readonly text: string
  /** The block from its first line of armor to its last; absent: not signed. */
  readonly block?: string
}

const begin = '-----BEGIN PGP SIGNED MESSAGE-----'
const middle = '-----BEGIN PGP SIGNATURE-----'
const end = '-----END PGP SIGNATURE-----'

/**
 * Says nothing about whether the signature is good. Text outside of the block is refused, so that nobody takes it for
 * signed.
 *
 * @throws {FactoryError} PACKAGE_INVALID when the block is damaged, or something stands around it
 */
export function splitClearSigned(whole: string, file: string): ClearSigned {
  const lines = whole.split('\n').map((line) => line.replace(/\r$/, ''))
  const first = lines.findIndex((line) => line.trim() !== '')
  if (lines[first]?.trimEnd() !== begin) return { text: whole }
  const headerEnd = lines.indexOf('', first)
  const textEnd = findLine(lines, middle, headerEnd)
  const last = findLine(lines, end, textEnd)
  const headers = lines.slice(first + 1, headerEnd)
  if (headerEnd < 0 || textEnd < 0 || last < 0 || !headers.every((line) => /^Hash: [\w, -]+$/.test(line))) {
    throw damaged(file, 'its signature block is damaged')
  }
  if (lines.slice(last + 1).some((line) => line.trim() !== '')) throw damaged(file, 'text follows its signature')
  const text = lines.slice(headerEnd + 1, textEnd).map((line) => line.replace(/^- /, ''))
  return { text: `${text.join('\n')}\n`, block: `${lines.slice(first, last + 1).join('\n')}\n` }
}

/** @returns -1 when there is none from there on */
function findLine(lines: readonly string[], wanted: string, from: number): number {
  return from < 0 ? -1 : lines.findIndex((line, index) => index > from && line.trimEnd() === wanted)
}

function damaged(file: string, why: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${file}: ${why}`, { hint: 'fetch the file again' })
}
