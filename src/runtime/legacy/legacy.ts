/**
 * The directives of the DKMS 2.0 man page that DKMS 3 ignores: MODULES_CONF, MODULES_CONF_ALIAS_TYPE,
 * MODULES_CONF_OBSOLETES, MODULES_CONF_OBSOLETE_ONLY and REMAKE_INITRD. They act only where the administrator says so,
 * with legacy_directives in framework.conf or --legacy-directives; otherwise the reader of dkms.conf warns of them.
 *
 * An install calls `applyLegacy` last, once its modules are in place and depmod has run. When that throws, the install is
 * taken back (exit status 7) as an uninstall does it, with `initrd: undefined` since the image is already what it was. An
 * uninstall calls `undoLegacy` last. Both expect the lock of the tree to be held, and are given what the package's
 * dkms.conf says for the kernel.
 */
import type { DkmsConf } from '../../conf/model.ts'
import { type AbsolutePath, formatPackage, type Kernel, type PackageId, type Roots } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import type { Report } from '../../report.ts'
import { commit } from '../../tree/journal.ts'
import { type InitrdOutcome, type InitrdRequest, rebuildInitrd, rebuildInitrdWithout } from './initrd.ts'
import { isLastInstance, planLegacy, planLegacyUndo } from './plan.ts'

export interface LegacyRequest {
  readonly roots: Roots
  /** The directory whose modprobe.conf, modprobe.d, ... are changed: /etc. */
  readonly etcRoot: AbsolutePath
  readonly package: PackageId
  readonly kernel: Kernel
  readonly conf: Pick<DkmsConf, 'modules' | 'legacy'>
  /** Where images lie; undefined when none is made: --no-initrd, or an install tree that is not the system's. */
  readonly initrd: { readonly boot: AbsolutePath; readonly searchPath: string } | undefined
  readonly report: Report
}

export interface LegacyResult {
  /** Files below `etcRoot` that were changed, made or deleted. */
  readonly changed: readonly AbsolutePath[]
  /** undefined when none was to be made. */
  readonly initrd: InitrdOutcome | undefined
}

/**
 * Nothing is changed that is in effect already, as with the second kernel of a package.
 *
 * @throws {FactoryError} INITRD_FAILED, and the image is what it was; FILE_ACCESS, DISK_FULL, JOURNAL_UNREADABLE
 */
export async function applyLegacy(request: LegacyRequest): Promise<LegacyResult> {
  const { roots, package: id, report } = request
  const plan = planLegacy(roots, request.etcRoot, id, request.conf)
  commit(roots, `settings of ${formatPackage(id)} below ${request.etcRoot}`, plan.steps())
  const changed = plan.changes.map(({ path }) => path)
  for (const path of changed) report({ kind: 'note', message: `changed ${path} as ${formatPackage(id)} asks for` })
  return { changed, initrd: await remake(request, rebuildInitrd) }
}

/**
 * The changes below `etcRoot` are taken back with the package's last instance: they are the same for all kernels. A
 * ramdisk that cannot be made anew is a warning, since the modules are gone and the image is what it was.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL, JOURNAL_UNREADABLE
 */
export async function undoLegacy(request: LegacyRequest): Promise<LegacyResult> {
  const last = isLastInstance(request.roots, request.package.name, request.kernel)
  const changed = last ? takeBack(request) : []
  return { changed, initrd: await remakeOrWarn(request) }
}

function takeBack({ roots, package: id, report }: LegacyRequest): readonly AbsolutePath[] {
  const plan = planLegacyUndo(roots, id.name)
  commit(roots, `settings of ${formatPackage(id)} taken back`, plan.steps())
  for (const { path, edits } of plan.lost) {
    const lines = edits.map((edit) => (edit.kind === 'added' ? edit.line : edit.after))
    report({
      kind: 'warning',
      message: `${path} was changed by somebody else; lines that ${formatPackage(id)} brought are not there any more`,
      hint: `check that nothing of them is left: ${lines.map((line) => JSON.stringify(line)).join(', ')}`,
    })
  }
  return plan.changes.map(({ path }) => path)
}

async function remake(
  request: LegacyRequest,
  rebuild: (request: InitrdRequest) => Promise<InitrdOutcome>,
): Promise<InitrdOutcome | undefined> {
  const { roots, etcRoot, kernel, conf, initrd, report } = request
  if (!conf.legacy.remakeInitrd || initrd === undefined) return undefined
  const { boot, searchPath } = initrd
  return rebuild({ roots, places: { boot, etcRoot }, kernel, searchPath, report })
}

async function remakeOrWarn(request: LegacyRequest): Promise<InitrdOutcome | undefined> {
  try {
    return await remake(request, rebuildInitrdWithout)
  } catch (error) {
    if (!isFactoryError(error, 'INITRD_FAILED')) throw error
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    request.report({ kind: 'warning', code: error.code, message: error.message, ...hint })
    return undefined
  }
}
