/**
 * gzip on several cores. A gzip file may consist of members, one after the other (RFC 1952 section 2.2), and readers take
 * them for one; each of ours holds 1 MiB and is compressed in a thread of zlib's own. Equal input gives equal bytes,
 * however many cores there are.
 */
import { promisify } from 'node:util'
import { gzip, gzipSync } from 'node:zlib'

const memberBytes = 1024 * 1024
/** As many as libuv has threads; it bounds the memory, too. */
const inFlight = 4

/** Less than this is compressed before a thread would have begun. */
const smallBytes = 128 * 1024

const compressInThread = promisify<Uint8Array, { level: number }, Buffer>(gzip)

/** At level 6, as compress() of compression.ts. Empty input gives one empty member. */
export async function* gzipMembers(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pending: Promise<Buffer>[] = []
  for await (const block of blocks(input)) {
    const member = compressMember(block)
    // A failure is thrown where its turn comes; until then it must not count as unhandled.
    member.catch(() => {})
    pending.push(member)
    const due = pending.length < inFlight ? undefined : pending.shift()
    if (due !== undefined) yield await due
  }
  for (const member of pending) yield await member
}

async function compressMember(block: Uint8Array): Promise<Buffer> {
  return block.length < smallBytes ? gzipSync(block, { level: 6 }) : await compressInThread(block, { level: 6 })
}

/** The input in pieces of exactly {@link memberBytes}, the last one excepted. */
async function* blocks(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let size = 0
  let any = false
  for await (const chunk of input) {
    for (let rest = chunk; rest.length > 0; ) {
      const part = rest.subarray(0, memberBytes - size)
      rest = rest.subarray(part.length)
      parts.push(part)
      size += part.length
      if (size < memberBytes) continue
      yield joined(parts)
      any = true
      parts = []
      size = 0
    }
  }
  if (size > 0 || !any) yield joined(parts)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}
