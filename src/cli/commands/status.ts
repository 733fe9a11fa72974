import { loadConf, loadConfPlain } from '../../conf/load.ts'
import { recordsFromConf } from '../../runtime/module-records.ts'
import { status } from '../../runtime/status.ts'
import { type KernelFilter, renderStatus, type StatusEntry } from '../../runtime/status-entries.ts'
import type { CommandResult } from '../command.ts'
import { moduleDestination } from '../destination.ts'
import type { CommandLine } from '../grammar.ts'
import { filteringKernels } from '../kernels.ts'
import type { Session } from '../session.ts'
import { readTarget } from '../target.ts'

export async function runStatus(session: Session, line: CommandLine): Promise<CommandResult> {
  const { roots, report } = session
  const { name, version } = readTarget(line, report)
  const result = await status({
    roots,
    report,
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    kernels: filters(line),
    recordsOf: recordsFromConf(roots, { plain: loadConfPlain, full: loadConf }),
    destination: moduleDestination(session),
  })
  const lines = renderStatus(result.entries)
  return {
    json: { packages: result.entries.map(entryDocument), findings: result.anomalies },
    text: lines.map((text) => `${text}\n`).join(''),
  }
}

/** -k and -a as the listings dkms makes of them: one for each kernel; architectures alone filter one listing each. */
function filters(line: CommandLine): KernelFilter[] {
  const { releases, arches } = filteringKernels(line.options)
  if (releases.length === 0) return arches.map((arch) => ({ arch }))
  return releases.map((release, index) => {
    const arch = arches.length === 1 ? arches[0] : arches[index]
    return { release, ...(arch === undefined ? {} : { arch }) }
  })
}

function entryDocument(entry: StatusEntry): Record<string, unknown> {
  const { package: id, ...rest } = entry
  return { module: id.name, version: id.version, ...rest }
}
