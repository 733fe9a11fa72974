import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { imageArgument } from '../../../src/cli/image-argument.ts'
import { absolutePath } from '../../../src/domain.ts'
import { inspectArchive } from '../../../src/importer/inspect.ts'
import { recognise } from '../../../src/importer/recognise.ts'
import { rawTar } from '../archive/raw-tar.ts'
import { confOf, first, type SyntheticTree, second, syntheticTree } from '../tree/synthetic-tree.ts'
import { archiveOf, binariesEntries, foo, fullEntries, loadRequest, sourceEntries } from './archives.ts'

let tree: SyntheticTree
beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

describe('inspection', () => {
  it('tells what a full archive holds and writes nothing', async () => {
    const archive = archiveOf(tree, fullEntries(first, second))
    const contents = await inspectArchive(loadRequest(tree, archive))
    expect(contents).toMatchObject({
      kind: 'full',
      compression: 'gzip',
      package: foo,
      confText: confOf(foo),
      confMember: 'dkms_source_tree/dkms.conf',
      kernels: [first, second],
      conf: { modules: [{ builtName: 'foo' }] },
    })
    expect([...contents.sourceFiles.values()]).toEqual([
      { path: 'dkms.conf', kind: 'file', executable: false },
      { path: 'foo.c', kind: 'file', executable: false },
      { path: 'configure', kind: 'file', executable: true },
    ])
    expect([tree.roots.dkmsTree, tree.roots.sourceTree, tree.roots.tmp].flatMap((dir) => readdirSync(dir))).toEqual([])
  })

  it('tells the other kinds apart', async () => {
    const binaries = await inspectArchive(loadRequest(tree, archiveOf(tree, binariesEntries(first))))
    expect(binaries).toMatchObject({ kind: 'binaries-only', kernels: [first] })
    expect(binaries.sourceFiles.size).toBe(0)
    const plain = await inspectArchive(loadRequest(tree, archiveOf(tree, sourceEntries('deep/foo'))))
    expect(plain).toMatchObject({ kind: 'plain-source', confMember: 'deep/foo/dkms.conf', kernels: [] })
  })

  it('takes directives in place of what the file says', async () => {
    const archive = archiveOf(tree, sourceEntries('x', confOf({ name: 'foo', version: '#MODULE_VERSION#' })))
    await expect(inspectArchive(loadRequest(tree, archive))).rejects.toMatchObject({ code: 'CONF_INVALID' })
    const contents = await inspectArchive(loadRequest(tree, archive, { directives: ['PACKAGE_VERSION=3.1'] }))
    expect(contents.package).toEqual({ name: 'foo', version: '3.1' })
  })
})

describe('recognition, whatever the name', () => {
  const tar = rawTar(sourceEntries('x'))
  it.each([
    ['a plain tar archive', tar, { kind: 'tar', compression: 'none' }],
    ['a gzip file', gzipSync(tar), { kind: 'tar', compression: 'gzip' }],
    ['a zstd file', zstdCompressSync(tar), { kind: 'tar', compression: 'zstd' }],
    ['an RPM package', Buffer.from('\xed\xab\xee\xdb\x03\x00', 'latin1'), { kind: 'package', manager: 'rpm' }],
    ['a Debian package', Buffer.from('!<arch>\ndebian-binary   '), { kind: 'package', manager: 'dpkg' }],
    ['a zip archive', Buffer.from('PK\x03\x04'), { kind: 'unknown', guess: 'a zip archive' }],
    ['zeros', Buffer.alloc(512), { kind: 'unknown' }],
    ['text', Buffer.from('x'.repeat(600)), { kind: 'unknown' }],
    ['nothing', Buffer.alloc(0), { kind: 'unknown' }],
  ])('%s', async (_, bytes, kind) => {
    expect(await recognise(archiveOf(tree, bytes))).toEqual(kind)
  })

  // To open a pipe would wait for somebody to write, deaf to signals.
  it('a pipe and a device, which are refused unread', async () => {
    const pipe = `${tree.roots.etc}/pipe.rpm`
    execFileSync('mkfifo', [pipe])
    for (const path of [pipe, '/dev/zero']) {
      await expect(recognise(absolutePath(path))).rejects.toMatchObject({ code: 'ARCHIVE_UNREADABLE' })
      expect(() => imageArgument({ verb: 'verify', options: new Map(), words: [path] })).toThrow(/is a pipe, socket/)
    }
  })

  it('a file that is not there', async () => {
    await expect(recognise(absolutePath('/nonexistent/x.tar'))).rejects.toMatchObject({ code: 'ARCHIVE_MISSING' })
  })
})
