/** What a plan says about its package, for each family. */
import type { DkmsConf } from '../../conf/model.ts'
import { deriveMetadata } from '../metadata/derive.ts'
import { factsOfModule, factsOfSources, type ModuleFacts } from '../metadata/facts.ts'
import type { PackageFamily, PackageMetadata, PackagingFile, StatedMetadata } from '../metadata/model.ts'
import { needsModuleFacts, resolveMetadata } from '../metadata/resolve.ts'
import type { PlannedBuild } from './model.ts'
import type { Walked } from './walk.ts'

export interface PlanMetadataRequest {
  readonly conf: DkmsConf
  readonly options: StatedMetadata
  readonly file: PackagingFile | undefined
  readonly walked: Walked
  readonly builds: readonly PlannedBuild[]
  /** Seconds since the epoch. */
  readonly time: number
}

/** @throws {FactoryError} FILE_ACCESS */
export function planMetadata(request: PlanMetadataRequest): Readonly<Record<PackageFamily, PackageMetadata>> {
  const { conf, options, file, time } = request
  const facts = needsModuleFacts({ options, file }) ? moduleFacts(request) : []
  const modules = conf.modules.map(({ builtName }) => builtName)
  const layers = { options, file, derived: deriveMetadata(conf.package, modules, facts) }
  const subject = { package: conf.package, time }
  return {
    rpm: resolveMetadata('rpm', subject, layers),
    deb: resolveMetadata('deb', subject, layers),
    kmp: resolveMetadata('kmp', subject, layers),
    driverdisk: resolveMetadata('driverdisk', subject, layers),
  }
}

/** The sources where they are packed and say something, else the modules of the first build. */
function moduleFacts({ walked, builds }: PlanMetadataRequest): readonly ModuleFacts[] {
  const files = walked.entries.flatMap((entry) =>
    entry.kind === 'file' ? [{ path: entry.path, ...entry.content }] : [],
  )
  const told = factsOfSources(files)
  return told.length > 0 ? told : (builds[0]?.modules ?? []).map(({ name, info }) => factsOfModule(name, info))
}
