/** The only writer to standard output and standard error. Synchronous, so that nothing is lost when the process ends. */
import { writeSync } from 'node:fs'
import { systemErrorCode } from '../system/fs.ts'

export interface Output {
  /** Results. */
  out(text: string): void
  /** Everything else. */
  err(text: string): void
  readonly errIsTerminal: boolean
  readonly errColumns: number
}

export function processOutput(): Output {
  return {
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
    get errIsTerminal() {
      return process.stderr.isTTY
    },
    get errColumns() {
      return process.stderr.columns || 80
    },
  }
}

export const quietOutput: Output = { out: () => {}, err: () => {}, errIsTerminal: false, errColumns: 80 }

function writeAll(descriptor: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      const code = systemErrorCode(error)
      // The reader went away, as `head` does: nobody is left to tell.
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
