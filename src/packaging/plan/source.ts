/** What of a source directory goes into a package. */
import type { DkmsConf } from '../../conf/model.ts'
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { alwaysLeftOut, leavesOut } from './leave-out.ts'
import type { PlannedEntry, PlannedSource } from './model.ts'
import { type Problem, unpackable, type Walked, type WalkedEntry, walkDirectory, walkFile } from './walk.ts'

export interface SourceRequest {
  readonly kind: PlannedSource['kind']
  readonly directory: AbsolutePath
  readonly conf: DkmsConf
  /** Patterns of packaging.yaml. */
  readonly exclude: readonly string[]
}

/**
 * @throws {FactoryError} SOURCE_UNPACKABLE with every link that leaves and every file that is none, or with what
 *   dkms.conf names and the patterns leave out; FILE_ACCESS
 */
export function walkSource({ kind, directory, conf, exclude }: SourceRequest): Walked {
  if (kind === 'conf-only') return { entries: [walkFile('dkms.conf', below(directory, 'dkms.conf'))], leftOut: [] }
  const problems: Problem[] = []
  const walked = walkDirectory(directory, problems, leavesOut([...alwaysLeftOut, ...exclude]))
  if (problems.length > 0) throw unpackable(problems)
  assertNothingNeededIsLeftOut(walked.leftOut, conf, directory)
  return walked
}

function assertNothingNeededIsLeftOut(leftOut: readonly string[], conf: DkmsConf, directory: AbsolutePath): void {
  const missing = neededFiles(conf).filter((path) =>
    leftOut.some((one) => (one.endsWith('/') ? path.startsWith(one) : path === one)),
  )
  const [first, ...others] = missing
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  throw new FactoryError('SOURCE_UNPACKABLE', `${below(directory, first)} is left out, and dkms.conf needs it${more}`, {
    hint: 'rename the file, or correct exclude in packaging.yaml; version control data, editor backups and packages are never packed',
    details: others.map((path) => `${below(directory, path)} is left out, too`),
  })
}

/** What dkms.conf names by its path in the source. */
function neededFiles({ patches, scripts }: DkmsConf): string[] {
  const programs = Object.values(scripts).map((line) => line.trim().split(/\s+/, 1)[0] ?? '')
  const paths = ['dkms.conf', ...patches.map(({ file }) => `patches/${file}`), ...programs]
  return [...new Set(paths.map((path) => path.replace(/^(?:\.\/)+/, '')))]
}

/** Seconds since the epoch of the newest file; 0 when there is none. */
export function newestTime(entries: readonly WalkedEntry[]): number {
  return entries.reduce((newest, entry) => (entry.kind === 'file' ? Math.max(newest, entry.mtime) : newest), 0)
}

/** Modes and times as they are packed. */
export function plannedEntry(entry: WalkedEntry, clampTime: number): PlannedEntry {
  switch (entry.kind) {
    case 'directory':
      return { kind: 'directory', path: entry.path, mode: 0o755, mtime: clampTime }
    case 'symlink':
      return { kind: 'symlink', path: entry.path, target: entry.target, mtime: clampTime }
    case 'file': {
      const { path, executable, content } = entry
      const mode = executable ? 0o755 : 0o644
      return { kind: 'file', path, mode, mtime: Math.min(entry.mtime, clampTime), content }
    }
  }
}
