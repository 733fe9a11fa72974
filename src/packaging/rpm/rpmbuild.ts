/** Runs rpmbuild on a spec file of the user's own, in a _topdir that nothing else uses. */
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type AbsolutePath, absolutePath, formatPackage, type PackageId } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import type { Report } from '../../report.ts'
import { fileError, isDirectory, makeDirectories } from '../../system/fs.ts'
import { lastLines, run } from '../../system/run.ts'

export type Macro = readonly [name: string, value: string]

export interface RpmbuildRequest {
  /** The _topdir, as {@link makeTopdir} made it, with the sources in it. */
  readonly top: AbsolutePath
  /** Of the spec file in SPECS. */
  readonly specName: string
  /** `-ba` makes a source package too. */
  readonly mode: '-ba' | '-bb'
  /** As rpm names it; absent: that of the machine. */
  readonly target?: string
  /** Without `_topdir` and `_tmppath`. */
  readonly macros: readonly Macro[]
  readonly environment?: Readonly<Record<string, string>>
  /** What is built, for the error. */
  readonly package: PackageId
  /** What to do when rpmbuild fails. */
  readonly hint: string
  /** Of {@link knowsHostPackages}: whether BuildRequires are checked. */
  readonly checksRequires: boolean
}

/** @throws {FactoryError} FILE_ACCESS, DISK_FULL */
export function makeTopdir(top: AbsolutePath, spec: string, specName: string): void {
  try {
    for (const part of ['BUILD', 'RPMS', 'SRPMS', 'SPECS', 'SOURCES', 'TMP']) makeDirectories(join(top, part))
    copyFileSync(spec, join(top, 'SPECS', specName))
  } catch (error) {
    throw fileError(error, 'prepare', top)
  }
}

/**
 * @returns the packages, source packages first
 * @throws {FactoryError} TOOL_MISSING when rpmbuild is not installed; PACKAGE_BUILD_FAILED with the end of its output
 */
export async function rpmbuild(request: RpmbuildRequest): Promise<readonly AbsolutePath[]> {
  const { top, specName, mode, target, macros, environment = {}, checksRequires } = request
  // What a killed rpmbuild leaves goes with all the rest.
  const places = [['_topdir', top] as const, ['_tmppath', join(top, 'TMP')] as const]
  const defines = [...places, ...macros].flatMap(([name, value]) => ['--define', `${name} ${value}`])
  const options = [
    ...defines,
    ...(target === undefined ? [] : ['--target', target]),
    ...(checksRequires ? [] : ['--nodeps']),
  ]
  try {
    const { stdout } = await run(['rpmbuild', ...options, mode, join(top, 'SPECS', specName)], {
      env: { LC_ALL: 'C', ...environment },
      purpose: 'make packages from a spec file of your own',
    })
    return writtenFiles(stdout, top)
  } catch (error) {
    throw isFactoryError(error, 'COMMAND_FAILED') ? buildFailed(request, error) : error
  }
}

/**
 * Whether rpm is what installs packages on this host. Where it is not it knows of none, and every BuildRequires would stop
 * rpmbuild.
 */
export async function knowsHostPackages(report: Report): Promise<boolean> {
  try {
    const { exitCode } = await run(['rpm', '--query', '--whatprovides', 'rpm'], { expected: [1] })
    if (exitCode === 0) return true
  } catch (error) {
    // Without rpm there is no rpmbuild, which tells what to install.
    if (isFactoryError(error, 'TOOL_MISSING')) return true
    throw error
  }
  report({ kind: 'note', message: 'rpm does not know the packages of this host: BuildRequires are not checked' })
  return false
}

function buildFailed({ package: id, hint }: RpmbuildRequest, cause: FactoryError): FactoryError {
  return new FactoryError('PACKAGE_BUILD_FAILED', `rpmbuild could not make the packages of ${formatPackage(id)}`, {
    hint,
    details: lastLines(cause.details.join('\n'), 10),
    cause,
  })
}

/** rpmbuild says `Wrote: PATH` of each package. */
function writtenFiles(log: string, top: AbsolutePath): readonly AbsolutePath[] {
  const written = log.split('\n').flatMap((line) => /^Wrote: (.+)$/.exec(line)?.slice(1) ?? [])
  if (written.length > 0) return written.map(absolutePath)
  // Some versions say it in the language of the user or not at all.
  const places = [join(top, 'SRPMS'), ...readdirSync(join(top, 'RPMS')).map((arch) => join(top, 'RPMS', arch))]
  return places
    .filter((directory) => isDirectory(directory))
    .flatMap((directory) => readdirSync(directory).map((file) => absolutePath(join(directory, file))))
}
