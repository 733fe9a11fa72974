/** What SUSE's installers do with a disk: linuxrc (auto2.c, module.c, url.c) with YaST, and Agama's dud hooks. */
import { posix } from 'node:path'
import { suffixOf } from '../../../kernel/compression.ts'
import { plainName } from '../redhat-metadata.ts'
import { isKnownTag } from '../suse-dists.ts'
import { at, type Disk, isDirectoryOn, isFileOn, lookUp, namesOn } from './disk.ts'
import { moduleName } from './loader.ts'
import type { SuseRelease } from './releases.ts'
import type { Problem } from './rules.ts'

/** One update of a disk: `[NN/]linux/suse/<arch>-<tag>`. */
export interface SuseUpdate {
  readonly path: string
  readonly product: 'suse' | 'UnitedLinux'
  readonly arch: string
  readonly tag: string
}

/** In the order linuxrc takes them: the one without a number, then by number. */
export function suseUpdates(disk: Disk): SuseUpdate[] {
  const numbers = namesOn(disk, '')
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b))
  return ['', ...numbers].flatMap((number) => updatesBelow(disk, number))
}

function updatesBelow(disk: Disk, parent: string): SuseUpdate[] {
  return (['suse', 'UnitedLinux'] as const).flatMap((product) =>
    namesOn(disk, at(parent, `linux/${product}`)).flatMap((name) => {
      const dash = name.indexOf('-')
      const path = at(parent, `linux/${product}/${name}`)
      const known = { path, product, arch: name.slice(0, dash), tag: name.slice(dash + 1) }
      return dash > 0 && isDirectoryOn(disk, path) ? [known] : []
    }),
  )
}

export function looksLikeSuseDisk(disk: Disk): boolean {
  return [...disk.nodes.keys()].some((path) => /(?:^|\/)linux\/(?:suse|UnitedLinux)(?:\/|$)/.test(path))
}

export function judgeForSuse(disk: Disk, release: SuseRelease): Problem[] {
  const updates = suseUpdates(disk)
  const own = updates.filter(({ tag }) => release.takes(tag))
  const [read, passedOver] = release.consumer === 'agama' ? firstOfEach(own) : [own, []]
  return [
    ...judgePlaces(disk),
    ...(own.length > 0 ? judgeContainer(disk, release) : []),
    ...updates
      .filter(({ tag, product }) => product === 'suse' && !isKnownTag(tag))
      .map(({ path, tag }): Problem => ({ code: 'dist-unknown', path, detail: tag })),
    ...(release.consumer === 'linuxrc' ? duplicateIds(disk, own) : []),
    ...passedOver.map(({ path }): Problem => ({ code: 'update-not-first', path })),
    ...read.flatMap(({ path }) =>
      release.consumer === 'agama' ? judgeForAgama(disk, path) : judgeForLinuxrc(disk, path, release),
    ),
  ]
}

/** Agama stops at the first directory of a name: the one without a number, else as the shell sorts the numbers. */
function firstOfEach(own: readonly SuseUpdate[]): [SuseUpdate[], SuseUpdate[]] {
  const groups = [...Map.groupBy(own, ({ arch, tag }) => `${arch}-${tag}`).values()].map((group) =>
    group.toSorted((a, b) => Number(!isTopmost(a)) - Number(!isTopmost(b)) || (a.path < b.path ? -1 : 1)),
  )
  return [groups.flatMap((group) => group.slice(0, 1)), groups.flatMap((group) => group.slice(1))]
}

function isTopmost({ path }: SuseUpdate): boolean {
  return path.startsWith('linux/')
}

/** Where updates lie, and what lies there. */
function judgePlaces(disk: Disk): Problem[] {
  const unnumbered = namesOn(disk, '').filter(
    (name) => !/^\d+$/.test(name) && name !== 'linux' && isDirectoryOn(disk, `${name}/linux/suse`),
  )
  const leftovers = [...disk.texts].filter(
    ([path, text]) => /(?:^|\/)linux\/suse\/[^/]+$/.test(path) && /^[\w.+/-]+$/.test(text.trim()),
  )
  return [
    ...unnumbered.map((path): Problem => ({ code: 'update-dir-not-numeric', path })),
    ...leftovers.map(([path, text]): Problem => ({ code: 'symlink-on-fat', path, detail: text.trim() })),
  ]
}

