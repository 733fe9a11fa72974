/** weak-modules(8) of Red Hat's family and of SUSE: links to our modules in the trees of kernels with the same interface. */
import type { DkmsConf } from '../../conf/model.ts'
import type { AbsolutePath, Kernel } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { isFile } from '../../system/fs.ts'
import { run } from '../../system/run.ts'
import { type ActionContext, isSystemTree } from './host.ts'

/**
 * After an install, or before an uninstall. NO_WEAK_MODULES of dkms.conf or of the environment turns it off; it works on
 * the system's own install tree alone. A failure is a warning: the module itself is installed.
 */
export async function tellWeakModules(
  context: ActionContext,
  action: 'add' | 'remove',
  { noWeakModules }: Pick<DkmsConf, 'noWeakModules'>,
  kernel: Kernel,
  files: readonly AbsolutePath[],
): Promise<void> {
  const { host, environment, report } = context
  const tool = host.weakModules
  if (tool === undefined || files.length === 0 || noWeakModules || (environment['NO_WEAK_MODULES'] ?? '') !== '') return
  if (!isFile(tool.path) || !isSystemTree(context)) return
  const input = files.map((file) => `${file}\n`).join('')
  try {
    await run([tool.path, ...tool[action](kernel.release)], { input })
  } catch (error) {
    if (!isFactoryError(error)) throw error
    const message = `weak-modules failed, other kernels may not see the change: ${error.message}`
    report({ kind: 'warning', code: error.code, message })
  }
}
