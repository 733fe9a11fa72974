/**
 * `status`: what the tree holds, as DKMS 3.0.13 and newer tell it (dkms man page, and 3.2 as it runs).
 *
 * Reads; never writes, never takes the lock.
 */
import { formatPackage, type Roots } from '../domain.ts'
import type { Report } from '../report.ts'
import { type Destination, type InstallTree, readInstallTree } from '../tree/installed-files.ts'
import { loadTree } from '../tree/load.ts'
import type { Anomaly, Build, TreePackage } from '../tree/model.ts'
import { brokenMeanings, repairHint } from './broken.ts'
import { inspectBuild } from './build-condition.ts'
import { nameMatcher } from './glob.ts'
import type { RecordsOf } from './module-records.ts'
import type { KernelFilter, StatusEntry, StatusResult } from './status-entries.ts'
import { findWeakInstalls, readWeakUpdates } from './weak-status.ts'

export interface StatusRequest {
  readonly roots: Roots
  readonly report: Report
  /** Package name and version, each a name or a shell pattern; absent is all. */
  readonly name?: string
  readonly version?: string
  /** One listing after another for each; none is one listing of everything. */
  readonly kernels: readonly KernelFilter[]
  readonly recordsOf: RecordsOf
  readonly destination: Destination
}

/**
 * @throws {FactoryError} FILE_ACCESS when the tree itself cannot be read; anything below it that cannot be read, and
 *   each broken package, is told to `report` and the rest is listed all the same
 */
export async function status(request: StatusRequest): Promise<StatusResult> {
  const tree = loadTree(request.roots, nameMatcher(request.name))
  const isVersion = nameMatcher(request.version)
  const packages = tree.packages.filter(({ id }) => isVersion(id.version))
  const anomalies = packages.flatMap((entry) => entry.anomalies)
  if (request.version === undefined) anomalies.push(...tree.anomalies)
  reportUnreadable(anomalies, request.report)
  reportBroken(packages, request.report)
  const listing: Listing = { request, anomalies, installTree: readInstallTree(), complaints: new Set() }
  const weakUpdates = readWeakUpdates(request.roots, packages)
  const entries: StatusEntry[] = []
  for (const filter of request.kernels.length === 0 ? [{}] : request.kernels) {
    for (const entry of packages) entries.push(...(await listPackage(entry, filter, listing)))
    entries.push(...findWeakInstalls(weakUpdates, packages, filter, tree.packages))
  }
  return { entries, anomalies: [...new Set(anomalies)] }
}

interface Listing {
  readonly request: StatusRequest
  readonly anomalies: Anomaly[]
  readonly installTree: InstallTree
  /** Packages whose conf was complained about. */
  readonly complaints: Set<TreePackage>
}

async function listPackage(
  entry: TreePackage,
  filter: KernelFilter,
  listing: Listing,
): Promise<readonly StatusEntry[]> {
  const chosen = buildsFor(entry, filter)
  if (entry.source.kind === 'broken') {
    listing.anomalies.push(...chosen.flatMap(({ anomalies }) => anomalies))
    return [{ state: 'broken', package: entry.id, reason: entry.source.reason }]
  }
  const builds = chosen.filter(({ state }) => state === 'built')
  listing.anomalies.push(...chosen.filter(({ state }) => state !== 'built').flatMap(({ anomalies }) => anomalies))
  if (builds.length === 0) return [{ state: 'added', package: entry.id }]
  const lines: StatusEntry[] = []
  for (const build of builds) lines.push(await describeBuild(entry, build, listing))
  return lines
}

function buildsFor({ builds }: TreePackage, filter: KernelFilter): readonly Build[] {
  const isRelease = nameMatcher(filter.release)
  const isArch = nameMatcher(filter.arch)
  return builds.filter(({ kernel }) => isRelease(kernel.release) && isArch(kernel.arch))
}

async function describeBuild(entry: TreePackage, build: Build, listing: Listing): Promise<StatusEntry> {
  const { request } = listing
  const answer = request.recordsOf(entry, build.kernel)
  const records = answer instanceof Promise ? await answer : answer
  if (records.kind === 'unknown') complain(entry, records.reason, listing)
  const inspection = inspectBuild({ ...request, entry, build, records, installTree: listing.installTree })
  listing.anomalies.push(...inspection.anomalies)
  const state = build.installed ? 'installed' : 'built'
  return { state, package: entry.id, kernel: build.kernel, ...inspection.condition }
}

function complain(entry: TreePackage, reason: string, listing: Listing): void {
  if (listing.complaints.has(entry)) return
  listing.complaints.add(entry)
  listing.request.report({
    kind: 'warning',
    message: `${formatPackage(entry.id)}: its modules are not known and were not all compared: ${reason}`,
    code: 'CONF_INVALID',
  })
}

function reportUnreadable(anomalies: readonly Anomaly[], report: Report): void {
  for (const { kind, message, path } of anomalies) {
    if (kind === 'unreadable') report({ kind: 'warning', message, code: 'FILE_ACCESS', where: path })
  }
}

function reportBroken(packages: readonly TreePackage[], report: Report): void {
  for (const { id, source, dir } of packages) {
    if (source.kind !== 'broken' || source.reason === 'unreadable') continue
    const message = `${formatPackage(id)}: ${brokenMeanings[source.reason]}`
    report({ kind: 'warning', message, hint: repairHint(id, dir), code: 'PACKAGE_BROKEN', where: dir })
  }
}
