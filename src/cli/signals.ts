/**
 * What a signal to us does. While programs run for us they are ended and the command unwinds by itself; otherwise it ends
 * at once, which the journal of the tree makes as safe: the next command finishes or forgets what was begun.
 */
import { constants } from 'node:os'
import { FactoryError } from '../errors.ts'
import { interrupt, interruptedBy } from '../system/children.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * @param tell prints the error when there is no command left that would
 * @returns takes the handlers away again
 */
export function handleSignals(tell: (error: FactoryError) => void): Disposable {
  function stop(signal: NodeJS.Signals): void {
    const again = interruptedBy() !== undefined
    if (interrupt(signal) && !again) return
    tell(new FactoryError('INTERRUPTED', `stopped by ${signal}`, { hint: 'nothing is left half done; run it again' }))
    process.exit(statusOf(signal))
  }
  for (const signal of signals) process.on(signal, stop)
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, stop)
    },
  }
}

/** The status a shell gives to what a signal ended. */
export function statusOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

/** The status of a command that unwound after a signal, whatever it made of it; undefined without one. */
export function interruptedStatus(): number | undefined {
  const signal = interruptedBy()
  return signal === undefined ? undefined : statusOf(signal)
}
