import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectFile } from '../../../../src/packaging/inspect/inspect.ts'
import type { RpmBinaryDescription, RpmSourceDescription } from '../../../../src/packaging/rpm/format/description.ts'
import { encodeHeader, region } from '../../../../src/packaging/rpm/format/header-write.ts'
import { openRpm } from '../../../../src/packaging/rpm/format/read.ts'
import { keyFileSigner } from '../../../../src/packaging/rpm/format/sign.ts'
import { signatureTags, tags } from '../../../../src/packaging/rpm/format/tags.ts'
import { writeRpm } from '../../../../src/packaging/rpm/format/write.ts'
import { first, type SyntheticTree, syntheticTree } from '../../tree/synthetic-tree.ts'
import {
  dkmsTarball,
  expectedDkms,
  expectedModules,
  file,
  flipped,
  gzipBomb,
  inspectRequest,
  makeKey,
  modulePath,
  packageEntries,
  type TestKey,
  time,
  verdictOn,
} from './parts.ts'

let tree: SyntheticTree
let path: string
let whole: Buffer
let key: TestKey
let stranger: TestKey

const preamble = {
  name: 'foo',
  version: '1.0',
  release: '1dkms',
  arch: 'noarch',
  summary: 'foo',
  description: 'Modules.',
  license: 'GPL-2.0-only',
  buildHost: 'example',
  buildTime: time,
} as const

function binary(): RpmBinaryDescription {
  return {
    kind: 'binary',
    ...preamble,
    relations: {
      requires: [{ name: 'dkms', constraint: { operator: '>=', version: '2.8' }, uses: ['post'] }],
      provides: [{ name: 'kmod(foo.ko)' }],
    },
    scriptlets: [{ phase: 'post', body: 'echo installed' }],
    entries: packageEntries(tree),
  }
}

beforeAll(async () => {
  tree = syntheticTree()
  path = `${tree.roots.etc}/foo.rpm`
  await writeRpm(binary(), path)
  whole = readFileSync(path)
  key = await makeKey(tree, 'ann')
  stranger = await makeKey(tree, 'bob')
})
afterAll(() => tree[Symbol.dispose]())

function put(name: string, bytes: Uint8Array): string {
  return tree.write(`packages/${name}`, bytes)
}

