/**
 * GNU make's jobserver (make manual, "Sharing Job Slots with GNU make"): several makes share one number of jobs through a
 * pipe with one byte for each free slot. Builds for several kernels then keep all processors busy and never start more
 * jobs than `-j` allows.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../../system/fs.ts'
import { run } from '../../system/run.ts'

export interface JobServer extends Disposable {
  /** For {@link run}: descriptors 3 and 4 of the program. */
  readonly inherit: readonly number[]
  readonly env: Readonly<Record<string, string>>
  /** A build ended and no other takes its place: its own slot is free for the rest. */
  release(): void
}

/** @param slots free slots beside the one that each running make has by itself */
export async function startJobServer(parent: string, slots: number): Promise<JobServer> {
  using directory = temporaryDirectory(parent, 'dkms-jobs-')
  const path = join(directory.path, 'slots')
  await run(['mkfifo', '-m', '600', path])
  const descriptor = openSync(path, constants.O_RDWR)
  const release = () => void writeSync(descriptor, '+')
  for (let slot = 0; slot < slots; slot++) release()
  return {
    inherit: [descriptor, descriptor],
    env: { MAKEFLAGS: ' -j --jobserver-auth=3,4' },
    release,
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}
