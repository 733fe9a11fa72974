/** The compiler, linker and strip program a kernel's modules need: those the kernel itself was built with. */
import { accessSync, constants } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { type AbsolutePath, below } from '../domain.ts'
import { isFactoryError } from '../errors.ts'
import { childEnvironment } from '../system/env.ts'
import { isFile } from '../system/fs.ts'
import { run } from '../system/run.ts'
import { readSection } from './elf.ts'
import { openElfFile } from './elf-file.ts'
import type { Kconfig } from './kconfig.ts'

export interface Toolchain {
  /** The kernel was built by clang: make needs LLVM=1. */
  readonly clang: boolean
  /** What CC and KERNEL_CC are set to; undefined leaves make's own default. */
  readonly cc: string | undefined
  /** What LD and KERNEL_LD are set to. */
  readonly ld: string | undefined
  /** The program that takes debug information out of a module. */
  readonly strip: 'strip' | 'llvm-strip'
}

/** @throws {FactoryError} TOOL_MISSING or COMMAND_FAILED when the kernel's .kernelvariables exists and make cannot read it */
export async function detectToolchain(
  sourceDir: AbsolutePath,
  kconfig: Kconfig | undefined,
  searchPath: string = childEnvironment()['PATH'] ?? '',
): Promise<Toolchain> {
  const clang = builtByClang(sourceDir) ?? kconfig?.get('CONFIG_CC_IS_CLANG') === 'y'
  const cc = (await compilerOfDebian(sourceDir)) ?? compilerOfConfig(kconfig, searchPath)
  const ld =
    kconfig?.get('CONFIG_LD_IS_LLD') === 'y' && findOnPath('ld.lld', searchPath) !== undefined ? 'ld.lld' : undefined
  const strip = clang || (cc !== undefined && basename(cc).includes('clang')) ? 'llvm-strip' : 'strip'
  return { clang, cc, ld, strip }
}

/** The variables make and the scripts of a package see (DKMS 3.0.11 and newer set both names of each). */
export function toolchainEnvironment(toolchain: Toolchain): Record<string, string> {
  return {
    ...(toolchain.cc === undefined ? {} : { CC: toolchain.cc, KERNEL_CC: toolchain.cc }),
    ...(toolchain.ld === undefined ? {} : { LD: toolchain.ld, KERNEL_LD: toolchain.ld }),
  }
}

/** What the compiler wrote into vmlinux; undefined when there is no vmlinux that can be read as one. */
function builtByClang(sourceDir: AbsolutePath): boolean | undefined {
  const vmlinux = below(sourceDir, 'vmlinux')
  if (!isFile(vmlinux)) return undefined
  try {
    using elf = openElfFile(vmlinux)
    const comment = readSection(elf, '.comment')
    return comment?.toString('latin1').includes('clang') ?? false
  } catch (error) {
    // An unreadable or truncated vmlinux tells nothing; the configuration still does.
    if (isFactoryError(error)) return undefined
    throw error
  }
}

/**
 * Debian's headers name their compiler in a makefile fragment that only make can evaluate. The fragment stays where it
 * is; the question goes to make on its standard input.
 */
async function compilerOfDebian(sourceDir: AbsolutePath): Promise<string | undefined> {
  const fragment = below(sourceDir, '.kernelvariables')
  if (!isFile(fragment)) return undefined
  const question = [
    `include ${fragment.replace(/[\\ #]/g, '\\$&').replaceAll('$', '$$$$')}`,
    // make has a CC of its own, which says nothing about the kernel.
    "show:\n\t@echo '$(if $(filter default,$(origin CC)),,$(strip $(CC)))'",
    '',
  ].join('\n')
  const argv = ['make', '--no-print-directory', '--silent', '-f', '-', 'show'] as const
  const { stdout } = await run([...argv], { input: question, purpose: 'read .kernelvariables of the kernel headers' })
  const compiler = stdout.trim()
  return compiler === '' ? undefined : compiler
}

function compilerOfConfig(kconfig: Kconfig | undefined, searchPath: string): string | undefined {
  const [named] = (kconfig?.get('CONFIG_CC_VERSION_TEXT') ?? '').split(' ')
  if (named !== undefined && named !== '' && findOnPath(named, searchPath) !== undefined) return named
  const clang = kconfig?.get('CONFIG_CC_IS_CLANG') === 'y'
  return clang && findOnPath('clang', searchPath) !== undefined ? 'clang' : undefined
}

/** The path of an executable, found as a shell finds it. */
export function findOnPath(command: string, searchPath: string): string | undefined {
  const candidates = command.includes('/')
    ? [command].filter((path) => isAbsolute(path))
    : searchPath
        .split(':')
        .filter((directory) => isAbsolute(directory))
        .map((directory) => join(directory, command))
  return candidates.find((path) => isFile(path) && isExecutable(path))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