/** linuxrc tells files by their first bytes; Agama by file(1), and unpacks all of these. */
function judgeContainer({ container }: Disk, { consumer }: SuseRelease): Problem[] {
  const { kind, variant, compression } = container
  if (consumer === 'agama' || kind === 'directory') return []
  if (kind === 'tar' && variant === 'gnu') return [{ code: 'container-gnu-tar' }]
  if (kind === 'cpio' && variant === 'crc') return [{ code: 'container-crc-cpio' }]
  const isArchive = kind === 'cpio' || kind === 'tar'
  const isKnown = isArchive
    ? ['none', 'gzip', 'xz'].includes(compression) && variant !== 'odc' && variant !== 'v7'
    : compression === 'none'
  const packed = compression === 'none' ? '' : `, compressed with ${compression}`
  return isKnown ? [] : [{ code: 'container-not-accepted', detail: `${variant ?? ''} ${kind}${packed}`.trim() }]
}

/** An installer looks for one name of a directory: the same update below another name is not a second one to it. */
function duplicateIds(disk: Disk, own: readonly SuseUpdate[]): Problem[] {
  const seen = new Set<string>()
  return own.flatMap(({ path, arch, tag }) => {
    const id = updateIdOf(disk, path)
    const key = `${arch}-${tag} ${id ?? ''}`
    if (id === undefined) return []
    if (seen.has(key)) return [{ code: 'update-id-duplicate', path, detail: id } as const]
    seen.add(key)
    return []
  })
}

/** The last counts. Keys are compared without case and without - _ and dots. */
function updateIdOf(disk: Disk, update: string): string | undefined {
  const lines = readLines(textAt(disk, at(update, 'dud.config')) ?? '')
  return lines.findLast(({ key, value }) => key.toLowerCase().replaceAll(/[-_.]/g, '') === 'updateid' && value !== '')
    ?.value
}

