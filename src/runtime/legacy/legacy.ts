/**
 * The directives of the DKMS 2.0 man page that DKMS 3 ignores: MODULES_CONF, MODULES_CONF_ALIAS_TYPE,
 * MODULES_CONF_OBSOLETES, MODULES_CONF_OBSOLETE_ONLY and REMAKE_INITRD. They act only where the administrator says so,
 * with legacy_directives in framework.conf or --legacy-directives; otherwise the reader of dkms.conf warns of them.
 *
 * Changes below /etc are steps of the commit that installs or uninstalls, so that they happen with it or not at all. The
 * ramdisk is made anew once depmod has run.
 */
import type { DkmsConf } from '../../conf/model.ts'
import { type AbsolutePath, formatPackage, type Kernel, type PackageId, type Roots } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import type { Report } from '../../report.ts'
import type { Step } from '../../tree/journal.ts'
import { type InitrdOutcome, type InitrdRequest, rebuildInitrd, rebuildInitrdWithout } from './initrd.ts'
import { isLastInstance, planLegacy, planLegacyUndo } from './plan.ts'

/** Of a host on which the directives act. */
export interface LegacyHost {
  /** The directory whose modprobe.conf, modprobe.d, ... are changed: /etc. */
  readonly etcRoot: AbsolutePath
  /** Where ramdisks lie and PATH; undefined when none is made: --no-initrd, or an install tree that is not the system's. */
  readonly initrd: { readonly boot: AbsolutePath; readonly searchPath: string } | undefined
}

export interface LegacyContext {
  readonly roots: Roots
  readonly report: Report
  /** undefined: the directives do not act. */
  readonly legacy?: LegacyHost | undefined
}

type Directives = Pick<DkmsConf, 'modules' | 'legacy'>

/**
 * What an install changes below /etc. No steps where it is in effect already, as for the second kernel of a package.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL, JOURNAL_UNREADABLE
 */
export function settingSteps(
  { roots, report, legacy }: LegacyContext,
  id: PackageId,
  conf: Directives,
): readonly Step[] {
  if (legacy === undefined) return []
  const plan = planLegacy(roots, legacy.etcRoot, id, conf)
  for (const { path } of plan.changes) {
    report({ kind: 'note', message: `${formatPackage(id)} changes ${path}, as its dkms.conf asks for` })
  }
  return plan.steps()
}

/**
 * What the uninstall for `kernel` takes back below /etc: all that the package changed, with its last instance, since the
 * files are the same for all kernels; whether or not the directives still act.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL, JOURNAL_UNREADABLE
 */
export function settingUndoSteps({ roots, report }: LegacyContext, id: PackageId, kernel: Kernel): readonly Step[] {
  const plan = planLegacyUndo(roots, id.name)
  if (plan.recorded === 0 || !isLastInstance(roots, id.name, kernel)) return []
  for (const { path, edits } of plan.lost) {
    const lines = edits.map((edit) => JSON.stringify(edit.kind === 'added' ? edit.line : edit.after))
    report({
      kind: 'warning',
      message: `${path} was changed by somebody else; lines that ${formatPackage(id)} brought are not there any more`,
      hint: `check that nothing of them is left: ${lines.join(', ')}`,
    })
  }
  return plan.steps()
}

/**
 * After an install, with REMAKE_INITRD.
 *
 * @returns undefined when no ramdisk is to be made
 * @throws {FactoryError} INITRD_FAILED, and the ramdisk is what it was: the install is to be taken back (exit status 7);
 *   FILE_ACCESS, DISK_FULL
 */
export function remakeInitrd(
  context: LegacyContext,
  kernel: Kernel,
  conf: Directives,
): Promise<InitrdOutcome | undefined> {
  return remake(context, kernel, conf, rebuildInitrd)
}

/**
 * After an uninstall, with REMAKE_INITRD. A failure is a warning, since the modules are gone and the ramdisk is what it
 * was.
 */
export async function remakeInitrdWithout(
  context: LegacyContext,
  kernel: Kernel,
  conf: Directives,
): Promise<InitrdOutcome | undefined> {
  try {
    return await remake(context, kernel, conf, rebuildInitrdWithout)
  } catch (error) {
    if (!isFactoryError(error)) throw error
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    context.report({ kind: 'warning', code: error.code, message: error.message, ...hint })
    return undefined
  }
}

async function remake(
  { roots, report, legacy }: LegacyContext,
  kernel: Kernel,
  conf: Directives,
  rebuild: (request: InitrdRequest) => Promise<InitrdOutcome>,
): Promise<InitrdOutcome | undefined> {
  if (!conf.legacy.remakeInitrd || legacy?.initrd === undefined) return undefined
  const { boot, searchPath } = legacy.initrd
  return rebuild({ roots, places: { boot, etcRoot: legacy.etcRoot }, kernel, searchPath, report })
}