describe('an RPM package', () => {
  it('tells its header, files, scripts, relations and what vouches for it', async () => {
    const found = await inspectFile(inspectRequest(tree, path))
    expect(found).toMatchObject({
      kind: 'rpm',
      bytes: whole.length,
      name: 'foo',
      version: '1.0',
      release: '1dkms',
      arch: 'noarch',
      header: { license: 'GPL-2.0-only', buildtime: time, sourcerpm: 'foo-1.0-1dkms.src.rpm' },
      scripts: [{ name: 'post', interpreter: ['/bin/sh'], body: 'echo installed' }],
      integrity: { state: 'intact' },
      signatures: [],
      problems: [],
    })
    if (found.kind !== 'rpm') throw new Error('another kind')
    expect(found.relations['requires']).toContain('dkms >= 2.8 [post]')
    expect(found.relations['provides']).toContain('kmod(foo.ko)')
    expect(found.files.find((one) => one.path === modulePath)).toMatchObject({ mode: '0644', user: 'root' })
  })

  it('tells the modules inside, those of a DKMS tarball too, and leaves nothing behind', async () => {
    const found = await inspectFile(inspectRequest(tree, path))
    expect(found).toMatchObject({ dkms: expectedDkms })
    if (found.kind !== 'rpm') throw new Error('another kind')
    const order = (one: { path: string }) => expectedModules.findIndex((other) => other.path === one.path)
    expect([...found.modules].sort((a, b) => order(a) - order(b))).toMatchObject(expectedModules)
    expect(readdirSync(tree.roots.tmp)).toEqual([])
  })

  it('is recognised by what it holds, not by its name', async () => {
    expect(await inspectFile(inspectRequest(tree, put('foo.tar.gz', whole)))).toMatchObject({ kind: 'rpm' })
  })

  it('of a source shows the DKMS package that it carries', async () => {
    const source: RpmSourceDescription = {
      kind: 'source',
      ...preamble,
      entries: [
        { ...file(tree, 'foo.spec', 'Name: foo\n'), role: 'spec' },
        { ...file(tree, 'foo-1.0.dkms.tar.gz', dkmsTarball()), role: 'source' },
      ],
    }
    const srpm = `${tree.roots.etc}/foo.src.rpm`
    await writeRpm(source, srpm)
    expect(await inspectFile(inspectRequest(tree, srpm))).toMatchObject({
      kind: 'srpm',
      header: { sources: ['foo-1.0.dkms.tar.gz'] },
      dkms: [{ path: 'foo-1.0.dkms.tar.gz', kind: 'full', name: 'foo', kernels: [first] }],
      modules: [{ archive: 'foo-1.0.dkms.tar.gz', kernel: first.release }],
      problems: [],
    })
  })

  it('with a DKMS tarball that is damaged is not in order', async () => {
    const bad = `${tree.roots.etc}/bad-inside.rpm`
    const tarball = flipped(dkmsTarball(), 60)
    await writeRpm({ ...binary(), entries: [file(tree, '/usr/share/foo.dkms.tar.gz', tarball)] }, bad)
    const found = await inspectFile(inspectRequest(tree, bad))
    expect(found).toMatchObject({
      integrity: { state: 'intact' },
      dkms: [{ path: '/usr/share/foo.dkms.tar.gz', kind: 'unknown' }],
      problems: [{ kind: 'content', message: expect.stringMatching(/^\/usr\/share\/foo\.dkms\.tar\.gz: the archive/) }],
    })
  })
})

describe('the signature of an RPM package', () => {
  it('is told without keys, and judged by those that are given', async () => {
    const signed = `${tree.roots.etc}/signed.rpm`
    await writeRpm(binary(), signed, { signer: keyFileSigner({ path: key.secret, time }) })
    const keyId = expect.stringMatching(/^[0-9a-f]{16}$/) as string
    const of = async (...keyFiles: string[]) => {
      const { signatures, problems } = await inspectFile(inspectRequest(tree, signed, { keyFiles }))
      return { signatures, problems: problems.map(({ kind }) => kind) }
    }
    expect(await of()).toMatchObject({ signatures: [{ state: 'unchecked', keyId }], problems: [] })
    expect(await of(key.public)).toMatchObject({ signatures: [{ state: 'good', keyId }], problems: [] })
    expect(await of(stranger.public)).toMatchObject({ signatures: [{ state: 'unknown key' }], problems: ['signature'] })
  })

  it('is good in a list of rpm 6 when one of the list is, and none of it is bad', async () => {
    using rpm = openRpm(path)
    const listed = async (name: string, signers: readonly TestKey[], signedBytes: Uint8Array) => {
      const texts: string[] = []
      for (const { secret } of signers) {
        const { bytes } = await keyFileSigner({ path: secret, time }).sign(signedBytes)
        texts.push(Buffer.from(bytes).toString('base64'))
      }
      const entries = rpm.signature.tags.flatMap((tag) => rpm.signature.entry(tag) ?? [])
      const list = { tag: signatureTags.OPENPGP[0], value: { type: 'strings', texts } } as const
      const all = [...entries, list].sort((a, b) => a.tag - b.tag)
      const header = encodeHeader(region.signature, all)
      const padded = Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8)])
      return put(name, Buffer.concat([whole.subarray(0, 96), padded, whole.subarray(rpm.headerRange.offset)]))
    }
    const both = await listed('both.rpm', [key, stranger], rpm.headerBytes)
    const { signatures, problems } = await inspectFile(inspectRequest(tree, both, { keyFiles: [key.public] }))
    expect(signatures.map(({ where, state }) => `${where} ${state}`)).toEqual(['OPENPGP good', 'OPENPGP unknown key'])
    expect(problems).toEqual([])
    const other = await listed('other.rpm', [stranger], rpm.headerBytes)
    expect(await verdictOn(inspectRequest(tree, other, { keyFiles: [key.public] }))).toBe('signature')
    const bad = await listed('bad.rpm', [key], Buffer.from('another header'))
    expect(await verdictOn(inspectRequest(tree, bad, { keyFiles: [key.public] }))).toBe('signature')
  })

  it('is missed when keys are given', async () => {
    expect(await verdictOn(inspectRequest(tree, path, { keyFiles: [key.public] }))).toBe('signature')
  })
})

