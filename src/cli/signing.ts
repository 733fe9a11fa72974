/** What commands that sign, or tell about signing, take from the session. */
import { isatty } from 'node:tty'
import { loadFramework } from '../conf/framework.ts'
import { evaluationVariables } from '../conf/variables.ts'
import { type AbsolutePath, absolutePath, type Kernel } from '../domain.ts'
import { findKernelSource } from '../kernel/headers.ts'
import { findKernelConfig } from '../kernel/kconfig.ts'
import type { BuildSigning } from '../runtime/build/model.ts'
import { readRootFacts } from '../signing/chroot.ts'
import type { KeyPairRequest, SigningSettings } from '../signing/model.ts'
import type { CommandLine } from './grammar.ts'
import { namedKernels } from './kernel-choice.ts'
import { pathOption, runningKernel, type Session } from './session.ts'

/** The running machine, whose firmware and kernel decide which keys are trusted. */
export const machineRoot = '/'

export function buildSigning(session: Session, line: CommandLine): BuildSigning {
  return {
    distro: () => session.distro(),
    settingsFor: (kernel) => settingsFor(session, kernel),
    rootFacts: () => readRootFacts(session.environment),
    required: line.options.has('require-signature'),
    interactive: isInteractive(),
    machineRoot,
  }
}

/** For the kernel named with -k, else the running one: framework.conf may name a pair for each kernel. */
export async function keyPairRequest(session: Session, line: CommandLine): Promise<KeyPairRequest> {
  const running = runningKernel(session)
  const [kernel = running] = namedKernels(session, line.options)
  const source = findKernelSource(session.roots, kernel, optionalPath(line, 'kernelsourcedir'))
  return {
    roots: session.roots,
    distro: session.distro(),
    settings: await settingsFor(session, kernel),
    kernel,
    kernelSourceDir: source.dir,
    kernelConfig: findKernelConfig(source.dir, optionalPath(line, 'config')),
    environment: session.environment,
  }
}

/** Whether somebody is there to answer questions. */
export function isInteractive(): boolean {
  return isatty(0) && isatty(2)
}

/** The session read framework.conf for the running kernel; with another `$kernelver` it may say something else. */
function settingsFor(session: Session, kernel: Kernel): Promise<SigningSettings> {
  const { roots, machine } = session
  return loadFramework(roots.etc, evaluationVariables({ roots, kernel, parallelJobs: machine.cpus }))
}

function optionalPath(line: CommandLine, name: 'kernelsourcedir' | 'config'): AbsolutePath | undefined {
  const path = pathOption(line.options, name)
  return path === undefined ? undefined : absolutePath(path)
}
