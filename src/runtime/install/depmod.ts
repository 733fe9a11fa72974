/** depmod(8): what modprobe knows about the modules of a kernel. */
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { type AbsolutePath, below, type Kernel } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { isFile, lstatOrNone, temporaryDirectory } from '../../system/fs.ts'
import { run } from '../../system/run.ts'
import { type ActionContext, isSystemTree } from './host.ts'

/** What kernel packages bring; without them the kernel itself is gone and only what depmod wrote is left. */
const ofTheKernel = ['kernel', 'modules.builtin', 'modules.order', 'vmlinuz'] as const

/**
 * Not run for a kernel without modules.dep, as in DKMS 3.1 and newer: its package will do so when it is unpacked, or has
 * been removed.
 *
 * @throws {FactoryError} DEPMOD_FAILED, TOOL_MISSING
 */
export async function runDepmod(
  context: Pick<ActionContext, 'roots' | 'host' | 'report'>,
  kernel: Kernel,
): Promise<void> {
  const { roots, report } = context
  const kernelTree = below(roots.installTree, kernel.release)
  if (!isFile(below(kernelTree, 'modules.dep'))) {
    report({ kind: 'note', message: `depmod is not run: ${kernelTree} has no modules.dep` })
    return
  }
  try {
    if (isSystemTree(context)) await run(['depmod', '-a', kernel.release], { purpose })
    else await runElsewhere(roots.installTree, roots.tmp, kernel.release)
  } catch (error) {
    if (!isFactoryError(error, 'COMMAND_FAILED')) throw error
    throw new FactoryError('DEPMOD_FAILED', `depmod failed for kernel ${kernel.release}`, {
      details: error.details,
      cause: error,
    })
  }
  removeRemains(kernelTree)
}

const purpose = 'tell modprobe about the modules of a kernel'

/** depmod takes the root of a system, so an install tree of another name is shown to it as one. */
async function runElsewhere(installTree: AbsolutePath, tmp: AbsolutePath, release: string): Promise<void> {
  using base = temporaryDirectory(tmp, 'dkms-depmod-')
  // kmod may be made for either of the two.
  mkdirSync(below(base.path, 'usr/lib'), { recursive: true })
  symlinkSync('usr/lib', below(base.path, 'lib'))
  symlinkSync(installTree, below(base.path, 'usr/lib/modules'))
  await run(['depmod', '-b', base.path, '-a', release], { purpose })
}

/** After the last module of a kernel whose package is gone: what depmod wrote would keep its directory alive. */
function removeRemains(kernelTree: AbsolutePath): void {
  if (ofTheKernel.some((name) => lstatOrNone(below(kernelTree, name)) !== undefined)) return
  const list = below(kernelTree, 'modules.dep')
  if (!isFile(list) || statSync(list).size > 0) return
  for (const name of readdirSync(kernelTree)) {
    if (/^modules\.(?:dep|alias|symbols|softdep|weakdep|devname|builtin\.alias|builtin)(?:\.bin)?$/.test(name)) {
      rmSync(below(kernelTree, name), { force: true })
    }
  }
}
