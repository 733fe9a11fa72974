/**
 * Every change to the disk that a command makes on its way goes through here: what fails is explained, and tests can end
 * a command before each change in turn, as a kill would.
 */
import { fileError } from '../system/fs.ts'

export type ChangeObserver = (change: string) => void

let observer: ChangeObserver | undefined

/** @throws {FactoryError} FILE_ACCESS, DISK_FULL from what `change` throws */
export function changing<Result>(action: string, path: string, change: () => Result): Result {
  observer?.(`${action} ${path}`)
  try {
    return change()
  } catch (error) {
    throw fileError(error, action, path)
  }
}

/** For tests. Calls `next` before every change until the handle is disposed of; what it throws ends the command there. */
export function observeChanges(next: ChangeObserver): Disposable {
  observer = next
  return {
    [Symbol.dispose]: () => {
      observer = undefined
    },
  }
}
