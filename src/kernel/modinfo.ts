/** What a kernel module says about itself, as modinfo(8) and modprobe(8) tell it, read without either. */
import { decompressModule, decompressModuleSync, moduleCompression } from './compression.ts'
import { type ByteSource, type ElfFile, invalid, memorySource, readElf, readSection } from './elf.ts'
import { openByteSource } from './elf-file.ts'
import { type ModuleSignature, readSignature } from './signature.ts'
import { readSymbolVersions, type SymbolVersion } from './symbol-versions.ts'

export interface ModuleInfo {
  /** With underscores, as the kernel lists it. Modules of kernels before 4.10 do not have it. */
  readonly name: string | undefined
  readonly version: string | undefined
  readonly srcversion: string | undefined
  readonly vermagic: string | undefined
  readonly description: string | undefined
  readonly license: readonly string[]
  readonly author: readonly string[]
  readonly alias: readonly string[]
  readonly depends: readonly string[]
  readonly softdep: readonly string[]
  readonly firmware: readonly string[]
  readonly importNamespaces: readonly string[]
  readonly params: readonly ModuleParameter[]
  /** Built from the kernel's own source. */
  readonly intree: boolean
  readonly retpoline: boolean
  /** Every entry in the order of the file, these above included. */
  readonly fields: readonly (readonly [key: string, value: string])[]
  readonly signature: ModuleSignature | undefined
  readonly symbolVersions: readonly SymbolVersion[]
}

export interface ModuleParameter {
  readonly name: string
  readonly type: string | undefined
  readonly description: string | undefined
}

/**
 * Plain, .gz, .xz and .zst modules, told apart by content.
 *
 * @throws {FactoryError} FILE_ACCESS; ELF_INVALID for anything that is not a whole module
 */
export async function readModuleInfo(path: string): Promise<ModuleInfo> {
  const known = readModuleInfoSync(path)
  if (known !== undefined) return known
  using file = openByteSource(path)
  return readFrom(memorySource(await decompressModule(file.read(0, file.size), path), path))
}

/** Like {@link readModuleInfo}; undefined for an .xz module, which only the asynchronous function can read. */
export function readModuleInfoSync(path: string): ModuleInfo | undefined {
  using file = openByteSource(path)
  if (moduleCompression(file.read(0, Math.min(file.size, 8))) === '') return readFrom(file)
  const bytes = decompressModuleSync(file.read(0, file.size), path)
  return bytes === undefined ? undefined : readFrom(memorySource(bytes, path))
}

/**
 * @param bytes an uncompressed module
 * @throws {FactoryError} ELF_INVALID
 */
export function parseModuleInfo(bytes: Uint8Array, name?: string): ModuleInfo {
  return readFrom(memorySource(bytes, name))
}

/** The kernel release a module was built for: the first word of vermagic. */
export function vermagicRelease(vermagic: string): string {
  return vermagic.split(' ', 1)[0] ?? ''
}

function readFrom(source: ByteSource): ModuleInfo {
  const elf = readElf(source)
  const fields = readFields(elf)
  const all = (key: string): string[] => fields.filter(([name]) => name === key).map(([, value]) => value)
  const one = (key: string): string | undefined => fields.find(([name]) => name === key)?.[1]
  return {
    name: one('name'),
    version: one('version'),
    srcversion: one('srcversion'),
    vermagic: one('vermagic'),
    description: one('description'),
    license: all('license'),
    author: all('author'),
    alias: all('alias'),
    depends: all('depends').flatMap((names) => names.split(',').filter((name) => name !== '')),
    softdep: all('softdep'),
    firmware: all('firmware'),
    importNamespaces: all('import_ns'),
    params: parameters(fields),
    intree: one('intree') === 'Y',
    retpoline: one('retpoline') === 'Y',
    fields,
    signature: readSignature(source),
    symbolVersions: readSymbolVersions(elf),
  }
}

/** Section .modinfo: `key=value` texts, each ended by one or more NULs. */
function readFields(elf: ElfFile): [string, string][] {
  const section = readSection(elf, '.modinfo')
  if (section === undefined) throw invalid(elf.source, 'it has no module information')
  return section
    .toString('utf8')
    .split('\0')
    .filter((text) => text !== '')
    .map((text) => {
      const equals = text.indexOf('=')
      return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
    })
}

/** Entries parm=NAME:DESCRIPTION and parmtype=NAME:TYPE, joined by name, last mentioned first as modinfo prints them. */
function parameters(fields: readonly (readonly [string, string])[]): ModuleParameter[] {
  const found = new Map<string, { type: string | undefined; description: string | undefined }>()
  for (const [key, value] of fields) {
    if (key !== 'parm' && key !== 'parmtype') continue
    const colon = value.indexOf(':')
    if (colon < 0) continue
    const name = value.slice(0, colon)
    const known = found.get(name) ?? { type: undefined, description: undefined }
    found.set(name, known)
    known[key === 'parm' ? 'description' : 'type'] = value.slice(colon + 1)
  }
  return [...found].map(([name, known]) => ({ name, ...known })).reverse()
}
