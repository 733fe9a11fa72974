/** What anaconda of RHEL 6 and newer does with a disk: dd-list, dd-extract and driver_updates.py. */
import { posix } from 'node:path'
import { unameFrom } from '../../../kernel/arch.ts'
import { suffixOf } from '../../../kernel/compression.ts'
import { vermagicRelease } from '../../../kernel/modinfo.ts'
import { releaseOf } from '../layout/dud.ts'
import type { RpmFacts } from '../package-facts.ts'
import { isOffered } from './anaconda-match.ts'
import { at, type Disk, isDirectoryOn, isFileOn, namesOn } from './disk.ts'
import type { AnacondaRelease } from './releases.ts'
import type { Problem } from './rules.ts'

/** Directories, the root among them as an empty path, that have a file rhdd3. */
export function diskRoots(disk: Disk): string[] {
  return [...disk.nodes]
    .filter(([path, node]) => node.kind !== 'directory' && posix.basename(path) === 'rhdd3')
    .map(([path]) => (path.includes('/') ? posix.dirname(path) : ''))
}

/** RPMs in the directories that anaconda looks into, by directory. */
export function offeredDirectories(disk: Disk): Map<string, string[]> {
  if (disk.container.kind === 'rpm') return new Map([['', [disk.fileName]]])
  const directories = diskRoots(disk).flatMap((root) =>
    namesOn(disk, at(root, 'rpms'))
      .map((arch) => at(root, `rpms/${arch}`))
      .filter((path) => isDirectoryOn(disk, path)),
  )
  return new Map(
    directories.map((directory) => [
      directory,
      namesOn(disk, directory)
        .filter((name) => name.endsWith('.rpm'))
        .map((name) => `${directory}/${name}`),
    ]),
  )
}

export function looksLikeAnacondaDisk(disk: Disk): boolean {
  if (disk.container.kind === 'rpm') return isDriverPackage(disk.rpms.get(disk.fileName))
  return diskRoots(disk).length > 0 || strayRpms(disk).length > 0
}

/** anaconda takes a package by itself, too: inst.dd=http://.../kmod.rpm. */
function isDriverPackage(facts: RpmFacts | undefined): boolean {
  const provides = facts?.relations.provides ?? []
  return (
    provides.some(({ name }) => name === 'kernel-modules') ||
    (facts?.modules ?? []).some(({ path }) => releaseOf(path) !== '')
  )
}

/** RPMs that no layout has a place for; sources may lie anywhere. */
function strayRpms(disk: Disk): string[] {
  const offered = new Set([...offeredDirectories(disk).values()].flat())
  return [...disk.rpms].flatMap(([path, facts]) => {
    const isElsewhere = /(?:^|\/)(?:linux\/suse|src)\//.test(path) || facts?.kind === 'source'
    return offered.has(path) || isElsewhere ? [] : [path]
  })
}

/**
 * @param kernels `uname -r` of installers to try; with none, only what is wrong for every kernel is told
 */
export function judgeForAnaconda(disk: Disk, release: AnacondaRelease, kernels: readonly string[]): Problem[] {
  const roots = diskRoots(disk)
  const directories = offeredDirectories(disk)
  return [
    ...(roots.length === 0 && strayRpms(disk).some((path) => /(?:^|\/)rpms\/[^/]+\/[^/]+$/.test(path))
      ? [{ code: 'marker-missing' } as const]
      : []),
    ...roots.flatMap((root) => judgeRoot(disk, root, release)),
    ...(roots.length === 0 ? [] : strayRpms(disk).map((path): Problem => ({ code: 'rpm-outside-arch-dir', path }))),
    ...[...directories].flatMap(([directory, paths]) => judgeDirectory(disk, directory, paths, release)),
    ...kernels.flatMap((kernel) => judgeOffer(disk, directories, kernel)),
    ...(release.wantsUrlSuffix ? judgeName(disk) : []),
  ]
}

