/** An opened driver disk: a tree of entries, and everything in it that the rules of installers ask for, read. */
import { closeSync, mkdirSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { readChunks } from '../../../archive/chunk-file.ts'
import { byContent, decompress } from '../../../archive/compression.ts'
import type { Container, ImageNode, OpenedImage } from '../../../archive/image/model.ts'
import { limited } from '../../../archive/image/read.ts'
import { readCpioNodes } from '../../../archive/image/read-archive.ts'
import { readTar } from '../../../archive/tar-read.ts'
import { type AbsolutePath, below } from '../../../domain.ts'
import { isFactoryError } from '../../../errors.ts'
import { largestModule, suffixOf } from '../../../kernel/compression.ts'
import type { ModuleInfo } from '../../../kernel/modinfo.ts'
import type { DebFacts, PackageReader, RpmFacts } from '../package-facts.ts'
import { moduleInfo } from '../packaged-module.ts'
import { readDeb } from '../read-deb.ts'

/** A module of modules.cgz. */
export interface ArchivedModule {
  /** Within the archive: `<release>[/<arch>]/<name>.ko`. */
  readonly path: string
  readonly info: ModuleInfo | undefined
}

export interface Disk {
  /** Of the image, without its directory. */
  readonly fileName: string
  readonly container: Container
  readonly nodes: ReadonlyMap<string, ImageNode>
  /** Small files whose names some installer knows. */
  readonly texts: ReadonlyMap<string, string>
  /** Undefined for what is not a readable package. An image that is a package itself is among them, by its file name. */
  readonly rpms: ReadonlyMap<string, RpmFacts | undefined>
  readonly debs: ReadonlyMap<string, DebFacts | undefined>
  /** Files *.ko and so on that lie on the disk as such. */
  readonly modules: ReadonlyMap<string, ModuleInfo | undefined>
  /** modules.cgz by path; undefined when it cannot be read. */
  readonly moduleArchives: ReadonlyMap<string, readonly ArchivedModule[] | undefined>
  /** Paths in each update.tar.gz or update.tgz; undefined when it cannot be read. */
  readonly updateArchives: ReadonlyMap<string, readonly string[] | undefined>
}

const textNames =
  /^(?:rhdd3|rhdd|rhdd-6\.1|modinfo|modules\.(?:dep|alias|pcimap)|pcitable|module\.order|module\.config|dud\.config|update\.(?:pre|post|post2))$/
const largestText = 4 * 1024 * 1024

/**
 * @param work an existing directory for what is unpacked from archives within the image
 * @throws {FactoryError} FILE_ACCESS; TOOL_MISSING
 */
export async function readDisk(image: OpenedImage, reader: PackageReader, work: AbsolutePath): Promise<Disk> {
  const texts = new Map<string, string>()
  const rpms = new Map<string, RpmFacts | undefined>()
  const debs = new Map<string, DebFacts | undefined>()
  const modules = new Map<string, ModuleInfo | undefined>()
  const moduleArchives = new Map<string, readonly ArchivedModule[] | undefined>()
  const updateArchives = new Map<string, readonly string[] | undefined>()
  for (const [path, node] of image.nodes) {
    if (node.kind !== 'file') continue
    const name = posix.basename(path)
    const { copy, bytes } = node
    if (name.endsWith('.rpm')) rpms.set(path, await orNothing(() => reader.readRpm(copy)))
    else if (/\.(?:u?deb|ude)$/.test(name)) debs.set(path, await orNothing(() => readDeb(copy, statSync(copy).size)))
    else if (suffixOf(name) !== undefined) {
      modules.set(path, bytes > largestModule ? undefined : await moduleInfo(readFileSync(copy)))
    } else if (name === 'modules.cgz') {
      const inside = below(work, `cgz-${moduleArchives.size}`)
      moduleArchives.set(path, await orNothing(() => readModuleArchive(copy, inside)))
    } else if (/^update\.(?:tar\.gz|tgz)$/.test(name)) {
      updateArchives.set(path, await orNothing(() => listTar(copy)))
    } else if (bytes <= largestText && (textNames.test(name) || isUpdatePlace(path))) {
      texts.set(path, readFileSync(copy, 'utf8'))
    }
  }
  const fileName = posix.basename(image.path)
  if (image.container.kind === 'rpm') rpms.set(fileName, await orNothing(() => reader.readRpm(image.path)))
  return {
    fileName,
    container: image.container,
    nodes: image.nodes,
    texts,
    rpms,
    debs,
    modules,
    moduleArchives,
    updateArchives,
  }
}

/** `linux/suse/<arch>-<tag>`, which should be a directory. */
function isUpdatePlace(path: string): boolean {
  return /(?:^|\/)linux\/(?:suse|UnitedLinux)\/[^/]+$/.test(path)
}

/** Damage is a finding, not a failure; a missing program is a failure. */
async function orNothing<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read()
  } catch (error) {
    if (isFactoryError(error, 'PACKAGE_INVALID', 'ARCHIVE_UNREADABLE', 'ARCHIVE_UNSAFE')) return undefined
    throw error
  }
}

