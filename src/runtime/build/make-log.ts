/** make.log, in the blocks that DKMS 3.2 writes: bug trackers and their robots read it. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { AbsolutePath, Kernel, PackageId } from '../../domain.ts'
import { formatKernel, formatPackage } from '../../domain.ts'
import { now } from '../../system/clock.ts'
import { fileError } from '../../system/fs.ts'
import { programVersion } from '../../version/program.ts'
import { logBlock } from '../log-block.ts'

export interface MakeLog extends Disposable {
  readonly path: AbsolutePath
  /** Where the output of a command goes. */
  readonly descriptor: number
  /** Runs `work` and frames what it writes; the work says which exit status its command had. */
  block(title: string, command: string, work: () => Promise<number>): Promise<number>
}

export function openMakeLog(path: AbsolutePath, id: PackageId, kernel: Kernel): MakeLog {
  const descriptor = writing(path, () => openSync(path, 'a', 0o644))
  const write = (text: string) => writing(path, () => void writeSync(descriptor, text))
  write(`DKMS (dkms-factory-${programVersion}) make.log for ${formatPackage(id)} for kernel ${formatKernel(kernel)}\n`)
  write(`${new Date(now()).toUTCString()}\n`)
  return {
    path,
    descriptor,
    block: (title, command, work) => logBlock(write, title, command, work),
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}

/** The last lines a person needs to see why a command failed: those of the last block, without its frame. */
export function lastOutput(path: string, count: number): string[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  const start = lines.findLastIndex((line) => line.startsWith('# command: ')) + 1
  const output = lines
    .slice(start)
    .filter((line) => line.trim() !== '' && !/^# (?:exit code|elapsed time): |^-{64}$/.test(line))
  return output.slice(-count)
}

function writing<Result>(path: AbsolutePath, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw fileError(error, 'write the build log', path)
  }
}