describe('an RPM package that is damaged or made to harm', () => {
  it('ends in an error with a code when it is cut off anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: whole.length - 1 }), async (length) => {
        const verdict = await verdictOn(inspectRequest(tree, put('cut.rpm', whole.subarray(0, length))))
        expect(['PACKAGE_INVALID', 'ARCHIVE_UNREADABLE', 'damage']).toContain(verdict)
      }),
      { numRuns: 60 },
    )
  })

  it('is not in order when a byte of header or payload changed', async () => {
    const start = whole.length - 3000
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: whole.length - 1 }), async (at) => {
        const verdict = await verdictOn(inspectRequest(tree, put('flipped.rpm', flipped(whole, at))))
        expect(['PACKAGE_INVALID', 'ARCHIVE_UNREADABLE', 'damage']).toContain(verdict)
      }),
      { numRuns: 60 },
    )
  })

  it('still shows its header when only the payload is damaged', async () => {
    const found = await inspectFile(inspectRequest(tree, put('tail.rpm', flipped(whole, whole.length - 20))))
    expect(found).toMatchObject({ name: 'foo', integrity: { state: 'damaged' } })
    expect(found.problems.length).toBeGreaterThan(0)
    expect(readdirSync(tree.roots.tmp)).toEqual([])
  })

  it('is refused when it claims more than its payload could hold', async () => {
    const small = `${tree.roots.etc}/small.rpm`
    await writeRpm({ ...binary(), entries: [file(tree, '/usr/x', 'text')] }, small)
    const bytes = readFileSync(small)
    using rpm = openRpm(small)
    const size = { tag: tags.FILESIZES[0], value: { type: 'int32', numbers: [0xffff_ffff] } } as const
    const entries = rpm.header.tags.flatMap((tag) => (tag === size.tag ? [size] : (rpm.header.entry(tag) ?? [])))
    const header = encodeHeader(region.immutable, entries)
    const { headerRange, payloadRange } = rpm
    const forged = [bytes.subarray(0, headerRange.offset), header, bytes.subarray(payloadRange.offset)]
    await expect(inspectFile(inspectRequest(tree, put('claims.rpm', Buffer.concat(forged))))).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
      message: expect.stringMatching(/claims 4294967295 bytes/) as string,
    })
  })

  it('does not unpack what its files do not account for', async () => {
    using rpm = openRpm(path)
    const bomb = put('endless.rpm', Buffer.concat([whole.subarray(0, rpm.payloadRange.offset), gzipBomb()]))
    expect(await verdictOn(inspectRequest(tree, bomb))).toBe('damage')
  })

  it('is told from a module that unpacks to more than any module', async () => {
    const bomb = `${tree.roots.etc}/module-bomb.rpm`
    await writeRpm({ ...binary(), entries: [file(tree, `${modulePath}.gz`, gzipBomb())] }, bomb)
    expect(await inspectFile(inspectRequest(tree, bomb))).toMatchObject({
      modules: [{ path: `${modulePath}.gz`, problem: expect.stringContaining('cannot be decompressed') as string }],
      problems: [],
    })
  })
})
