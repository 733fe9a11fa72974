import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DebDescription } from '../../../../src/packaging/deb/format/description.ts'
import { openDeb } from '../../../../src/packaging/deb/format/read.ts'
import { writeDeb } from '../../../../src/packaging/deb/format/write.ts'
import { inspectFile } from '../../../../src/packaging/inspect/inspect.ts'
import { keyFileSigner } from '../../../../src/packaging/openpgp/signer.ts'
import { rawTar } from '../../archive/raw-tar.ts'
import { type SyntheticTree, syntheticTree } from '../../tree/synthetic-tree.ts'
import {
  controlText,
  debOf,
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

function description(): DebDescription {
  return {
    name: 'foo-dkms',
    version: '1.0',
    arch: 'all',
    maintainer: 'Ann Packager <ann@example.org>',
    summary: 'foo',
    description: 'Modules.',
    relations: {
      depends: [{ name: 'dkms', constraint: { operator: '>=', version: '2.8' } }],
      recommends: [[{ name: 'linux-headers-generic' }, { name: 'linux-headers' }]],
    },
    scripts: { postinst: { body: 'echo installed\n' } },
    triggers: [{ directive: 'interest-noawait', name: '/usr/src/foo' }],
    entries: packageEntries(tree),
    time,
  }
}

beforeAll(async () => {
  tree = syntheticTree()
  path = `${tree.roots.etc}/foo.deb`
  await writeDeb(description(), path)
  whole = readFileSync(path)
  key = await makeKey(tree, 'ann')
  stranger = await makeKey(tree, 'bob')
})
afterAll(() => tree[Symbol.dispose]())

function put(name: string, bytes: Uint8Array): string {
  return tree.write(`packages/${name}`, bytes)
}

describe('a Debian package', () => {
  it('tells its header, files, scripts, relations and what vouches for it', async () => {
    expect(await inspectFile(inspectRequest(tree, path))).toMatchObject({
      kind: 'deb',
      bytes: whole.length,
      name: 'foo-dkms',
      version: '1.0',
      arch: 'all',
      header: { Package: 'foo-dkms', Depends: 'dkms (>= 2.8)' },
      relations: { depends: ['dkms (>= 2.8)'], recommends: ['linux-headers-generic | linux-headers'] },
      scripts: [{ name: 'postinst', interpreter: ['/bin/sh'], body: expect.stringContaining('echo installed') }],
      triggers: ['interest-noawait /usr/src/foo'],
      integrity: { state: 'intact', checks: [{ name: 'md5sums', state: '7 files ok, 0 without a sum' }] },
      signatures: [],
      problems: [],
    })
  })

  it('tells the modules inside, those of a DKMS tarball too, and leaves nothing behind', async () => {
    const found = await inspectFile(inspectRequest(tree, path))
    expect(found).toMatchObject({ dkms: expectedDkms })
    if (found.kind !== 'deb') throw new Error('another kind')
    const order = (one: { path: string }) => expectedModules.findIndex((other) => other.path === one.path)
    expect([...found.modules].sort((a, b) => order(a) - order(b))).toMatchObject(expectedModules)
    expect(found.files.find((one) => one.path === modulePath)).toMatchObject({ mode: '0644', user: 'root' })
    expect(readdirSync(tree.roots.tmp)).toEqual([])
  })

  it('is recognised by what it holds, not by its name', async () => {
    expect(await inspectFile(inspectRequest(tree, put('foo.rpm', whole)))).toMatchObject({ kind: 'deb' })
  })
})

describe('the signature of a Debian package', () => {
  it('is told without keys, and judged by those that are given', async () => {
    const signed = `${tree.roots.etc}/signed.deb`
    await writeDeb(description(), signed, { signer: keyFileSigner({ path: key.secret, time }) })
    const of = async (...keyFiles: string[]) => {
      const { signatures, problems } = await inspectFile(inspectRequest(tree, signed, { keyFiles }))
      return [signatures[0]?.where, signatures[0]?.state, ...problems.map(({ kind }) => kind)]
    }
    expect(await of()).toEqual(['_gpgorigin', 'unchecked'])
    expect(await of(key.public)).toEqual(['_gpgorigin', 'good'])
    expect(await of(stranger.public)).toEqual(['_gpgorigin', 'unknown key', 'signature'])
    using deb = openDeb(signed)
    // In the header of the compressed archive, where the bit changes nothing that is unpacked.
    const changed = put('changed.deb', flipped(readFileSync(signed), deb.data.range.offset + 9))
    expect(await verdictOn(inspectRequest(tree, changed, { keyFiles: [key.public] }))).toBe('signature')
  })

  it('of a form that cannot be checked is a problem when keys are given', async () => {
    const odd = `${tree.roots.etc}/odd.deb`
    const signer = { detached: async () => Buffer.from('no signature at all'), clear: async () => '' }
    await writeDeb(description(), odd, { signer })
    expect(await inspectFile(inspectRequest(tree, odd))).toMatchObject({
      signatures: [{ where: '_gpgorigin', state: 'unsupported' }],
      problems: [],
    })
    expect(await verdictOn(inspectRequest(tree, odd, { keyFiles: [key.public] }))).toBe('signature')
  })

  it('is missed when keys are given', async () => {
    expect(await verdictOn(inspectRequest(tree, path, { keyFiles: [key.public] }))).toBe('signature')
  })
})

describe('a Debian package that is damaged or made to harm', () => {
  it('ends in an error with a code when it is cut off anywhere', async () => {
    // The last byte may be the padding of an archive, which no reader misses.
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 16, max: whole.length - 2 }), async (length) => {
        const verdict = await verdictOn(inspectRequest(tree, put('cut.deb', whole.subarray(0, length))))
        expect(['PACKAGE_INVALID', 'ARCHIVE_UNREADABLE']).toContain(verdict)
      }),
      { numRuns: 60 },
    )
  })

  it('ends in an error with a code, or is read, when a byte of it changed', async () => {
    const told = ['PACKAGE_INVALID', 'ARCHIVE_UNREADABLE', 'ARCHIVE_UNSAFE', 'damage', 'content', undefined]
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 60, max: whole.length - 1 }), async (at) => {
        expect(told).toContain(await verdictOn(inspectRequest(tree, put('flipped.deb', flipped(whole, at)))))
      }),
      { numRuns: 60 },
    )
  })

  it('is not in order when a file is not what its sum tells', async () => {
    const data = gzipSync(rawTar([{ name: './usr/x', content: 'changed' }]))
    const sums = [
      { name: './control', content: controlText },
      { name: './md5sums', content: `${'0'.repeat(32)}  usr/x\n${'1'.repeat(32)}  usr/y\n` },
    ]
    expect(await inspectFile(inspectRequest(tree, debOf(tree, data, sums)))).toMatchObject({
      integrity: { state: 'damaged' },
      problems: [{ message: '/usr/x: changed' }, { message: '/usr/y: missing' }],
    })
  })

  it.each([
    ['climbs out of its place', { name: '../etc/passwd', content: 'x' }],
    ['comes twice', { name: './usr/x', content: 'y' }],
    ['is a device', { name: './dev/x', type: '3' }],
  ])('is refused when a member %s', async (_, member) => {
    const data = gzipSync(rawTar([{ name: './usr/x', content: 'x' }, member]))
    await expect(inspectFile(inspectRequest(tree, debOf(tree, data)))).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' })
  })

  it('is refused when it unpacks to more than is allowed', async () => {
    const head = rawTar([{ name: './usr/x', size: '17777777777' }], false)
    const data = Buffer.concat([gzipSync(head), gzipBomb()])
    const request = inspectRequest(tree, debOf(tree, data), { limits: { totalBytes: 2 ** 26 } })
    await expect(inspectFile(request)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' })
  })

  it('is told from a module that unpacks to more than any module', async () => {
    const bomb = `${tree.roots.etc}/bomb.deb`
    await writeDeb({ ...description(), entries: [file(tree, `${modulePath}.gz`, gzipBomb())] }, bomb)
    expect(await inspectFile(inspectRequest(tree, bomb))).toMatchObject({
      modules: [{ path: `${modulePath}.gz`, problem: expect.stringContaining('cannot be decompressed') as string }],
    })
  })
})
