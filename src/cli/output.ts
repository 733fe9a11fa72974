/** The only writer to standard output and standard error. Synchronous, so that nothing is lost when the process ends. */
import { fstatSync, writeSync } from 'node:fs'
import { FactoryError } from '../errors.ts'
import type { Report } from '../report.ts'
import { reasonOf, systemErrorCode } from '../system/fs.ts'

export interface Output {
  /**
   * Results.
   *
   * @throws {FactoryError} OUTPUT_FAILED. From then on results go to standard error: there is nowhere else left to say
   *   what is wrong to who asked for JSON.
   */
  out(text: string): void
  /** Everything else. */
  err(text: string): void
  readonly errIsTerminal: boolean
  readonly errColumns: number
}

export function processOutput(): Output {
  let outDescriptor = 1
  return {
    out(text) {
      const error = writeAll(outDescriptor, text)
      if (error === undefined || outDescriptor === 2) return
      outDescriptor = 2
      throw outputFailed(error)
    },
    err(text) {
      writeAll(2, text)
    },
    get errIsTerminal() {
      return mayBeTerminal(2) && process.stderr.isTTY
    },
    get errColumns() {
      return process.stderr.columns || 80
    },
  }
}

export const quietOutput: Output = { out: () => {}, err: () => {}, errIsTerminal: false, errColumns: 80 }

/** Numbers of /dev/null, where scripts send what they do not read. */
const nullDevice = 0x103

/** Asking Node loads its sockets, which takes longer than many a command: what is a file or a pipe need not be asked. */
function mayBeTerminal(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor)
    return stats.isCharacterDevice() && stats.rdev !== nullDevice
  } catch {
    return false
  }
}

/** @returns why it could not all be written */
function writeAll(descriptor: number, text: string): unknown {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      const code = systemErrorCode(error)
      // The reader went away, as `head` does: nobody is left to tell.
      if (code === 'EPIPE') return undefined
      if (code !== 'EAGAIN') return error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
  return undefined
}

function outputFailed(cause: unknown): FactoryError {
  const reason = reasonOf(systemErrorCode(cause) ?? String(cause))
  return new FactoryError('OUTPUT_FAILED', `cannot write the result to standard output: ${reason}`, {
    hint: 'only the writing of the result failed; what the command changed stands',
    cause,
  })
}

export interface Progress extends Disposable {
  readonly report: Report
  /** Takes bars off the terminal, so that a result can be printed. May be called again. */
  close(): void
}
