/** What `status` adds to a build: originals, missing modules, differences to what is installed. */
import { below, type Roots } from '../domain.ts'
import { lstatOrNone } from '../system/fs.ts'
import { anomaly } from '../tree/anomaly.ts'
import { type Destination, type InstallTree, type ModuleStanding, standingOf } from '../tree/installed-files.ts'
import { treePaths } from '../tree/layout.ts'
import type { Anomaly, Build, TreePackage } from '../tree/model.ts'
import type { ModuleRecords } from './module-records.ts'
import type { BuildCondition } from './status-entries.ts'

interface Inspected {
  readonly roots: Roots
  readonly entry: TreePackage
  readonly build: Build
  readonly records: ModuleRecords
  readonly destination: Destination
  readonly installTree: InstallTree
}

export interface Inspection {
  readonly condition: BuildCondition
  readonly anomalies: readonly Anomaly[]
}

export function inspectBuild(inspected: Inspected): Inspection {
  const { build, records } = inspected
  const standings = records.kind === 'known' ? standingsByConf(inspected) : standingsByFiles(inspected)
  const missing =
    standings.some(({ state }) => state === 'not-built') || (records.kind === 'unknown' && build.files.length === 0)
  return {
    condition: { originals: build.originals, missing, differs: build.installed && standings.some(isDifferent) },
    anomalies: standings.flatMap((standing) => findings(standing, inspected)),
  }
}

function standingsByConf(inspected: Inspected): readonly ModuleStanding[] {
  const { records } = inspected
  return records.kind === 'known' ? records.records.map((record) => standing(inspected, record)) : []
}

/** Without a conf, what the tree holds is compared with what lies where the distribution puts modules. */
function standingsByFiles(inspected: Inspected): readonly ModuleStanding[] {
  return inspected.build.files
    .map(({ module }) => standing(inspected, { destName: module, destLocation: '' }))
    .filter(({ state }) => state !== 'not-installed')
}

function standing(inspected: Inspected, wanted: { destName: string; destLocation: string }): ModuleStanding {
  const { roots, build, destination, installTree } = inspected
  return standingOf(build, wanted, below(roots.installTree, build.kernel.release), destination, installTree)
}

function isDifferent({ state }: ModuleStanding): boolean {
  return state === 'differs' || state === 'empty' || state === 'not-installed'
}

function findings(standing: ModuleStanding, { roots, entry, build }: Inspected): readonly Anomaly[] {
  if (standing.state === 'empty' && build.installed) return [anomaly('empty-installed-file', standing.installed)]
  const unmarked = standing.state === 'same' && !build.installed && !hasMarker(roots, entry, build)
  return unmarked ? [anomaly('unmarked-install', standing.installed)] : []
}

/** Another version of the package may be the installed one and hold the same bytes. */
function hasMarker(roots: Roots, { id }: TreePackage, { kernel }: Build): boolean {
  return lstatOrNone(treePaths(roots).marker(id.name, kernel)) !== undefined
}
