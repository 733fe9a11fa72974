import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DebSourceDescription } from '../../../../src/packaging/deb/format/source-description.ts'
import { writeSource } from '../../../../src/packaging/deb/format/source-write.ts'
import { inspectFile } from '../../../../src/packaging/inspect/inspect.ts'
import { keyFileSigner } from '../../../../src/packaging/openpgp/signer.ts'
import { rawTar } from '../../archive/raw-tar.ts'
import { archiveOf, buildEntries, directory, fullEntries, sourceEntries } from '../../importer/archives.ts'
import { first, type SyntheticTree, second, syntheticTree } from '../../tree/synthetic-tree.ts'
import {
  flipped,
  gzipBomb,
  inspectRequest,
  makeKey,
  signedModule,
  signedModuleFacts,
  time,
  verdictOn,
} from './parts.ts'

let tree: SyntheticTree
beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

const source: DebSourceDescription = {
  format: '3.0 (native)',
  time,
  entries: Object.entries({
    control:
      'Source: foo\nMaintainer: Ann <a@b.c>\nStandards-Version: 4.6.2\n\nPackage: foo\nArchitecture: all\nDescription: x\n',
    changelog: 'foo (1.0) unstable; urgency=low\n\n  * x\n\n -- Ann <a@b.c>  Tue, 14 Nov 2023 22:13:20 +0000\n',
    'source/format': '3.0 (native)\n',
  }).map(([name, text]) => ({ kind: 'file', path: `/debian/${name}`, mode: 0o644, mtime: time, content: { text } })),
}

describe('a .dsc and a .changes', () => {
  it('tell their fields, and whether the files they name are there and whole', async () => {
    const made = await writeSource(source, tree.roots.etc)
    expect(await inspectFile(inspectRequest(tree, made.dsc))).toMatchObject({
      kind: 'dsc',
      source: 'foo',
      version: '1.0',
      format: '3.0 (native)',
      binaries: ['foo'],
      header: { Source: 'foo', Maintainer: 'Ann <a@b.c>' },
      files: [{ name: 'foo_1.0.tar.gz', state: 'ok' }],
      integrity: { state: 'intact' },
      signatures: [],
      problems: [],
    })
    expect(await inspectFile(inspectRequest(tree, made.changes))).toMatchObject({
      kind: 'changes',
      distributions: ['unstable'],
      architectures: ['source'],
      integrity: { state: 'intact' },
    })
  })

  it('are not in order when a file is another, and incomplete when one is missing', async () => {
    const made = await writeSource(source, tree.roots.etc)
    const archive = `${tree.roots.etc}/foo_1.0.tar.gz`
    writeFileSync(archive, flipped(readFileSync(archive), 30))
    expect(await inspectFile(inspectRequest(tree, made.dsc))).toMatchObject({
      integrity: { state: 'damaged' },
      problems: [{ kind: 'damage', message: 'foo_1.0.tar.gz: wrong checksum' }],
    })
    rmSync(archive)
    expect(await inspectFile(inspectRequest(tree, made.dsc))).toMatchObject({
      files: [{ name: 'foo_1.0.tar.gz', state: 'missing' }],
      integrity: { state: 'incomplete' },
      problems: [],
    })
  })

  it('are judged by the keys that are given', async () => {
    const [ann, bob] = [await makeKey(tree, 'ann'), await makeKey(tree, 'bob')]
    const signer = keyFileSigner({ path: ann.secret, time })
    const { dsc, changes } = await writeSource(source, tree.roots.etc, { signer })
    const states = async (path: string, ...keyFiles: string[]) => {
      const { signatures, problems } = await inspectFile(inspectRequest(tree, path, { keyFiles }))
      return [signatures[0]?.state, ...problems.map(({ kind }) => kind)]
    }
    // The upload first: it names the .dsc, which is changed as well.
    for (const path of [changes, dsc]) {
      expect(await states(path)).toEqual(['unchecked'])
      expect(await states(path, ann.public)).toEqual(['good'])
      expect(await states(path, bob.public)).toEqual(['unknown key', 'signature'])
      writeFileSync(path, readFileSync(path, 'utf8').replace('Ann <a@b.c>', 'Eve <a@b.c>'))
      expect(await states(path, ann.public)).toContain('signature')
    }
  })

  it.each([
    ['that climbs', 'Files:\n d41d8cd98f00b204e9800998ecf8427e 0 ../../etc/passwd\n'],
    ['without files', ''],
  ])('is refused with a list of files %s', async (_, files) => {
    const text = `Format: 1.0\nSource: foo\nVersion: 1.0\n${files}`
    expect(await verdictOn(inspectRequest(tree, tree.write('x.dsc', text)))).toBe('PACKAGE_INVALID')
  })

  it('is refused when it is cut off within its signature', async () => {
    const ann = await makeKey(tree, 'ann')
    const made = await writeSource(source, tree.roots.etc, { signer: keyFileSigner({ path: ann.secret, time }) })
    const text = readFileSync(made.dsc, 'utf8')
    for (const length of [text.length - 40, text.indexOf('-----BEGIN PGP SIGNATURE') + 10]) {
      expect(await verdictOn(inspectRequest(tree, tree.write('cut.dsc', text.slice(0, length))))).toBe(
        'PACKAGE_INVALID',
      )
    }
  })
})

