/** modprobe_on_install: the devices that are present get the modules that are new. */
import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import type { Kernel } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { isDirectory } from '../../system/fs.ts'
import { run } from '../../system/run.ts'
import { type ActionContext, isSystemTree } from './host.ts'

/** For the running kernel only. What fails is a warning: the modules are installed. */
export async function loadForDevices(context: ActionContext, kernel: Kernel): Promise<void> {
  if (kernel.release !== context.host.runningRelease || !isSystemTree(context)) return
  const aliases = [...new Set(deviceAliases('/sys/devices'))]
  try {
    // As many as fit an argument list; modprobe ends with 1 when one of them has no module.
    for (let at = 0; at < aliases.length; at += 1000) {
      const names = aliases.slice(at, at + 1000)
      await run(['modprobe', '-a', '-b', '-q', ...names], { expected: [1], purpose: 'load modules for devices' })
    }
    if (isDirectory('/run/systemd/system'))
      await run(['systemctl', 'restart', 'systemd-modules-load'], { expected: [1, 5] })
  } catch (error) {
    if (!isFactoryError(error)) throw error
    context.report({ kind: 'warning', code: error.code, message: `modules could not be loaded: ${error.message}` })
  }
}

function* deviceAliases(directory: string): Generator<string> {
  for (const entry of entriesOf(directory)) {
    if (entry.isDirectory()) yield* deviceAliases(`${directory}/${entry.name}`)
    else if (entry.name === 'modalias') yield* aliasIn(`${directory}/modalias`)
  }
}

/** Devices come and go while we look. */
function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

function aliasIn(file: string): readonly string[] {
  try {
    const alias = readFileSync(file, 'utf8').trim()
    return alias === '' ? [] : [alias]
  } catch {
    return []
  }
}
