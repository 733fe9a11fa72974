/** Every half state of a tree and its install tree, the same that `status --json` tells. Reads only. */
import { readInstallTree } from '../../tree/installed-files.ts'
import { loadTree } from '../../tree/load.ts'
import type { TreePackage } from '../../tree/model.ts'
import { brokenMeanings } from '../broken.ts'
import { inspectBuild } from '../build-condition.ts'
import type { Finding, RepairRequest } from './model.ts'

/** @throws {FactoryError} FILE_ACCESS when the tree itself cannot be read */
export async function diagnose(
  request: Pick<RepairRequest, 'roots' | 'host' | 'recordsOf'>,
): Promise<readonly Finding[]> {
  const tree = loadTree(request.roots)
  const installTree = readInstallTree()
  const findings: Finding[] = [...tree.anomalies]
  for (const entry of tree.packages) {
    findings.push(...broken(entry), ...entry.anomalies.map((one) => ({ ...one, entry })))
    for (const build of entry.builds) {
      const found =
        entry.source.kind === 'broken' || build.state !== 'built'
          ? build.anomalies
          : inspectBuild({
              ...request,
              entry,
              build,
              records: await request.recordsOf(entry, build.kernel),
              destination: request.host.destination,
              installTree,
            }).anomalies
      findings.push(...found.map((one) => ({ ...one, entry, build })))
    }
  }
  return findings
}

function broken(entry: TreePackage): readonly Finding[] {
  const { source, dir } = entry
  // A directory that may not be read is a finding of its own.
  if (source.kind !== 'broken' || source.reason === 'unreadable') return []
  return [{ kind: 'broken', path: dir, message: brokenMeanings[source.reason], entry }]
}