describe('an archive', () => {
  it('made by mktarball tells its package and what its modules say', async () => {
    const builds = [...buildEntries(first, signedModule()), ...buildEntries(second)]
    const entries = [directory('./dkms_main_tree'), ...builds, ...sourceEntries('./dkms_source_tree')]
    const found = await inspectFile(inspectRequest(tree, archiveOf(tree, entries)))
    expect(found).toMatchObject({
      kind: 'dkms-tarball',
      content: 'full',
      compression: 'gzip',
      name: 'foo',
      version: '1.0',
      kernels: [first, second],
      moduleNames: ['foo'],
      files: [{ path: 'dkms.conf' }, { path: 'foo.c' }, { path: 'configure' }],
      modules: [signedModuleFacts, { name: 'foo', kernel: second.release }],
      integrity: { state: 'intact', checks: [{ name: 'gzip checksum', state: 'ok' }] },
      problems: [],
    })
    expect(found).not.toHaveProperty('modules.1.signature')
  })

  it('of a source tells the package', async () => {
    const archive = archiveOf(tree, sourceEntries('foo-1.0'))
    expect(await inspectFile(inspectRequest(tree, archive))).toMatchObject({ kind: 'source-archive', modules: [] })
  })

  it('is vouched for by no key', async () => {
    const archive = archiveOf(tree, fullEntries(first))
    const { public: key } = await makeKey(tree, 'ann')
    expect(await verdictOn(inspectRequest(tree, archive, { keyFiles: [key] }))).toBe('signature')
  })

  it('that is cut off, hostile or a bomb ends in an error', async () => {
    const whole = gzipSync(rawTar(fullEntries(first)))
    const climbing = rawTar([...fullEntries(first), { name: '../x', content: 'x' }])
    const verdict = (bytes: Buffer, limits = {}) => verdictOn(inspectRequest(tree, archiveOf(tree, bytes), { limits }))
    expect(await verdict(whole.subarray(0, whole.length - 30))).toBe('ARCHIVE_UNREADABLE')
    expect(await verdict(flipped(whole, 200))).toBe('ARCHIVE_UNREADABLE')
    expect(await verdict(climbing)).toBe('ARCHIVE_UNSAFE')
    const bomb = Buffer.concat([gzipSync(rawTar([{ name: './x', size: '17777777777' }], false)), gzipBomb()])
    expect(await verdict(bomb, { totalBytes: 2 ** 26 })).toBe('ARCHIVE_UNSAFE')
  })
})

describe('anything else', () => {
  it.each([
    ['text', 'hello\n'],
    ['a shell script', '#!/bin/sh\necho x\n'],
    ['a letter', 'Dear: reader\n'],
    ['nothing', ''],
    ['a zip archive', 'PK\u0003\u0004'],
  ])('is refused: %s', async (_, content) => {
    expect(await verdictOn(inspectRequest(tree, tree.write('file', content)))).toBe('ARCHIVE_UNREADABLE')
  })

  it('is told from a file that is not there', async () => {
    expect(await verdictOn(inspectRequest(tree, `${tree.roots.etc}/none.rpm`))).toBe('ARCHIVE_MISSING')
  })
})
