/**
 * One run of a conf in just-bash: a shell interpreter on an in-memory file system, without processes, network or a view
 * of the host. Commands are a short list of text tools; everything else is a stand-in the caller chooses.
 */
import { FactoryError } from '../errors.ts'
import type { RawValues } from './evaluation.ts'

/** Text tools whose answer depends on nothing but their input; `uname`, `date`, `hostname` and the like are not here. */
export const sandboxTools = [
  'echo',
  'printf',
  'cat',
  'head',
  'tail',
  'wc',
  'grep',
  'egrep',
  'fgrep',
  'sed',
  'awk',
  'sort',
  'uniq',
  'cut',
  'paste',
  'tr',
  'rev',
  'tac',
  'basename',
  'dirname',
  'true',
  'false',
  'seq',
  'expr',
  'ls',
  'find',
  'xargs',
  'tee',
  'mkdir',
  'touch',
  'rm',
  'mv',
  'cp',
  'pwd',
  'readlink',
] as const

/** Where the package lies inside; `$BASH_SOURCE` shows it. */
export const packageDir = '/package'
const confPath = `${packageDir}/dkms.conf`
const dumpPath = '/dkms-factory-values'

export interface StandIn {
  readonly name: string
  readonly answer: (args: readonly string[]) => { readonly stdout: string; readonly exitCode: number }
}

export interface SandboxRun {
  readonly text: string
  readonly file: string
  readonly variables: Readonly<Record<string, string>>
  readonly names: readonly string[]
  /** Content by absolute path inside. */
  readonly files: Readonly<Record<string, string>>
  readonly directories: readonly string[]
  readonly standIns: readonly StandIn[]
  readonly timeoutMs: number
}

export interface SandboxResult {
  readonly values: RawValues
  /** Paths that were looked at and do not exist inside. */
  readonly missing: readonly string[]
  /** Whether the conf ended its shell in a way that leaves no values (`set -e` and a failing command). */
  readonly endedEarly: boolean
}

/** @throws {FactoryError} CONF_UNREADABLE when a limit is reached */
export async function runInSandbox(run: SandboxRun): Promise<SandboxResult> {
  const { Bash, defineCommand, InMemoryFs } = await import('just-bash')
  const { watchedFileSystem } = await import('./sandbox-files.ts')
  const { fs, missing } = watchedFileSystem(InMemoryFs, { ...run.files, [confPath]: run.text }, run.directories)
  const bash = new Bash({
    fs,
    cwd: packageDir,
    env: { ...run.variables },
    commands: [...sandboxTools, 'alias'],
    customCommands: run.standIns.map(({ name, answer }) =>
      defineCommand(name, async (args) => ({ stderr: '', ...answer(args) })),
    ),
    executionLimits: { ...limits, maxExecutionTimeMs: run.timeoutMs },
  })
  const result = await bash.exec(dumpScript(run.names), { rawScript: true })
  if (
    /execution deadline|limit exceeded|too many iterations|maximum (?:recursion|iterations)|executionLimits/.test(
      result.stderr,
    )
  ) {
    throw overLimit(run.file, result.stderr, run.timeoutMs)
  }
  const dump = (await fs.exists(dumpPath)) ? await fs.readFile(dumpPath) : undefined
  const looked = [...missing].filter((path) => path !== dumpPath)
  return { values: parseDump(dump ?? ''), missing: looked, endedEarly: dump === undefined }
}

const limits = {
  maxSourceBytes: 4 * 1024 * 1024,
  maxCommandCount: 20_000,
  maxLoopIterations: 5_000,
  maxAwkIterations: 20_000,
  maxSedIterations: 20_000,
  maxCallDepth: 50,
  maxStringLength: 1024 * 1024,
  maxArrayElements: 10_000,
  maxOutputSize: 4 * 1024 * 1024,
  maxBraceExpansionResults: 10_000,
  maxFileSystemBytes: 32 * 1024 * 1024,
  maxLiveBytes: 64 * 1024 * 1024,
  maxTraversalEntries: 10_000,
} as const

function overLimit(file: string, stderr: string, timeoutMs: number): FactoryError {
  const what = stderr.includes('execution deadline')
    ? `did not end after ${Math.ceil(timeoutMs / 1000)} seconds`
    : 'goes round too often or produces too much'
  return new FactoryError('CONF_UNREADABLE', `reading ${file} was stopped: it ${what}`, {
    hint: 'look for a loop in it that does not end; it is only meant to set values',
  })
}

/**
 * The values are written to a file inside, so that a subshell or a substitution that ends with `exit` cannot mix them up
 * with its own output. The interpreter has no traps (a conf's own would only clean up behind it) and prefers its own
 * `exit` to a function of that name, hence the alias.
 */
function dumpScript(names: readonly string[]): string {
  const dumps = names.map(
    (name) =>
      `if [[ -n \${!${name}[*]} ]]; then for dkms_factory_i in \${!${name}[*]}; do ` +
      `builtin printf '%s\\0%s\\0%s\\0' ${name} "$dkms_factory_i" "\${${name}[$dkms_factory_i]}"; done; ` +
      `elif [[ -n \${${name}+set} ]]; then builtin printf '%s\\0%s\\0%s\\0' ${name} 0 "$${name}"; fi`,
  )
  return `
dkms_factory_write() {
  set +eu
  IFS=$' \\t\\n'
  { :; ${dumps.join('; ')}; } > ${dumpPath}
}
dkms_factory_exit() { dkms_factory_write; builtin exit "$@"; }
trap() { :; }
shopt -s expand_aliases
alias exit=dkms_factory_exit
. ${confPath} >/dev/null
dkms_factory_write
`
}

function parseDump(dump: string): RawValues {
  const values = new Map<string, Map<number, string>>()
  const fields = dump.split('\0')
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [name = '', index = '', value = ''] = fields.slice(at, at + 3)
    if (/^\d+$/.test(index)) values.set(name, (values.get(name) ?? new Map<number, string>()).set(Number(index), value))
  }
  return values
}
