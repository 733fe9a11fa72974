/** What make and the scripts of a package see (dkms(8); DKMS 3.3 for build_environment). */
import type { FrameworkSettings } from '../../conf/settings.ts'
import type { Kernel, PackageId } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { type Toolchain, toolchainEnvironment } from '../../kernel/toolchain.ts'
import { childEnvironment } from '../../system/env.ts'
import { isFile } from '../../system/fs.ts'
import { run } from '../../system/run.ts'

export interface EnvironmentInput {
  readonly package: PackageId
  readonly kernel: Kernel
  readonly toolchain: Toolchain
  readonly directives: readonly string[]
  readonly settings: FrameworkSettings
}

/** @throws {FactoryError} FILE_ACCESS, COMMAND_FAILED for a build_environment file that is missing or fails */
export async function buildEnvironment(input: EnvironmentInput): Promise<Record<string, string>> {
  const { kernel, toolchain } = input
  const own = {
    kernelver: kernel.release,
    arch: kernel.arch,
    module: input.package.name,
    module_version: input.package.version,
    ...directiveVariables(input.directives),
    ...toolchainEnvironment(toolchain),
    // Also reaches the first make of `make a && make b`, where the argument at the end of the line does not.
    ...(toolchain.clang ? { LLVM: '1' } : {}),
  }
  const file = input.settings.buildEnvironment
  return file === undefined || file === '' ? childEnvironment(own) : await sourced(file, childEnvironment(own))
}

export function directiveVariables(directives: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const directive of directives) {
    const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(directive) ?? []
    if (name !== undefined && value !== undefined) variables[name] = value
  }
  return variables
}

async function sourced(file: string, env: Record<string, string>): Promise<Record<string, string>> {
  if (!isFile(file)) {
    throw new FactoryError('FILE_ACCESS', `build_environment names ${file}, which is not a file`, {
      hint: 'correct build_environment in framework.conf',
    })
  }
  const script = '. "$1" >/dev/null; exec env --null'
  const { stdout } = await run(['bash', '-c', script, 'bash', file], { wholeEnv: env })
  const pairs = stdout.split('\0').filter((pair) => pair.includes('='))
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}
