/** Orders texts as rpm does, by their UTF-8 bytes. JavaScript's own order differs above U+FFFF. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