function judgeRoot(disk: Disk, root: string, release: AnacondaRelease): Problem[] {
  const marker = at(root, 'rhdd3')
  const arches = namesOn(disk, at(root, 'rpms')).filter((name) => isDirectoryOn(disk, at(root, `rpms/${name}`)))
  const isEmpty = release.needsMarkerText && disk.texts.get(marker) === ''
  return [
    ...(isEmpty ? [{ code: 'marker-empty', path: marker } as const] : []),
    ...(arches.length === 0 ? [{ code: 'arch-dir-missing', path: at(root, 'rpms') } as const] : []),
    ...misplaced(disk, root, arches, release),
  ]
}

/** Packages that do not lie in the directory that the installer for their architecture looks into, told by that. */
function misplaced(disk: Disk, root: string, arches: readonly string[], release: AnacondaRelease): Problem[] {
  const places = arches.flatMap((arch) => {
    const directory = at(root, `rpms/${arch}`)
    return namesOn(disk, directory).flatMap((name) => {
      const path = `${directory}/${name}`
      const facts = disk.rpms.get(path)
      if (facts?.kind !== 'binary') return []
      return [{ path, name, arch, wanted: directoryFor(facts.arch, arch, release) }]
    })
  })
  const wrong = places.filter(
    ({ name, arch, wanted }) => arch !== wanted && !places.some((one) => one.arch === wanted && one.name === name),
  )
  return [...Map.groupBy(wrong, ({ wanted }) => wanted)].map(([wanted, [first]]) => ({
    code: 'arch-dir-missing',
    path: at(root, `rpms/${wanted}`),
    ...(first === undefined ? {} : { detail: `${first.path} is not there` }),
  }))
}

/** By `uname -m`; a package for every architecture is right beside those of any. */
function directoryFor(rpmArch: string, own: string, { i686 }: AnacondaRelease): string {
  const isMachine = unameFrom('rpm', own) === own || /^i[3-6]86$|^armv7l$/.test(own)
  if (rpmArch === 'noarch') return isMachine ? own : '<uname -m>'
  if (/^i[3-6]86$/.test(rpmArch)) return i686
  return unameFrom('rpm', rpmArch) ?? rpmArch
}

function judgeDirectory(disk: Disk, directory: string, paths: readonly string[], release: AnacondaRelease): Problem[] {
  const hasIndex = isFileOn(disk, at(directory, 'repodata/repomd.xml'))
  return [
    ...(release.needsRepodata && paths.length > 0 && !hasIndex
      ? [{ code: 'repodata-missing', path: directory } as const]
      : []),
    ...paths.flatMap((path): Problem[] => {
      const facts = disk.rpms.get(path)
      if (facts === undefined) return [{ code: 'rpm-unreadable', path }]
      return [...judgeProvides(facts), ...judgePayload(facts, release)].map((problem) => ({ ...problem, path }))
    }),
    ...sameNames(disk, paths),
  ]
}

/** dd-list: see anaconda-match.ts. */
function judgeProvides({ name, version, relations }: RpmFacts): Problem[] {
  const provides = relations.provides ?? []
  const known = provides.filter((one) => one.name === 'kernel-modules' || one.name === 'installer-enhancement')
  const problems: Problem[] = version.includes('-') ? [{ code: 'rpm-version-dash', detail: version }] : []
  if (isDebugPackage(name)) return problems
  if (known.length === 0) {
    const isKabiOnly = provides.some((one) => one.name === 'kabi-modules')
    return [...problems, { code: isKabiOnly ? 'only-kabi-modules' : 'provides-missing' }]
  }
  const versioned = known.flatMap(({ name, constraint }) => (constraint === undefined ? [] : [{ name, ...constraint }]))
  if (versioned.length === 0) return [...problems, { code: 'provides-unversioned' }]
  const kernels = versioned.filter((one) => one.name === 'kernel-modules')
  const isBounded = kernels.some(({ operator }) => operator === '<' || operator === '<=')
  return [
    ...problems,
    ...kernels
      .filter((one) => one.operator === '=' && !endsInArch(one.version))
      .map((one): Problem => ({ code: 'provides-without-arch', detail: one.version })),
    ...kernels
      .filter((one) => (one.operator === '>=' || one.operator === '>') && !isBounded)
      .map((one): Problem => ({ code: 'provides-unbounded', detail: `${one.operator} ${one.version}` })),
  ]
}

