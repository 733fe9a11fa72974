/**
 * How many bytes of a chunk can be handed on without cutting a UTF-8 character.
 *
 * node-tar turns each chunk of an extended header into text by itself (7.5: `this[META] += c`), so a name cut inside a
 * character would be lost. The archive may hold anything, so this only looks at what the last three bytes could be.
 */
export function characterBoundary(chunk: Uint8Array): number {
  const { length } = chunk
  for (let back = 1; back <= Math.min(3, length); back += 1) {
    const byte = chunk[length - back] ?? 0
    if (byte < 0x80) return length
    if (byte >= 0xc0) return sequenceLength(byte) > back ? length - back : length
  }
  return length
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4
  return lead >= 0xe0 ? 3 : 2
}
