/**
 * Extended headers (POSIX pax format: `LENGTH KEY=VALUE\n`, repeated) that node-tar would misread or drop silently:
 * its parser splits at line ends, cuts values at NUL, and passes over records it does not know.
 */

const control = /\p{Cc}/u

/**
 * @param text of a pax header, or of a GNU long name, which is just the name and a NUL
 * @returns what is wrong with it, for a message, or undefined
 */
export function metaFault(text: string): string | undefined {
  if (!/^\d+ [^=\n]+=/.test(text)) return control.test(text.replace(/\0+$/, '')) ? 'has a control character' : undefined
  const records = parseRecords(Buffer.from(text))
  if (records === undefined) return 'is malformed'
  for (const [key, value] of records) {
    if (key.startsWith('GNU.sparse.')) return 'describes a sparse file'
    if ((key === 'path' || key === 'linkpath') && control.test(value)) return `has a control character in its ${key}`
  }
  return undefined
}

function parseRecords(bytes: Buffer): [string, string][] | undefined {
  const records: [string, string][] = []
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('latin1', at, blank === -1 ? at : blank))
    const end = at + length
    if (!(length > 0) || end > bytes.length || bytes[end - 1] !== 0x0a) return undefined
    const record = bytes.toString('utf8', blank + 1, end - 1)
    const equals = record.indexOf('=')
    if (equals < 1) return undefined
    records.push([record.slice(0, equals), record.slice(equals + 1)])
    at = end
  }
  return records
}
