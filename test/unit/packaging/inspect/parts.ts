/** What the tests of inspect put into packages. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect } from 'vitest'
import { arMagic, arPadding, encodeArHeader } from '../../../../src/archive/ar.ts'
import { absolutePath } from '../../../../src/domain.ts'
import { FactoryError } from '../../../../src/errors.ts'
import { type FileInspectRequest, inspectFile } from '../../../../src/packaging/inspect/inspect.ts'
import type { PackageEntry } from '../../../../src/packaging/package-model.ts'
import { type RawEntry, rawTar } from '../../archive/raw-tar.ts'
import { foo, fullEntries, loadRequest } from '../../importer/archives.ts'
import { modinfoSection, writeElf } from '../../kernel/elf-writer.ts'
import { confOf, first, type SyntheticTree } from '../../tree/synthetic-tree.ts'

export const time = 1_700_000_000

/** A module of the oldest form of signature, which says its signer in plain text. */
export function signedModule(): Buffer {
  const modinfo = modinfoSection(
    'version=2.5',
    'license=GPL v2',
    'depends=bar,baz',
    'name=foo',
    `vermagic=${first.release} SMP mod_unload `,
  )
  const signer = Buffer.from('Example CA')
  const key = Buffer.from([0x0a, 0xff])
  const trailer = Buffer.from([1, 4, 1, signer.length, key.length, 0, 0, 0, 0, 0, 0, 16])
  const appended = Buffer.concat([signer, key, Buffer.alloc(16), trailer, Buffer.from('~Module signature appended~\n')])
  return writeElf({ bits: 64, littleEndian: true }, { '.modinfo': modinfo }, { appended })
}

/** What {@link signedModule} says. */
export const signedModuleFacts = {
  name: 'foo',
  version: '2.5',
  license: ['GPL v2'],
  depends: ['bar', 'baz'],
  vermagic: `${first.release} SMP mod_unload `,
  kernel: first.release,
  signature: { signer: 'Example CA', key: '0A:FF', hash: 'sha256' },
}

export function dkmsTarball(): Buffer {
  return gzipSync(rawTar(fullEntries(first)))
}

export const modulePath = `/lib/modules/${first.release}/extra/foo.ko`
export const tarballPath = '/usr/share/foo/foo-1.0.dkms.tar.gz'
export const confPath = '/usr/src/foo-1.0/dkms.conf'

type FileEntry = Extract<PackageEntry, { kind: 'file' }>

let written = 0

export function file(tree: SyntheticTree, path: string, content: Uint8Array | string): FileEntry {
  written += 1
  const bytes = Buffer.from(content)
  const from = absolutePath(tree.write(`parts/${written}`, bytes))
  return { kind: 'file', path, mode: 0o644, mtime: time, content: { from, bytes: bytes.length } }
}

/** A module, compressed modules, one that is none, a DKMS tarball and a source. */
export function packageEntries(tree: SyntheticTree): FileEntry[] {
  return [
    file(tree, modulePath, signedModule()),
    file(tree, `${modulePath}.gz`, gzipSync(signedModule())),
    file(tree, `${modulePath}.zst`, zstdCompressSync(signedModule())),
    file(tree, '/lib/modules/broken.ko', 'not a module'),
    file(tree, tarballPath, dkmsTarball()),
    file(tree, confPath, confOf(foo)),
    file(tree, '/usr/src/foo-1.0/foo.c', 'int foo;\n'),
  ]
}

/** What `inspect` must find of {@link packageEntries}. */
export const expectedDkms = [
  { path: tarballPath, kind: 'full', name: 'foo', version: '1.0', kernels: [first], moduleNames: ['foo'] },
  {
    path: '/usr/src/foo-1.0',
    kind: 'source-directory',
    name: 'foo',
    version: '1.0',
    kernels: [],
    moduleNames: ['foo'],
  },
]

export const expectedModules = [
  { path: modulePath, bytes: signedModule().length, ...signedModuleFacts },
  { path: `${modulePath}.gz`, ...signedModuleFacts },
  { path: `${modulePath}.zst`, ...signedModuleFacts },
  { path: '/lib/modules/broken.ko', problem: expect.stringContaining('not a usable kernel module') as string },
  {
    archive: tarballPath,
    path: `dkms_main_tree/${first.release}/${first.arch}/module/foo.ko`,
    name: 'foo',
    kernel: first.release,
  },
]

export function inspectRequest(
  tree: SyntheticTree,
  path: string,
  change: Partial<FileInspectRequest> = {},
): FileInspectRequest {
  return { ...loadRequest(tree, absolutePath(path)), keyFiles: [], ...change }
}

export interface TestKey {
  readonly secret: string
  readonly public: string
}

export async function makeKey(tree: SyntheticTree, name: string): Promise<TestKey> {
  const { generateKey } = await import('openpgp')
  const { privateKey, publicKey } = await generateKey({
    userIDs: [{ name, email: `${name}@example.org` }],
    date: new Date((time - 1000) * 1000),
    format: 'armored',
  })
  return { secret: tree.write(`keys/${name}.secret`, privateKey), public: tree.write(`keys/${name}`, publicKey) }
}

/** The code of the error, or what was found wrong with a file that could be read. */
export async function verdictOn(request: FileInspectRequest): Promise<string | undefined> {
  try {
    return (await inspectFile(request)).problems[0]?.kind
  } catch (error) {
    if (error instanceof FactoryError) return error.code
    throw error
  }
}

/** So many times 16 MiB of zeros, as kilobytes of gzip data. */
export function gzipZeros(parts: number): Buffer {
  const part = gzipSync(Buffer.alloc(16 * 2 ** 20))
  return Buffer.concat(Array.from({ length: parts }, () => part))
}

/** What unpacks to 320 MiB, more than any module has. */
export function gzipBomb(): Buffer {
  return gzipZeros(20)
}

export const controlText = 'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: A <a@b.c>\nDescription: x\n'

/**
 * A Debian package put together by hand.
 *
 * @param data the bytes of data.tar.gz
 */
export function debOf(
  tree: SyntheticTree,
  data: Buffer,
  control: readonly RawEntry[] = [{ name: './control', content: controlText }],
): string {
  const members: [string, Buffer][] = [
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(rawTar(control))],
    ['data.tar.gz', data],
  ]
  const parts = members.flatMap(([name, bytes]) => [
    encodeArHeader({ name, bytes: bytes.length, mtime: time }),
    bytes,
    arPadding(bytes.length),
  ])
  return tree.write('packages/assembled.deb', Buffer.concat([Buffer.from(arMagic), ...parts]))
}

/** The bytes with one of them changed. */
export function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(at) ^ 0x55, at)
  return copy
}
