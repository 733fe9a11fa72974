/** Which packages an autoinstall has to do something about. Reads the tree and each conf; changes nothing. */
import { statSync } from 'node:fs'
import { loadConf, loadConfPlain } from '../../conf/load.ts'
import type { DkmsConf } from '../../conf/model.ts'
import { below, formatKernel, type Kernel, sameKernel, samePackage } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { builtFileOf, type InstallTree, possiblePlaces, readInstallTree } from '../../tree/installed-files.ts'
import { loadTree } from '../../tree/load.ts'
import type { Build, TreePackage } from '../../tree/model.ts'
import { compareDkms } from '../../version/dkms.ts'
import { assertNotBroken } from '../broken.ts'
import { findWeakInstalls, readWeakUpdates, type WeakInstall } from '../weak-status.ts'
import type { ManyRequest, PackageOutcome } from './model.ts'
import { confRequestFor } from './package-conf.ts'
import type { Waiting } from './rounds.ts'

/** A package that is to be installed. */
export interface Candidate extends Waiting {
  readonly entry: TreePackage
  readonly conf: DkmsConf
  /** There is a finished build: nothing has to be compiled. */
  readonly isBuilt: boolean
}

export interface Survey {
  /** Packages nothing is to be done about. */
  readonly settled: readonly PackageOutcome[]
  readonly candidates: readonly Candidate[]
  /** Names of packages that are installed for the kernel and are no candidates. */
  readonly installed: ReadonlySet<string>
  /** Names of all packages of the tree. */
  readonly known: ReadonlySet<string>
}

/**
 * Of each package the highest version that is not broken counts, in the order of DKMS itself.
 *
 * @throws {FactoryError} FILE_ACCESS when the tree cannot be read
 */
export async function survey(request: ManyRequest, kernel: Kernel): Promise<Survey> {
  const { packages } = loadTree(request.roots)
  const weak = weakInstalls(request, packages, kernel)
  const installTree = readInstallTree()
  const settled: PackageOutcome[] = packages.flatMap(brokenOutcome)
  const candidates: Candidate[] = []
  for (const entry of newestOfEach(packages, kernel)) {
    const answer = await judge({ request, kernel, weak, installTree }, entry)
    if ('state' in answer) settled.push(answer)
    else candidates.push(answer)
  }
  const waiting = new Set(candidates.map(({ id }) => id.name))
  const names = packages.filter((entry) => isInstalled(entry, kernel)).map(({ id }) => id.name)
  const linked = weak.map((entry) => entry.package.name)
  const installed = new Set([...names, ...linked].filter((name) => !waiting.has(name)))
  return { settled, candidates, installed, known: new Set(packages.map(({ id }) => id.name)) }
}

function weakInstalls(
  { roots }: ManyRequest,
  packages: readonly TreePackage[],
  kernel: Kernel,
): readonly WeakInstall[] {
  return findWeakInstalls(readWeakUpdates(roots, packages), packages, kernel, packages)
}

function brokenOutcome(entry: TreePackage): readonly PackageOutcome[] {
  try {
    assertNotBroken(entry)
    return []
  } catch (error) {
    if (!isFactoryError(error)) throw error
    return [{ package: entry.id, state: 'broken', error }]
  }
}

/** A broken version that is installed stands for its package: an older one is not put over it. */
function newestOfEach(packages: readonly TreePackage[], kernel: Kernel): readonly TreePackage[] {
  const newest = new Map<string, TreePackage>()
  for (const entry of packages) {
    if (entry.source.kind === 'broken' && !isInstalled(entry, kernel)) continue
    const other = newest.get(entry.id.name)
    if (other === undefined || compareDkms(entry.id.version, other.id.version) > 0) newest.set(entry.id.name, entry)
  }
  return [...newest.values()].filter(({ source }) => source.kind !== 'broken')
}

function buildFor(entry: TreePackage, kernel: Kernel): Build | undefined {
  return entry.builds.find((build) => build.state === 'built' && sameKernel(build.kernel, kernel))
}

function isInstalled(entry: TreePackage, kernel: Kernel): boolean {
  return buildFor(entry, kernel)?.installed ?? false
}

interface Situation {
  readonly request: ManyRequest
  readonly kernel: Kernel
  readonly weak: readonly WeakInstall[]
  readonly installTree: InstallTree
}

async function judge(situation: Situation, entry: TreePackage): Promise<Candidate | PackageOutcome> {
  const { kernel, weak } = situation
  const { id } = entry
  // Another version that is linked is no reason to leave this one, as one that is installed is none.
  const link = weak.find((entry) => samePackage(entry.package, id))
  if (link !== undefined) return { package: id, state: 'already-installed', weakFrom: link.from }
  const build = buildFor(entry, kernel)
  const request = confRequestFor(situation.request, entry, kernel)
  try {
    const plain = loadConfPlain(request)
    if (build?.installed && (plain === undefined || isWhole(situation, build, plain))) {
      return { package: id, state: 'already-installed' }
    }
    const conf = plain ?? (await loadConf(request)).conf
    return candidate(entry, conf, kernel, build !== undefined)
  } catch (error) {
    if (!isFactoryError(error)) throw error
    return build?.installed ? { package: id, state: 'already-installed' } : { package: id, state: 'failed', error }
  }
}

function candidate(entry: TreePackage, conf: DkmsConf, kernel: Kernel, isBuilt: boolean): Candidate | PackageOutcome {
  const { id, source } = entry
  if (!conf.autoinstall) return { package: id, state: 'not-autoinstalled', reason: 'its dkms.conf has no AUTOINSTALL' }
  if (source.kind === 'binaries-only' && !isBuilt) {
    const reason = `it was loaded without its source, and not for kernel ${formatKernel(kernel)}`
    return { package: id, state: 'not-autoinstalled', reason }
  }
  return { id, entry, conf, isBuilt, depends: dependsOf(conf) }
}

/** Autoinstall has always taken several names in one element. */
export function dependsOf({ buildDepends }: DkmsConf): readonly string[] {
  return [...new Set(buildDepends.flatMap((words) => words.split(/\s+/)).filter((name) => name !== ''))]
}

/**
 * A module that is gone from the install tree, or is empty there, makes an install of what the marker says is installed.
 * Sizes are enough to tell that: the bytes of every module are not compared at every start of the machine.
 */
function isWhole({ request, kernel, installTree }: Situation, build: Build, conf: DkmsConf): boolean {
  const kernelTree = below(request.roots.installTree, kernel.release)
  return conf.modules.every((record) => {
    if (builtFileOf(build, record.destName) === undefined) return true
    return possiblePlaces(kernelTree, record, request.host.destination).some((place) => {
      const file = installTree.find(place, record.destName)
      return file !== undefined && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0
    })
  })
}
