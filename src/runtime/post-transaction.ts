/** post_transaction of framework.conf (DKMS 3.2): one shell line of the administrator's after a command that did its work. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { loadFramework } from '../conf/framework.ts'
import { evaluationVariables } from '../conf/variables.ts'
import { type AbsolutePath, below, type Kernel } from '../domain.ts'
import { isFactoryError } from '../errors.ts'
import { fileError } from '../system/fs.ts'
import { runShellLine } from '../system/run.ts'
import type { ActionContext } from './install/host.ts'
import { logBlock } from './log-block.ts'

/**
 * Once per command, after everything else, also when nothing had to be done and for every action that can change what is
 * installed, autoinstall included. What the line writes goes to TREE/post_transaction.log, which is written anew. Its
 * failure is a warning.
 *
 * @param kernel for `$kernelver` and `$arch` in the line; the first one of several
 */
export async function runPostTransaction(
  { roots, settings, report, dryRun }: Pick<ActionContext, 'roots' | 'settings' | 'report' | 'dryRun'>,
  kernel: Kernel,
): Promise<void> {
  if (settings.postTransaction === undefined || dryRun) return
  const variables = evaluationVariables({ roots, kernel })
  // Read again: `$kernelver` in framework.conf was that of the running kernel until now.
  const { postTransaction: line = '' } = await loadFramework(roots.etc, variables)
  report({ kind: 'note', message: 'running the post_transaction command' })
  const log = below(roots.dkmsTree, 'post_transaction.log')
  try {
    await runLogged(line, variables, log)
  } catch (error) {
    if (!isFactoryError(error)) throw error
    report({
      kind: 'warning',
      code: error.code,
      message: `post_transaction failed: ${error.message}`,
      hint: `see ${log}`,
    })
  }
}

async function runLogged(line: string, variables: Record<string, string>, log: AbsolutePath): Promise<void> {
  const descriptor = openLog(log)
  let failure: unknown
  try {
    await logBlock(
      (text) => void writeSync(descriptor, text),
      'Executing post-transaction command',
      line,
      async () => {
        try {
          await runShellLine(line, { env: variables, logTo: descriptor })
          return 0
        } catch (error) {
          failure = error
          return isFactoryError(error) ? (error.exitStatus ?? 127) : 127
        }
      },
    )
  } finally {
    closeSync(descriptor)
  }
  if (failure !== undefined) throw failure
}

function openLog(path: AbsolutePath): number {
  try {
    return openSync(path, 'w', 0o644)
  } catch (error) {
    throw fileError(error, 'write the log of post_transaction', path)
  }
}
