import { execFileSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gzipMembers } from '../../../src/archive/gzip-members.ts'

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function compressed(bytes: Buffer, size: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of gzipMembers(inChunks(bytes, size))) parts.push(part)
  return Buffer.concat(parts)
}

const mebibyte = 1024 * 1024
/** Text that no two parts of are the same. */
const text = Buffer.from(Array.from({ length: 900_000 }, (_, index) => `${index * 7919}\n`).join(''))

describe('gzip in members', () => {
  it.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 7 * mebibyte + 5])('gives back %i bytes', async (size) => {
    const bytes = text.subarray(0, size)
    expect(bytes).toHaveLength(size)
    const packed = await compressed(bytes, 256 * 1024)
    expect(gunzipSync(packed).equals(bytes)).toBe(true)
    expect(execFileSync('gzip', ['-dc'], { input: packed, maxBuffer: 2 ** 26 }).equals(bytes)).toBe(true)
  })

  it('has the same bytes however its input is cut', async () => {
    const whole = await compressed(text.subarray(0, 3 * mebibyte), 3 * mebibyte)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 5_000, max: 2 * mebibyte }), async (size) => {
        expect((await compressed(text.subarray(0, 3 * mebibyte), size)).equals(whole)).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it('fails with the error of its input', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield text.subarray(0, 2 * mebibyte)
      throw new Error('no more')
    }
    const read = async () => {
      for await (const _ of gzipMembers(failing()));
    }
    await expect(read()).rejects.toThrow('no more')
  })
})
