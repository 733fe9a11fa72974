/** The scripts a package may bring: POST_ADD, PRE_BUILD and so on (DKMS man page, "dkms.conf"). */
import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs'
import type { ScriptName } from '../conf/model.ts'
import { type AbsolutePath, below, formatPackage, type PackageId, type Roots } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import type { Report } from '../report.ts'
import { isFile } from '../system/fs.ts'
import { run } from '../system/run.ts'
import { treePaths } from '../tree/layout.ts'

export interface ScriptRequest {
  readonly roots: Roots
  readonly package: PackageId
  readonly name: ScriptName
  /** The directive as written: a path relative to `directory`, and arguments; blanks separate them. */
  readonly line: string | undefined
  /** The package's source; its build directory for PRE_BUILD and POST_BUILD. The script runs there. */
  readonly directory: AbsolutePath
  /** Added to the environment of the script. */
  readonly environment?: Readonly<Record<string, string>>
  /** An open descriptor for what the script writes; absent is this process's standard error. */
  readonly logTo?: number
  readonly report: Report
}

export type ScriptOutcome =
  | { readonly kind: 'none' }
  /** Told to `report` as a warning; DKMS goes on too. */
  | { readonly kind: 'not-executable'; readonly script: AbsolutePath }
  | { readonly kind: 'ran'; readonly script: AbsolutePath }

/**
 * An executable /etc/dkms/M/SCRIPT takes the place of the package's script of that name and runs in /etc/dkms/M
 * (DKMS 3.4).
 *
 * @throws {FactoryError} SCRIPT_FAILED with the script's exit status
 */
export async function runScript(request: ScriptRequest): Promise<ScriptOutcome> {
  const [file, ...args] = (request.line ?? '').split(/\s+/).filter((word) => word !== '')
  if (file === undefined) return { kind: 'none' }
  const directory = directoryOf(request, file)
  const script = below(directory, file)
  if (!isExecutable(script)) return refuse(request, script)
  request.report({ kind: 'note', message: `running the ${request.name} script of ${formatPackage(request.package)}` })
  try {
    await run([...interpreterOf(script), script, ...args] as [string, ...string[]], {
      cwd: directory,
      // The link's path, not what it leads to: a script sees what it sees under DKMS.
      env: { ...request.environment, PWD: directory },
      logTo: request.logTo ?? 2,
    })
  } catch (error) {
    throw scriptFailed(request, script, error)
  }
  return { kind: 'ran', script }
}

function directoryOf({ roots, package: { name }, directory }: ScriptRequest, file: string): AbsolutePath {
  const own = below(roots.etc, name)
  return isExecutable(below(own, file)) ? own : directory
}

function refuse(request: ScriptRequest, script: AbsolutePath): ScriptOutcome {
  const why = isFile(script) ? 'is not executable' : 'does not exist'
  request.report({
    kind: 'warning',
    message: `the ${request.name} script of ${formatPackage(request.package)} ${why} and was not run: ${script}`,
    hint: isFile(script)
      ? `chmod +x ${inSource(request, script)}`
      : `correct ${request.name.toUpperCase()} in dkms.conf`,
  })
  return { kind: 'not-executable', script }
}

/** What PRE_BUILD and POST_BUILD run is a copy that the next build makes anew. */
function inSource({ roots, package: id, directory }: ScriptRequest, script: AbsolutePath): string {
  return script.startsWith(`${directory}/`)
    ? below(treePaths(roots).sourceLink(id), script.slice(directory.length + 1))
    : script
}

function isExecutable(path: AbsolutePath): boolean {
  if (!isFile(path)) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A shell runs an executable text without `#!` itself, so scripts of that kind exist; the kernel alone refuses them. */
function interpreterOf(script: AbsolutePath): readonly string[] {
  const start = Buffer.alloc(4)
  const descriptor = openSync(script, 'r')
  try {
    readSync(descriptor, start, 0, 4, 0)
  } finally {
    closeSync(descriptor)
  }
  return start.toString('latin1') === '\x7fELF' || start.toString('latin1', 0, 2) === '#!' ? [] : ['bash']
}

function scriptFailed(request: ScriptRequest, script: AbsolutePath, error: unknown): unknown {
  if (!isFactoryError(error, 'COMMAND_FAILED', 'TOOL_MISSING')) return error
  const { exitStatus } = error
  const how = exitStatus === undefined ? 'did not run to its end' : `ended with status ${exitStatus}`
  return new FactoryError(
    'SCRIPT_FAILED',
    `the ${request.name} script of ${formatPackage(request.package)} ${how}: ${script}`,
    {
      hint: 'what it wrote says why; the script belongs to the package',
      // The message says it already, but for what could not be started.
      details: exitStatus === undefined ? [error.message] : [],
      cause: error,
      ...(exitStatus === undefined ? {} : { exitStatus }),
    },
  )
}
