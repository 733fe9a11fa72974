/** What the loader of RHEL 2.1 to 5 does with a disk: loader2/driverdisk.c, moduleinfo.c and modules.c of anaconda. */
import { posix } from 'node:path'
import { at, type Disk, isFileOn } from './disk.ts'
import type { LoaderRelease } from './releases.ts'
import type { Problem } from './rules.ts'

type Generations = Pick<LoaderRelease, 'readsSecondGeneration'>

/** @param release none: any of them */
export function looksLikeLoaderDisk(disk: Disk, release: Generations = { readsSecondGeneration: true }): boolean {
  return markerOf(disk, release) !== undefined
}

/** rhdd is looked at first. */
function markerOf(disk: Disk, { readsSecondGeneration }: Generations): 'rhdd' | 'rhdd-6.1' | undefined {
  if (readsSecondGeneration && isFileOn(disk, 'rhdd')) return 'rhdd'
  return isFileOn(disk, 'rhdd-6.1') ? 'rhdd-6.1' : undefined
}

export function judgeForLoader(disk: Disk, release: LoaderRelease): Problem[] {
  const marker = markerOf(disk, release)
  if (marker === undefined) return []
  const needed = ['modinfo', 'modules.dep', 'modules.cgz', release.table]
  return [
    ...(disk.texts.get(marker) === '' ? [{ code: 'marker-empty', path: marker } as const] : []),
    ...needed.filter((name) => !isFileOn(disk, name)).map((path): Problem => ({ code: 'loader-file-missing', path })),
    ...judgeModinfo(disk),
    ...judgeDependencies(disk),
    ...judgeArchive(disk, marker),
  ]
}

function judgeModinfo(disk: Disk): Problem[] {
  const text = disk.texts.get('modinfo')
  if (text === undefined) return []
  const [first, ...lines] = text.split('\n')
  if (first !== 'Version 0') return [{ code: 'modinfo-first-line', path: 'modinfo', detail: first ?? '' }]
  const described = new Set(lines.filter((line) => /^[^\s#]/.test(line)).map((line) => line.trim()))
  const names = new Set((disk.moduleArchives.get('modules.cgz') ?? []).map(({ path }) => moduleName(path)))
  return [...names]
    .filter((name) => !described.has(name))
    .map((detail) => ({ code: 'modinfo-module-missing', path: 'modinfo', detail }))
}

function judgeDependencies(disk: Disk): Problem[] {
  const text = disk.texts.get('modules.dep')
  const isCut = text !== undefined && text !== '' && !text.endsWith('\n')
  return isCut ? [{ code: 'modules-dep-final-newline', path: 'modules.dep' }] : []
}

function judgeArchive(disk: Disk, marker: 'rhdd' | 'rhdd-6.1'): Problem[] {
  const path = 'modules.cgz'
  if (!disk.moduleArchives.has(path)) return []
  const members = disk.moduleArchives.get(path)
  if (members === undefined || members.length === 0) return [{ code: 'module-archive-unreadable', path }]
  const depth = marker === 'rhdd' ? 3 : 2
  const wrong = members.find((member) => member.path.split('/').length !== depth)
  return wrong === undefined ? [] : [{ code: 'module-archive-layout', path: at(path, wrong.path) }]
}

/** `foo` of a path that ends in foo.ko or foo.o. */
export function moduleName(path: string): string {
  return posix.basename(path).replace(/\.k?o(?:\.(?:gz|xz|zst))?$/, '')
}
