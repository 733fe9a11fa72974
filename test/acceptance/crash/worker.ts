/**
 * The program in a process that is made to be killed: runs command lines one after the other, `forever` or once. Writes a
 * byte when it begins, so that its start-up does not count.
 */
import { writeSync } from 'node:fs'
import { main } from '../../../src/cli/main.ts'

interface Task {
  readonly commands: readonly (readonly string[])[]
  readonly forever: boolean
}

const task = JSON.parse(process.argv[2] ?? '') as Task
writeSync(1, '.')
do {
  for (const argv of task.commands) process.exitCode = await main([...argv, '--quiet'], 'dkms')
} while (task.forever)
