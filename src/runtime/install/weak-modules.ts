/** weak-modules(8) of Red Hat's family and of SUSE: links to our modules in the trees of kernels with the same interface. */
import { relative } from 'node:path'
import type { DkmsConf } from '../../conf/model.ts'
import { type AbsolutePath, below, type Kernel } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { isFile } from '../../system/fs.ts'
import { run } from '../../system/run.ts'
import { type ActionContext, isSystemTree } from './host.ts'

/**
 * After an install, and after an uninstall: a link whose module is still there is kept (`remove_weak_links` of
 * weak-modules), so that DKMS, which calls it before it deletes, leaves links to nothing. NO_WEAK_MODULES of dkms.conf or
 * of the environment turns it off; it works on the system's own install tree alone. A failure is a warning: the module
 * itself is installed, or gone.
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
  const input = files.map((file) => `${inSystemTree(context, file)}\n`).join('')
  try {
    await run([tool.path, ...tool[action](kernel.release)], { input, env: tool.environment })
  } catch (error) {
    if (!isFactoryError(error)) throw error
    const message = `weak-modules failed, other kernels may not see the change: ${error.message}`
    report({ kind: 'warning', code: error.code, message })
  }
}

/** By any other name of /lib/modules it would not know a module for that of the kernel itself, and link it there. */
function inSystemTree({ roots, host }: ActionContext, file: AbsolutePath): AbsolutePath {
  return below(host.systemInstallTree, relative(roots.installTree, file))
}
