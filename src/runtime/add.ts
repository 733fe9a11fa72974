/**
 * `add`: makes a package source known to the tree (dkms man page, "add"). Archives are the importer's business. The
 * caller holds the lock of the tree.
 */
import { placeOf } from '../conf/diagnostic-text.ts'
import type { ConfRequest } from '../conf/load.ts'
import type { Diagnostic, DkmsConf } from '../conf/model.ts'
import { type AbsolutePath, below, formatPackage, type Kernel, type PackageId, type Roots } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { Report } from '../report.ts'
import { isDirectory, isFile } from '../system/fs.ts'
import { commitPackage } from '../tree/change.ts'
import { stageSource } from '../tree/copy-source.ts'
import { treePaths } from '../tree/layout.ts'
import { loadPackage } from '../tree/load.ts'
import type { TreePackage } from '../tree/model.ts'
import { assertSafePackage } from '../tree/names.ts'
import { confDirectory, isOwnSource } from './add-path.ts'
import { announceUpgrade } from './rpm-safe-upgrade.ts'
import { runScript, type ScriptOutcome } from './scripts.ts'

export interface AddRequest {
  readonly roots: Roots
  readonly what: AddTarget
  /** The kernel the conf is evaluated for; DKMS takes the first one given, else the running one. */
  readonly kernel: Kernel
  /** With a path: replace a source of the same name, also that of a package that is added already. */
  readonly force?: boolean
  /** A conf to use in place of the source's own. */
  readonly confFile?: AbsolutePath
  readonly directives?: readonly string[]
  /** Tell the `remove` of an upgrade by RPM that this package was added: see rpm-safe-upgrade.ts. */
  readonly rpmSafeUpgrade?: boolean
  readonly report: Report
  readonly dryRun?: boolean
  readonly loadConf: LoadConf
}

export type AddTarget =
  | { readonly kind: 'package'; readonly id: PackageId }
  /** A source directory, or the dkms.conf in one. */
  | { readonly kind: 'path'; readonly path: AbsolutePath }

export type LoadConf = (
  request: ConfRequest,
) => Promise<{ readonly conf: DkmsConf; readonly diagnostics: readonly Diagnostic[] }>

export interface AddResult {
  readonly package: PackageId
  /** SRC/M-V */
  readonly source: AbsolutePath
  /** TREE/M/V/source, which now leads there. */
  readonly link: AbsolutePath
  /** Where the source was copied from, when it was. */
  readonly copiedFrom?: AbsolutePath
  /** A source of the same name gave way to the copy. */
  readonly replacedSource: boolean
  /** `relinked`: a broken package, or one without a source, was repaired; `kept`: only its source is new. */
  readonly outcome: 'added' | 'relinked' | 'kept'
  readonly postAdd: ScriptOutcome
}

/**
 * Nothing is written before everything is checked.
 *
 * @throws {FactoryError} CONF_NOT_FOUND, CONF_UNREADABLE, CONF_INVALID, CONF_UNNAMED, NAME_UNSAFE, ALREADY_ADDED,
 *   SOURCE_MISSING, FILE_ACCESS, DISK_FULL; SCRIPT_FAILED from POST_ADD, after the package has been added
 */
export async function add(request: AddRequest): Promise<AddResult> {
  const { roots, report, dryRun } = request
  const { plan, conf } = await planAdd(request)
  report({ kind: 'note', message: `${formatPackage(plan.package)}: ${plan.link} -> ${plan.source}` })
  if (dryRun === true) return { ...plan, postAdd: { kind: 'none' } }
  carryOut(roots, plan)
  const postAdd = await runScript({
    roots,
    package: plan.package,
    name: 'post_add',
    line: conf.scripts.post_add,
    directory: plan.link,
    report,
  })
  return { ...plan, postAdd }
}

type Plan = Omit<AddResult, 'postAdd'>

