import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCpio } from '../../../src/archive/cpio-read.ts'
import { type CpioMember, cpioChunks } from '../../../src/archive/cpio-write.ts'
import { FactoryError } from '../../../src/errors.ts'

type Form = 'newc' | 'stripped'

function write(members: readonly CpioMember[], form: Form): { readonly archive: Buffer; readonly digests: string[] } {
  const digests: string[] = []
  const chunks = [...cpioChunks(members, { form, onDigest: (index, sha256) => void (digests[index] = sha256) })]
  return { archive: Buffer.concat(chunks), digests }
}

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(archive: Buffer, chunk: number, sizes: readonly number[] = []): Promise<string[]> {
  const seen: string[] = []
  await readCpio(inChunks(archive, chunk), {
    file: 'test.cpio',
    strippedSize: (index) => sizes[index] ?? 0,
    onMember: async (header, content) => {
      const parts: Uint8Array[] = []
      for await (const part of content) parts.push(part)
      const text = Buffer.concat(parts).toString()
      seen.push(
        header.form === 'newc' ? `${header.name} ${header.mode} ${header.mtime} ${text}` : `${header.index} ${text}`,
      )
    },
  })
  return seen
}

const members = fc
  .array(fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 40 }), mtime: fc.nat({ max: 0xffff_ffff }) }), {
    maxLength: 6,
  })
  .map((list) =>
    list.map(({ text, mtime }, index) => ({
      name: `./${'n'.repeat(index)}é`,
      mode: 0o100644,
      mtime,
      index,
      content: { text: text.toWellFormed() },
    })),
  )

describe('a cpio archive', () => {
  it('of the newc form gives back what was put in, in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(members, fc.integer({ min: 1, max: 300 }), async (put, chunk) => {
        const { archive, digests } = write(put, 'newc')
        const expected = put.map(({ name, mode, mtime, content }) => `${name} ${mode} ${mtime} ${content.text}`)
        expect(await read(archive, chunk)).toEqual(expected)
        expect(digests).toEqual(put.map(({ content }) => createHash('sha256').update(content.text).digest('hex')))
      }),
    )
  })

  it('of the stripped form holds contents alone', async () => {
    await fc.assert(
      fc.asyncProperty(members, fc.integer({ min: 1, max: 300 }), async (put, chunk) => {
        const { archive } = write(put, 'stripped')
        const sizes = put.map(({ content }) => Buffer.byteLength(content.text))
        expect(await read(archive, chunk, sizes)).toEqual(put.map(({ index, content }) => `${index} ${content.text}`))
      }),
    )
  })

  it('is cut off with an error wherever it is cut off', async () => {
    const { archive } = write([{ name: 'a', mode: 0o100644, mtime: 0, index: 0, content: { text: 'content' } }], 'newc')
    for (let length = 0; length < archive.length - 3; length += 1) {
      await expect(read(archive.subarray(0, length), 64)).rejects.toMatchObject({ code: 'ARCHIVE_UNREADABLE' })
    }
  })

  it('ends in an error with a code, or is read, when a byte is another', async () => {
    const { archive } = write([{ name: 'a', mode: 0o100644, mtime: 0, index: 0, content: { text: 'content' } }], 'newc')
    for (let at = 0; at < archive.length; at += 1) {
      const changed = Buffer.from(archive)
      changed.writeUInt8(changed.readUInt8(at) ^ 0x41, at)
      const error = await read(changed, 64).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      if (error !== undefined) expect(error).toBeInstanceOf(FactoryError)
    }
  })

  it('may not go on behind its end', async () => {
    const { archive } = write([], 'newc')
    expect(await read(Buffer.concat([archive, Buffer.alloc(512)]), 64)).toEqual([])
    const hiding = Buffer.concat([archive, Buffer.alloc(100_000)])
    await expect(read(hiding, 64)).rejects.toThrow('much follows after its end')
  })

  it.each([
    ['a name of no bytes', 94, '00000000', 'a name has 0 bytes'],
    ['a name of many bytes', 94, '7fffffff', 'a name has 2147483647 bytes'],
    ['a sign among its numbers', 54, '-0000001', 'something other than numbers'],
    ['another magic number', 0, '070707', 'a member has no header'],
  ])('is refused with %s', async (_, at, text, message) => {
    const { archive } = write([{ name: 'a', mode: 0o100644, mtime: 0, index: 0 }], 'newc')
    archive.write(text, at)
    await expect(read(archive, 64)).rejects.toThrow(message)
  })

  const noCpio = spawnSync('cpio', ['--version']).status !== 0
  it.skipIf(noCpio)('is read by cpio, and read from cpio (needs cpio)', async () => {
    const put = { name: 'file', mode: 0o100644, mtime: 1000, index: 0, content: { text: 'content\n' } }
    const { archive } = write([put], 'newc')
    const listed = execFileSync('cpio', ['-i', '--to-stdout', '--quiet', 'file'], { input: archive, encoding: 'utf8' })
    expect(listed).toBe('content\n')
    const made = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { input: 'passwd\n', cwd: '/etc' })
    const [entry = ''] = await read(made, 1000)
    expect(entry).toMatch(/^passwd 33188 \d+ root:/)
  })
})
