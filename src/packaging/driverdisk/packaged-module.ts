/** Modules within packages. */
import { decompressModule, suffixOf } from '../../kernel/compression.ts'
import { type ModuleInfo, parseModuleInfo } from '../../kernel/modinfo.ts'
import type { PackagedModule } from './package-facts.ts'

/** Whether a file of a package is a kernel module, by its name. */
export function isModulePath(path: string): boolean {
  return path.includes('/modules/') && suffixOf(path) !== undefined
}

export async function packagedModule(path: string, bytes: Uint8Array): Promise<PackagedModule> {
  return { path, info: await moduleInfo(bytes) }
}

/** Undefined when it is damaged: what that means is for whoever judges the disk. */
export async function moduleInfo(bytes: Uint8Array): Promise<ModuleInfo | undefined> {
  try {
    return parseModuleInfo(await decompressModule(bytes))
  } catch {
    return undefined
  }
}
