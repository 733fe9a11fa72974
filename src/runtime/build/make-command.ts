/** The command that builds the modules, made from dkms.conf by DKMS's rules (dkms(8), MAKE; DKMS 3.1.2 for LLVM=1). Pure. */

export interface MakeCommandInput {
  /** The MAKE directive that fits the kernel, a shell line; absent: the default command. */
  readonly rule: string | undefined
  readonly kernelSourceDir: string
  readonly buildDir: string
  readonly kernelRelease: string
  /** The kernel was built with clang. */
  readonly clang: boolean
  /** `-jN`; 0 is `-j` alone; undefined leaves it to a jobserver in the environment. */
  readonly jobs: number | undefined
}

/** @returns one shell line */
export function makeCommand(input: MakeCommandInput): string {
  const base = input.rule ?? `make -C ${shellWord(input.kernelSourceDir)} M=${shellWord(input.buildDir)}`
  const withCompiler = input.clang && !/\bLLVM=/.test(base) && callsMake(base) ? `${base} LLVM=1` : base
  const leading = /^\s*make(?=\s|$)/
  if (!leading.test(withCompiler)) return withCompiler
  const jobs = input.jobs === undefined ? '' : ` -j${input.jobs === 0 ? '' : input.jobs}`
  return withCompiler.replace(leading, () => `make${jobs} KERNELRELEASE=${shellWord(input.kernelRelease)}`)
}

function callsMake(line: string): boolean {
  return /(?:^|[\s;&|('"/])make(?=['"]?(?:\s|$))/.test(line)
}

/** Quotes only where a shell needs it, so that make.log reads as a person would type it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
