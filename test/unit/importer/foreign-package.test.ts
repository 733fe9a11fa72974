import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { arMagic, arPadding, encodeArHeader } from '../../../src/archive/ar.ts'
import { FactoryError } from '../../../src/errors.ts'
import { loadArchive } from '../../../src/importer/load.ts'
import { writeDeb } from '../../../src/packaging/deb/format/write.ts'
import { writeRpm } from '../../../src/packaging/rpm/format/write.ts'
import { rawTar } from '../archive/raw-tar.ts'
import { type SyntheticTree, syntheticTree } from '../tree/synthetic-tree.ts'
import { archiveOf, loadRequest } from './archives.ts'

let tree: SyntheticTree
beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

const time = 1_700_000_000
const common = { name: 'foo', version: '1.0', summary: 'foo', description: 'Modules.' }
const entries = [
  { kind: 'file', path: '/usr/src/foo-1.0/dkms.conf', mode: 0o644, mtime: time, content: { text: 'x'.repeat(5000) } },
] as const

async function rpm(): Promise<Buffer> {
  const path = `${tree.roots.etc}/made`
  const build = { buildHost: 'example', buildTime: time }
  await writeRpm({ kind: 'binary', ...common, ...build, release: '1', arch: 'noarch', license: 'GPL', entries }, path)
  return readFileSync(path)
}

async function deb(): Promise<Buffer> {
  const path = `${tree.roots.etc}/made`
  await writeDeb({ ...common, arch: 'all', maintainer: 'A <a@b.c>', entries, time }, path)
  return readFileSync(path)
}

async function refusal(bytes: Buffer): Promise<FactoryError> {
  try {
    await loadArchive(loadRequest(tree, archiveOf(tree, bytes)))
  } catch (error) {
    if (error instanceof FactoryError) return error
    throw error
  }
  throw new Error('it was loaded')
}

describe('ldtarball of a package for a package manager', () => {
  it.each([
    ['RPM', rpm, /foo-1\.0-1, a package for rpm/, /rpm -Uvh .*dkms autoinstall/],
    ['Debian', deb, /foo 1\.0, a package for dpkg/, /dpkg -i .*dkms autoinstall/],
  ])('names the package and what to run instead (%s)', async (_, make, message, hint) => {
    expect(await refusal(await make())).toMatchObject({
      code: 'ARCHIVE_IS_PACKAGE',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    })
  })

  it.each([
    ['RPM', rpm],
    ['Debian', deb],
  ])('does not send a damaged one to its package manager, wherever it is cut off (%s)', async (_, make) => {
    const whole = await make()
    // The last byte may be the padding of an archive, which no reader misses.
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 16, max: whole.length - 2 }), async (length) => {
        const { code } = await refusal(whole.subarray(0, length))
        expect(['PACKAGE_INVALID', 'ARCHIVE_UNREADABLE']).toContain(code)
      }),
      { numRuns: 40 },
    )
    const { dkmsTree, sourceTree, tmp } = tree.roots
    expect([dkmsTree, sourceTree, tmp].flatMap((place) => readdirSync(place))).toEqual([])
  })

  it('says what is wrong with one that was changed', async () => {
    const bytes = await rpm()
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 12) ^ 1, bytes.length - 12)
    expect(await refusal(bytes)).toMatchObject({
      code: 'PACKAGE_INVALID',
      message: expect.stringMatching(/is damaged: .*payload digest/) as string,
    })
  })

  it('does not let a name drive the terminal', async () => {
    const bytes = await deb()
    const text = 'Package: a\u001b[2J\nVersion: 1\nArchitecture: all\nDescription: x\n'
    expect((await refusal(withControl(bytes, text))).message).toContain('a\\u001b[2J')
  })
})

/** The package with another control file, in an archive of its own, and the data of the old. */
function withControl(bytes: Buffer, text: string): Buffer {
  const data = bytes.subarray(bytes.indexOf('data.tar'))
  const control = gzipSync(rawTar([{ name: './control', content: text }]))
  const member = (name: string, content: Buffer) => [
    encodeArHeader({ name, bytes: content.length, mtime: time }),
    content,
    arPadding(content.length),
  ]
  const head = [...member('debian-binary', Buffer.from('2.0\n')), ...member('control.tar.gz', control)]
  return Buffer.concat([Buffer.from(arMagic), ...head, data])
}
