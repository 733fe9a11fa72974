/** Whether a file of the install tree is the module that the tree holds, also after somebody signed or compressed it. */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { AbsolutePath } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { decompressModule } from '../../kernel/compression.ts'
import { type ModuleInfo, readModuleInfo } from '../../kernel/modinfo.ts'
import { withoutSignature } from '../../kernel/signature.ts'
import type { BuiltFile } from '../../tree/model.ts'
import { haveSameBytes } from '../../tree/same-bytes.ts'

export type Likeness =
  /** The same bytes, or a link to the tree's file. */
  | 'same'
  /** The same module, signed, stripped of a signature or compressed in another way. */
  | 'altered'
  /** Another build of the same version, or the remains of one. */
  | 'same-version'
  | 'foreign'

/**
 * @param ownPlace `installed` lies where this package's modules go and nobody else's: there a module that has no version
 *   is ours when the built one has none either, and an empty or damaged file is what an interrupted copy left
 */
export async function likeness(built: BuiltFile, installed: AbsolutePath, ownPlace: boolean): Promise<Likeness> {
  const stats = lstatSync(installed)
  if (stats.isSymbolicLink() && resolve(dirname(installed), readlinkSync(installed)) === built.path) return 'same'
  if (haveSameBytes(built.path, built.bytes, installed)) return 'same'
  const theirs = stats.isFile() && stats.size === 0 ? undefined : await infoOf(installed)
  if (theirs === undefined) return ownPlace ? 'same-version' : 'foreign'
  const ours = await infoOf(built.path)
  if (ours === undefined) return 'foreign'
  if (ours.srcversion === theirs.srcversion && (await haveSamePayload(built.path, installed))) return 'altered'
  return isSameVersion(ours, theirs, ownPlace) ? 'same-version' : 'foreign'
}

function isSameVersion(ours: ModuleInfo, theirs: ModuleInfo, ownPlace: boolean): boolean {
  if (ours.version !== theirs.version) return false
  if (ours.version !== undefined || ownPlace) return true
  return ours.srcversion !== undefined && ours.srcversion === theirs.srcversion
}

async function infoOf(path: AbsolutePath): Promise<ModuleInfo | undefined> {
  try {
    return await readModuleInfo(path)
  } catch (error) {
    if (isFactoryError(error, 'ELF_INVALID', 'FILE_ACCESS')) return undefined
    throw error
  }
}

async function haveSamePayload(a: AbsolutePath, b: AbsolutePath): Promise<boolean> {
  const [first, second] = [await payloadOf(a), await payloadOf(b)]
  return Buffer.compare(first, second) === 0
}

async function payloadOf(path: AbsolutePath): Promise<Uint8Array> {
  return withoutSignature(await decompressModule(readFileSync(path), path))
}
