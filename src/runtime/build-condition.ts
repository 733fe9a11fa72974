/** What `status` adds to a build: originals, missing modules, differences to what is installed. */
import { type AbsolutePath, below, type Roots } from '../domain.ts'
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
  /** All there is to say about the build, what the loader of the tree found included. */
  readonly anomalies: readonly Anomaly[]
}

export function inspectBuild(inspected: Inspected): Inspection {
  const { build, records } = inspected
  const standings = records.kind === 'known' ? standingsByConf(inspected) : standingsByFiles(inspected)
  const missing = standings.some(isNotBuilt) || (records.kind === 'unknown' && build.files.length === 0)
  return {
    condition: { originals: build.originals, missing, differs: build.installed && standings.some(isDifferent) },
    anomalies: [...ofTheBuild(inspected), ...standings.flatMap((standing) => findings(standing, inspected))],
  }
}

/** A package may have no module at all: its build is empty and complete. */
function ofTheBuild({ build, records }: Inspected): readonly Anomaly[] {
  const isMeantEmpty = records.kind === 'known' && records.records.length === 0
  return isMeantEmpty ? build.anomalies.filter(({ kind }) => kind !== 'empty-build') : build.anomalies
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

/** An empty file is no module: what is installed of it cannot be loaded. */
function isNotBuilt(standing: ModuleStanding): boolean {
  return standing.state === 'not-built' || standing.built.bytes === 0
}

function isDifferent({ state }: ModuleStanding): boolean {
  return state === 'differs' || state === 'empty' || state === 'not-installed'
}

function findings(standing: ModuleStanding, inspected: Inspected): readonly Anomaly[] {
  const { roots, entry, build } = inspected
  switch (standing.state) {
    case 'not-built':
      return build.files.length === 0 ? [] : [anomaly('incomplete-build', below(build.dir, 'module'))]
    case 'not-installed':
      return build.installed
        ? [anomaly('missing-installed-file', placeOf(standing.built.name, inspected, standing.module))]
        : []
    case 'empty':
      return build.installed ? [anomaly('empty-installed-file', standing.installed)] : []
    case 'same': {
      const unmarked = !build.installed && !hasMarker(roots, entry, build)
      return unmarked ? [anomaly('unmarked-install', standing.installed)] : []
    }
    case 'differs':
      return []
  }
}

/** Where the file ought to be. */
function placeOf(file: string, { roots, build, records, destination }: Inspected, module: string): AbsolutePath {
  const record = records.kind === 'known' ? records.records.find(({ destName }) => destName === module) : undefined
  return below(roots.installTree, build.kernel.release, destination(record?.destLocation ?? ''), file)
}

/** Another version of the package may be the installed one and hold the same bytes. */
function hasMarker(roots: Roots, { id }: TreePackage, { kernel }: Build): boolean {
  return lstatOrNone(treePaths(roots).marker(id.name, kernel)) !== undefined
}