/** Releases of Red Hat's kernels end in the distribution and the architecture; others have forms of their own. */
function endsInArch(version: string): boolean {
  return (
    !/\.(?:el|fc)\d[\w.]*$/.test(version) ||
    /\.(?:x86_64|aarch64|ppc64le|ppc64|s390x|i[3-6]86|riscv64|armv7hl)$/.test(version)
  )
}

function isDebugPackage(name: string): boolean {
  return /-debug(?:info|source)(?:-|$)/.test(name)
}

/** dd-extract and driver_updates.py. */
function judgePayload(facts: RpmFacts, release: AnacondaRelease): Problem[] {
  const problems: Problem[] = []
  const kernels = new Set(facts.modules.map(({ path }) => releaseOf(path)))
  if (kernels.size > 1) problems.push({ code: 'two-kernels-in-rpm', detail: [...kernels].sort().join(', ') })
  const usrLib = facts.modules.find(({ path }) => path.startsWith('/usr/lib/modules/'))
  if (usrLib !== undefined) problems.push({ code: 'usr-lib-modules', detail: usrLib.path })
  const usrFirmware = facts.files.find(({ path, kind }) => kind === 'file' && path.startsWith('/usr/lib/firmware/'))
  if (usrFirmware !== undefined) problems.push({ code: 'usr-lib-firmware', detail: usrFirmware.path })
  const compressed = facts.modules.find(({ path }) => suffixOf(path) !== '')
  if (compressed !== undefined && !release.readsCompressedModules) {
    problems.push({ code: 'module-compressed', detail: compressed.path })
  }
  if (facts.payloadCompression === 'zstd' && !release.readsZstdPayload) problems.push({ code: 'payload-zstd' })
  if (isDebugPackage(facts.name) || facts.files.some(({ path }) => path.startsWith('/usr/lib/debug/'))) {
    problems.push({ code: 'debuginfo' })
  }
  const exact = (facts.relations.requires ?? []).find(
    ({ name, constraint }) => /^kernel(?:-core|-uname-r)?$/.test(name) && constraint?.operator === '=',
  )
  if (exact !== undefined) problems.push({ code: 'requires-exact-kernel', detail: exact.constraint?.version ?? '' })
  return problems
}

function sameNames(disk: Disk, paths: readonly string[]): Problem[] {
  const seen = new Set<string>()
  return paths.flatMap((path) => {
    const facts = disk.rpms.get(path)
    if (facts === undefined) return []
    if (seen.has(facts.name)) return [{ code: 'same-name-two-kernels', path, detail: facts.name } as const]
    seen.add(facts.name)
    return []
  })
}

function judgeOffer(disk: Disk, directories: ReadonlyMap<string, readonly string[]>, kernel: string): Problem[] {
  const facts = [...directories.values()].flat().flatMap((path) => disk.rpms.get(path) ?? [])
  if (facts.length === 0 || facts.some((one) => isOffered(one, kernel))) return []
  const built = facts.flatMap(({ modules }) => modules.map(({ info }) => vermagicRelease(info?.vermagic ?? '')))
  return [
    {
      code: 'not-for-release',
      detail: `no package is for kernel ${kernel}, but for ${[...new Set(built)].join(', ')}`,
    },
  ]
}

function judgeName({ fileName, container }: Disk): Problem[] {
  const isImage = container.kind === 'iso' || container.kind === 'rpm'
  return isImage && !/\.(?:iso|rpm)$/.test(fileName) ? [{ code: 'url-name', detail: fileName }] : []
}
