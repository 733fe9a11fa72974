/** The files a header lists, checked: arrays of one length, paths that stay where they belong, none twice. */
import type { VerifyAspect } from './description.ts'
import { digestAlgorithms, fileFlag, fileType, verifyBit } from './flags.ts'
import { damaged, type RpmFile } from './read.ts'
import { type TagName, tags } from './tags.ts'

export interface RpmFileInfo {
  /** Position in the header's arrays. */
  readonly index: number
  /** Absolute; in a source package a bare name. */
  readonly path: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  /** Permission bits. */
  readonly mode: number
  readonly size: number
  readonly mtime: number
  readonly user: string
  readonly group: string
  /** Of a link. */
  readonly target?: string
  /** Of a file, in hexadecimal, and the algorithm as node:crypto names it. */
  readonly digest?: { readonly algorithm: string; readonly hex: string }
  readonly config?: 'replace' | 'keep'
  /** Further marks of %files, by their names. */
  readonly marks: readonly FileMark[]
  readonly unverified: readonly VerifyAspect[]
  /** Which files are one: equal for hard links. */
  readonly inode: string
  readonly color: number
  readonly capabilities?: string
}

export type FileMark = 'doc' | 'license' | 'readme' | 'artifact' | 'missingok' | 'ghost' | 'spec'

const marks: readonly FileMark[] = ['doc', 'license', 'readme', 'artifact', 'missingok', 'ghost', 'spec']
const aspects: readonly VerifyAspect[] = ['digest', 'size', 'link', 'user', 'group', 'mtime', 'mode', 'device', 'caps']

/** @throws {FactoryError} PACKAGE_INVALID when the lists do not fit together or a path could lead out of its place */
export function listFiles(rpm: RpmFile): RpmFileInfo[] {
  const columns = readColumns(rpm)
  const seen = new Set<string>()
  return columns.bases.map((base, index) => {
    const path = `${columns.directories[columns.directoryIndexes[index] ?? -1] ?? badDirectory(rpm, index)}${base}`
    checkPath(rpm, path)
    if (seen.has(path)) throw damaged(rpm.path, `it lists ${JSON.stringify(path)} twice`)
    seen.add(path)
    return fileInfo(columns, path, index)
  })
}

type Columns = ReturnType<typeof readColumns>

function readColumns(rpm: RpmFile) {
  const count = rpm.header.count(tags.BASENAMES[0])
  const texts = (name: TagName, required = true) => column(rpm, name, rpm.header.texts(tags[name][0]), count, required)
  const numbers = (name: TagName, required = true) =>
    column(rpm, name, rpm.header.numbers(tags[name][0]), count, required)
  const large = rpm.header.has(tags.LONGFILESIZES[0])
  return {
    bases: texts('BASENAMES'),
    directoryIndexes: numbers('DIRINDEXES'),
    directories: rpm.header.texts(tags.DIRNAMES[0]),
    sizes: numbers(large ? 'LONGFILESIZES' : 'FILESIZES'),
    modes: numbers('FILEMODES'),
    mtimes: numbers('FILEMTIMES'),
    digests: texts('FILEDIGESTS'),
    targets: texts('FILELINKTOS'),
    users: texts('FILEUSERNAME'),
    groups: texts('FILEGROUPNAME'),
    flags: numbers('FILEFLAGS', false),
    verify: numbers('FILEVERIFYFLAGS', false),
    inodes: numbers('FILEINODES', false),
    devices: numbers('FILEDEVICES', false),
    colors: numbers('FILECOLORS', false),
    capabilities: texts('FILECAPS', false),
    // Packages without the tag have MD5.
    algorithm: digestAlgorithms.get(rpm.header.number(tags.FILEDIGESTALGO[0]) ?? 1) ?? 'unknown',
  }
}

function column<Value>(
  rpm: RpmFile,
  name: TagName,
  values: readonly Value[],
  count: number,
  required: boolean,
): readonly Value[] {
  if (values.length === count || (!required && values.length === 0)) return values
  throw damaged(rpm.path, `it has ${count} files and ${values.length} ${name}`)
}

function badDirectory(rpm: RpmFile, index: number): never {
  throw damaged(rpm.path, `file ${index} lies in a directory it does not list`)
}

/** A package manager, or a person who trusts us, may unpack to these paths. */
function checkPath(rpm: RpmFile, path: string): void {
  const bad =
    rpm.kind === 'source'
      ? path.includes('/') || ['', '.', '..'].includes(path)
      : !path.startsWith('/') ||
        (path !== '/' &&
          path
            .slice(1)
            .split('/')
            .some((part) => ['', '.', '..'].includes(part)))
  if (bad) throw damaged(rpm.path, `it lists a file at ${JSON.stringify(path)}`)
}

function fileInfo(columns: Columns, path: string, index: number): RpmFileInfo {
  const mode = columns.modes[index] ?? 0
  const kind = kindOf(mode)
  return {
    index,
    path,
    kind,
    mode: mode & 0o7777,
    size: columns.sizes[index] ?? 0,
    mtime: columns.mtimes[index] ?? 0,
    user: columns.users[index] ?? '',
    group: columns.groups[index] ?? '',
    ...(kind === 'symlink' ? { target: columns.targets[index] ?? '' } : {}),
    ...(kind === 'file' ? digestOf(columns, index) : {}),
    ...traits(columns, index),
  }
}

function digestOf({ digests, algorithm }: Columns, index: number): Pick<RpmFileInfo, 'digest'> {
  const hex = digests[index] ?? ''
  return hex === '' ? {} : { digest: { algorithm, hex } }
}

/** What columns say that a package may lack. */
function traits(columns: Columns, index: number) {
  const flags = columns.flags[index] ?? 0
  const verify = columns.verify[index] ?? 0xffff_ffff
  const capabilities = columns.capabilities[index] ?? ''
  const config = (flags & fileFlag.noreplace) === 0 ? 'replace' : 'keep'
  return {
    ...((flags & fileFlag.config) === 0 ? {} : ({ config } as const)),
    marks: marks.filter((mark) => (flags & fileFlag[mark]) !== 0),
    unverified: aspects.filter((aspect) => (verify & verifyBit[aspect]) === 0),
    inode: columns.inodes.length === 0 ? `file ${index}` : `${columns.devices[index] ?? 0}:${columns.inodes[index]}`,
    color: columns.colors[index] ?? 0,
    ...(capabilities === '' ? {} : { capabilities }),
  }
}

function kindOf(mode: number): RpmFileInfo['kind'] {
  switch (mode & fileType.mask) {
    case fileType.regular:
      return 'file'
    case fileType.directory:
      return 'directory'
    case fileType.symlink:
      return 'symlink'
    default:
      return 'other'
  }
}