async function readModuleArchive(path: AbsolutePath, inside: AbsolutePath): Promise<ArchivedModule[]> {
  mkdirSync(inside)
  const descriptor = openSync(path, 'r')
  try {
    const head = Buffer.alloc(16)
    const compression = byContent(head.subarray(0, readSync(descriptor, head, 0, head.length, 0)))
    const chunks = limited(decompress(compression, readChunks(descriptor, path), path), path)
    const nodes = await readCpioNodes(path, inside, chunks)
    const found = [...nodes].flatMap(([name, node]) => (node.kind === 'file' ? [{ name, copy: node.copy }] : []))
    const modules: ArchivedModule[] = []
    for (const { name, copy } of found) {
      const isPossible = statSync(copy).size <= largestModule
      modules.push({ path: name, info: isPossible ? await moduleInfo(readFileSync(copy)) : undefined })
    }
    return modules
  } finally {
    closeSync(descriptor)
  }
}

async function listTar(path: AbsolutePath): Promise<string[]> {
  const found: string[] = []
  await readTar(
    path,
    (member) => {
      if (member.kind === 'file') found.push(member.path)
      return undefined
    },
    { links: 'anywhere' },
  )
  return found
}

/** The kernel follows as many on one path (path_resolution(7)). */
const mostLinks = 40

/** The node a path leads to, links followed within the disk, and the path it has there. */
export function lookUp(
  nodes: ReadonlyMap<string, ImageNode>,
  path: string,
  links = { followed: 0 },
): { readonly path: string; readonly node: ImageNode } | undefined {
  if (path === '' || path === '.') return { path: '', node: { kind: 'directory' } }
  if (path.startsWith('..')) return undefined
  const parent = lookUp(nodes, posix.dirname(path), links)
  if (parent === undefined) return undefined
  const place = parent.path === '' ? posix.basename(path) : `${parent.path}/${posix.basename(path)}`
  const node = nodes.get(place) ?? (hasBelow(nodes, place) ? ({ kind: 'directory' } as const) : undefined)
  if (node === undefined) return undefined
  if (node.kind !== 'symlink') return { path: place, node }
  links.followed += 1
  if (links.followed > mostLinks) return undefined
  return lookUp(nodes, posix.join(posix.dirname(place), node.target), links)
}

/** Archives need not list their directories. */
function hasBelow(nodes: ReadonlyMap<string, ImageNode>, directory: string): boolean {
  for (const path of nodes.keys()) if (path.startsWith(`${directory}/`)) return true
  return false
}

export function isDirectoryOn(disk: Disk, path: string): boolean {
  return lookUp(disk.nodes, path)?.node.kind === 'directory'
}

export function isFileOn(disk: Disk, path: string): boolean {
  return lookUp(disk.nodes, path)?.node.kind === 'file'
}

/** Names in a directory, sorted; none when it is not there. */
export function namesOn(disk: Disk, directory: string): string[] {
  const place = lookUp(disk.nodes, directory)
  if (place?.node.kind !== 'directory') return []
  const prefix = place.path === '' ? '' : `${place.path}/`
  const names = [...disk.nodes.keys()]
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).split('/', 1)[0] ?? '')
  return [...new Set(names)].filter((name) => name !== '').sort()
}

/** Joins a directory, which may be the root, and a name. */
export function at(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`
}
