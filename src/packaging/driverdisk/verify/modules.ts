/** What kernels say to the modules of a disk, whichever installer loads them. */
import { type ModuleInfo, vermagicRelease } from '../../../kernel/modinfo.ts'
import { releaseOf } from '../layout/dud.ts'
import { at, type Disk } from './disk.ts'
import type { Problem } from './rules.ts'

export interface PlacedModule {
  /** On the disk; within a package, the package's path and the module's. */
  readonly path: string
  /** The kernel that its place names, where it names one. */
  readonly release: string | undefined
  readonly info: ModuleInfo | undefined
}

export function placedModules(disk: Disk): PlacedModule[] {
  const packages = [...disk.rpms, ...disk.debs].flatMap(([path, facts]) =>
    (facts?.modules ?? []).map((module) => ({
      path: `${path}:${module.path}`,
      release: releaseOf(module.path) || undefined,
      info: module.info,
    })),
  )
  const archived = [...disk.moduleArchives].flatMap(([path, members]) =>
    (members ?? []).map((member) => ({
      path: at(path, member.path),
      release: member.path.split('/', 1)[0],
      info: member.info,
    })),
  )
  // Those of an image that is a package are the package's.
  const own = disk.container.kind === 'rpm' ? [] : [...disk.modules]
  const bare = own.map(([path, info]) => ({ path, release: releaseOf(`/${path}`) || undefined, info }))
  return [...packages, ...archived, ...bare]
}

/** Exported symbols of a kernel and their checksums, by its release: from Module.symvers. */
export type KernelSymbols = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Modules of kernels before 2.6 have no vermagic and are not signed. */
export function judgeModules(disk: Disk, symbols: KernelSymbols): Problem[] {
  return placedModules(disk).flatMap(({ path, release, info }) => {
    if (info === undefined) return [{ code: 'module-unreadable', path } as const]
    const built = info.vermagic === undefined ? undefined : vermagicRelease(info.vermagic)
    return [
      ...(built !== undefined && release !== undefined && built !== release
        ? [{ code: 'vermagic-mismatch', path, detail: `built for ${built}` } as const]
        : []),
      ...(info.signature === undefined && built !== undefined ? [{ code: 'module-unsigned', path } as const] : []),
      ...judgeSymbols(path, info, symbols.get(built ?? '')),
    ]
  })
}

function judgeSymbols(path: string, info: ModuleInfo, known: ReadonlyMap<string, number> | undefined): Problem[] {
  const wrong = info.symbolVersions.find(({ name, crc }) => known?.get(name) !== undefined && known.get(name) !== crc)
  return wrong === undefined ? [] : [{ code: 'modversions-mismatch', path, detail: wrong.name }]
}
