/** Boots a real kernel in an emulated machine, without network, disk or privileges, and runs scripts in it. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GuestStep, writeInitramfs } from './initramfs.ts'
import type { ModuleTree } from './module-tree.ts'
import { parseTranscript, type StepResult } from './transcript.ts'

export interface BootRequest<Step extends string> {
  /** A bzImage. */
  readonly image: string
  readonly trees: Readonly<Record<string, ModuleTree>>
  /** Run one after the other in the same boot; one that fails does not stop the others. */
  readonly steps: Readonly<Record<Step, GuestStep>>
  /** Added to the kernel's command line. */
  readonly kernelArguments?: readonly string[]
  /** Further options of qemu, such as a firmware. */
  readonly machineOptions?: readonly string[]
  /** The machine is killed after that long. */
  readonly timeoutMs?: number
}

/** Nothing of the machine's own processor is used, so that the result is the same on every host. */
const machine = ['-accel', 'tcg', '-cpu', 'qemu64', '-m', '512', '-nodefaults', '-display', 'none', '-monitor', 'none']
const kernelArguments = ['console=ttyS0', 'loglevel=4', 'panic=-1', 'mitigations=off', 'nokaslr']

/** @throws {Error} with the end of the kernel's console when a step did not come to its end */
export async function bootAndRun<Step extends string>(
  request: BootRequest<Step>,
): Promise<Readonly<Record<Step, StepResult>>> {
  const dir = mkdtempSync(join(tmpdir(), 'dkms-factory-vm-'))
  try {
    // Object.keys forgets that the keys are those of the type.
    const names = Object.keys(request.steps) as Step[]
    const initramfs = writeInitramfs(
      join(dir, 'root'),
      request.trees,
      names.map((name) => request.steps[name]),
    )
    const [console, results] = [join(dir, 'console'), join(dir, 'results')]
    const commandLine = [...kernelArguments, ...(request.kernelArguments ?? [])].join(' ')
    const ports = ['-serial', `file:${console}`, '-serial', `file:${results}`]
    const ended = await runMachine(
      [
        ...(request.machineOptions ?? []),
        '-kernel',
        request.image,
        '-initrd',
        initramfs,
        '-append',
        commandLine,
        ...ports,
      ],
      request.timeoutMs ?? 120_000,
    )
    const done = parseTranscript(readText(results))
    if (done.length < names.length) {
      const end = readText(console).split('\n').slice(-60).join('\n')
      throw new Error(`the guest ${ended} in step ${names[done.length] ?? ''}\n${readText(results)}\n${end}`)
    }
    return Object.fromEntries(names.map((name, index) => [name, done[index]])) as Record<Step, StepResult>
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** @returns how it ended, for a message */
function runMachine(args: readonly string[], timeoutMs: number): Promise<string> {
  return new Promise((done, fail) => {
    const qemu = spawn('qemu-system-x86_64', [...machine, '-no-reboot', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    let complaints = ''
    qemu.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
    qemu.once('error', fail)
    qemu.once('close', (status, signal) => {
      if (signal === 'SIGKILL') done(`was killed after ${timeoutMs / 1000} s`)
      else if (status === 0) done('ended by itself')
      else fail(new Error(`qemu ended with status ${status}: ${complaints}`))
    })
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // qemu ended before it opened the port.
    return ''
  }
}