async function planAdd(request: AddRequest): Promise<{ readonly plan: Plan; readonly conf: DkmsConf }> {
  const { roots, what } = request
  const from = what.kind === 'path' ? confDirectory(what.path) : undefined
  const id = what.kind === 'package' ? what.id : await nameOf(request, below(confDirectory(what.path), 'dkms.conf'))
  assertSafePackage(id)
  // Announced even when the package turns out to be added already: that is the case an upgrade must survive.
  if (request.rpmSafeUpgrade === true && request.dryRun !== true) await announceUpgrade(roots, id)
  const paths = treePaths(roots)
  const source = paths.sourceDir(id)
  const copies = from !== undefined && !isOwnSource(roots, id, from)
  const outcome = outcomeFor(loadPackage(roots, id), request, copies)
  const home = copies ? from : source
  if (!isDirectory(home)) throw sourceMissing(id, home)
  const conf = await checkedConf(request, id, home)
  const copy = copies ? { copiedFrom: from } : {}
  const replacedSource = copies && isDirectory(source)
  return { plan: { package: id, source, link: paths.sourceLink(id), outcome, replacedSource, ...copy }, conf }
}

function carryOut(roots: Roots, { package: id, copiedFrom, outcome }: Plan): void {
  const source = copiedFrom === undefined ? {} : { source: stageSource(roots, id, copiedFrom) }
  commitPackage(roots, id, { ...source, ...(outcome === 'kept' ? {} : { tie: 'link' }) })
}

/** Before the package is known its own files below /etc/dkms cannot be, as in DKMS. */
async function nameOf(request: AddRequest, confFile: AbsolutePath): Promise<PackageId> {
  const { conf } = await request.loadConf({ ...confRequest(request, confFile), strictness: 'lenient' })
  return conf.package
}

async function checkedConf(request: AddRequest, id: PackageId, source: AbsolutePath): Promise<DkmsConf> {
  const confFile = request.confFile ?? below(source, 'dkms.conf')
  if (!isFile(confFile)) throw noConf(confFile)
  const { conf, diagnostics } = await request.loadConf({ ...confRequest(request, confFile), package: id })
  for (const found of diagnostics) {
    const { severity, code, message, remedy } = found
    if (severity === 'warning') {
      const hint = remedy === undefined ? {} : { hint: remedy }
      request.report({ kind: 'warning', code, message, ...hint, where: placeOf(found) })
    }
  }
  for (const feature of conf.deprecated) request.report({ kind: 'deprecated', feature, where: confFile })
  return conf
}

function confRequest({ roots, kernel, directives }: AddRequest, confFile: AbsolutePath): ConfRequest {
  const given = directives === undefined ? {} : { directives }
  return { confFile, kernel, roots, strictness: 'strict', trust: 'trusted', ...given }
}

/** A package without a source of its own may be given one; a broken one is repaired. */
function outcomeFor(entry: TreePackage | undefined, request: AddRequest, copies: boolean): AddResult['outcome'] {
  if (entry === undefined) return 'added'
  if (entry.source.kind === 'broken' || (entry.source.kind === 'binaries-only' && copies)) return 'relinked'
  if (entry.source.kind === 'linked' && copies && request.force === true) return 'kept'
  throw new FactoryError(
    'ALREADY_ADDED',
    `${formatPackage(entry.id)} is already in the tree ${request.roots.dkmsTree}`,
    {
      hint: `remove it first, or give it another version${copies ? '; --force replaces its source' : ''}`,
    },
  )
}

function sourceMissing(id: PackageId, dir: AbsolutePath): FactoryError {
  return new FactoryError('SOURCE_MISSING', `the source directory of ${formatPackage(id)} does not exist: ${dir}`, {
    hint: 'put the source there, or add it from where it is: dkms add DIRECTORY',
  })
}

function noConf(confFile: AbsolutePath): FactoryError {
  return new FactoryError('CONF_UNREADABLE', `there is no ${confFile}`, {
    hint: 'a package source needs a dkms.conf; -c names one elsewhere',
  })
}