/** linuxrc's file_read_file: `:`, `=` and blanks end the first word, and quotes around the rest are not part of it. */
function readLines(text: string): { key: string; value: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, key = '', rest = ''] = /^\s*([^:=\s]*)[:=\s]*(.*?)\s*$/.exec(line) ?? []
    return key === '' ? [] : [{ key, value: rest.replace(/^(["'])(.*)\1$/, '$2') }]
  })
}

/** Of a file that may be reached through a linked directory. */
function textAt(disk: Disk, path: string): string | undefined {
  return disk.texts.get(realPath(disk, path))
}

function realPath(disk: Disk, path: string): string {
  return lookUp(disk.nodes, path)?.path ?? path
}

function judgeForLinuxrc(disk: Disk, update: string, release: SuseRelease): Problem[] {
  return [
    ...(updateIdOf(disk, update) === undefined && isModern(disk, update)
      ? [{ code: 'update-id-missing', path: at(update, 'dud.config') } as const]
      : []),
    ...judgeModules(disk, update, release),
    ...judgeScripts(disk, update, release),
  ]
}

/** dud.config came with SuSE Linux 9.0; disks of DKMS 2.x have none and number their updates. */
function isModern(disk: Disk, update: string): boolean {
  return isFileOn(disk, at(update, 'dud.config')) || isDirectoryOn(disk, at(update, 'inst-sys'))
}

function judgeModules(disk: Disk, update: string, release: SuseRelease): Problem[] {
  const directory = at(update, 'modules')
  const files = namesOn(disk, directory).filter((name) => suffixOf(name) !== undefined)
  const compressed = files.find((name) => suffixOf(name) !== '')
  const order = textAt(disk, at(directory, 'module.order'))
  const hasConfig = isFileOn(disk, at(directory, 'module.config'))
  return [
    ...(compressed !== undefined && !release.readsCompressedModules
      ? [{ code: 'module-compressed', path: at(directory, compressed) } as const]
      : []),
    ...(files.length > 0 && order === undefined && !hasConfig
      ? [{ code: 'module-order-missing', path: at(directory, 'module.order') } as const]
      : []),
    ...(order === undefined ? [] : judgeOrder(disk, directory, order, release)),
  ]
}

function judgeOrder(disk: Disk, directory: string, order: string, { ordersByName }: SuseRelease): Problem[] {
  const path = at(directory, 'module.order')
  const lines = readLines(order)
  const comment = lines.find(({ key }) => key.startsWith('#'))
  if (comment !== undefined) {
    return [{ code: 'module-order-comment', path, detail: `${comment.key} ${comment.value}`.trim() }]
  }
  const several = lines.find(({ value }) => value !== '' && !value.startsWith('#'))
  if (several !== undefined) {
    return [{ code: 'module-order-multi-word', path, detail: `${several.key} ${several.value}` }]
  }
  const words = lines.map(({ key }) => key)
  const files = namesOn(disk, directory).filter((name) => suffixOf(name) !== undefined)
  return [
    ...(ordersByName
      ? []
      : misspelled(words, files).map((detail): Problem => ({ code: 'module-order-spelling', path, detail }))),
    ...unlisted(words, files).map((name): Problem => ({ code: 'module-not-listed', path: at(directory, name) })),
    ...judgeDependencies(
      disk,
      directory,
      words.map((word) => plainName(moduleName(word))),
    ),
  ]
}

/** Lines that are not the name of a file beside them, although they or a file here mean the module. */
function misspelled(words: readonly string[], files: readonly string[]): string[] {
  const here = new Set(files.map((name) => plainName(moduleName(name))))
  return words.filter((word) => {
    const isFileName = suffixOf(word) !== undefined
    return !files.includes(word) && (isFileName || here.has(plainName(moduleName(word))))
  })
}

/** linuxrc puts names together with suffixes, and knows no two spellings of one name. */
function unlisted(words: readonly string[], files: readonly string[]): string[] {
  const listed = new Set(words.map(moduleName))
  return files.filter((name) => !listed.has(moduleName(name)))
}

function judgeDependencies(disk: Disk, directory: string, listed: readonly string[]): Problem[] {
  const real = realPath(disk, directory)
  return [...disk.modules].flatMap(([path, info]) => {
    if (posix.dirname(path) !== real || info === undefined) return []
    const place = listed.indexOf(plainName(moduleName(path)))
    const before = listed.slice(0, Math.max(place, 0))
    const missing = info.depends.find((needed) => !before.includes(plainName(needed)))
    return place < 0 || missing === undefined ? [] : [{ code: 'dependency-not-listed', path, detail: missing } as const]
  })
}

const updateScripts = ['update.pre', 'update.post', 'update.post2']

function judgeScripts(disk: Disk, update: string, { setsScriptModes }: SuseRelease): Problem[] {
  const problems = updateScripts.flatMap((name): Problem[] => {
    const path = at(update, `install/${name}`)
    const text = textAt(disk, path)
    if (text === undefined) return []
    if (!text.startsWith('#!')) return [{ code: 'update-script-no-shebang', path }]
    const node = disk.nodes.get(realPath(disk, path))
    const keepsModes = disk.container.kind !== 'fat' && !setsScriptModes
    return keepsModes && node?.kind === 'file' && !node.executable
      ? [{ code: 'update-script-not-executable', path }]
      : []
  })
  return [...problems, ...judgeUpdateArchive(disk, update)]
}

function judgeUpdateArchive(disk: Disk, update: string): Problem[] {
  const install = at(update, 'install')
  const archive = namesOn(disk, install).find((name) => /^update\.(?:tar\.gz|tgz)$/.test(name))
  if (archive === undefined) return []
  const path = at(install, archive)
  const members = disk.updateArchives.get(realPath(disk, path)) ?? []
  const script = textAt(disk, at(install, 'update.post')) ?? ''
  const moves = /\b(?:cp|mv|tar|rsync|install)\b/.test(script) && script.includes('lib/modules')
  return members.some((member) => member.startsWith('lib/modules/')) && !moves
    ? [{ code: 'update-archive-not-applied', path }]
    : []
}

function judgeForAgama(disk: Disk, update: string): Problem[] {
  const install = at(update, 'install')
  const names = namesOn(disk, install)
  const order = at(update, 'modules/module.order')
  const file = readLines(textAt(disk, order) ?? '').find(({ key }) => suffixOf(key) !== undefined)
  return [
    ...(file === undefined ? [] : [{ code: 'module-order-suffix', path: order, detail: file.key } as const]),
    ...names
      .filter((name) => updateScripts.includes(name))
      .map((name): Problem => ({ code: 'update-script-ignored', path: at(install, name) })),
    ...names.flatMap((name): Problem[] => {
      const facts = disk.rpms.get(realPath(disk, at(install, name)))
      const isPulledIn = facts === undefined || (facts.relations.supplements ?? []).length > 0
      return isPulledIn ? [] : [{ code: 'package-without-supplements', path: at(install, name) }]
    }),
  ]
}
