/**
 * mkrpm with a spec file of the user's own, through rpmbuild, with the macros and source files that mkrpm of DKMS 2.x gave
 * such spec files (DKMS 2.8 man page, "mkrpm", and its stock template).
 */
import { copyFileSync, cpSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type AbsolutePath, below, formatPackage } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { fileError, isFile, makeDirectories, temporaryDirectory } from '../../system/fs.ts'
import { lastLines, run } from '../../system/run.ts'
import { firstTemplate, userTemplatePlaces } from '../../templates/user-templates.ts'
import { copyInto } from '../plan/copy-into.ts'
import type { PackagePlan } from '../plan/model.ts'
import { prepareOutput } from '../plan/output.ts'
import { openRpm } from './format/read.ts'
import { signRpm } from './format/resign.ts'
import { summarize } from './format/summary.ts'
import type { MadeRpm, RpmRequest, RpmResult } from './model.ts'

export interface UserSpecRequest extends Omit<RpmRequest, 'profile' | 'compression'> {
  /** The spec file, as {@link findUserSpec} found it. */
  readonly spec: string
  /** Whether common.postinst of the installed DKMS is among the sources, for targets that lack it. */
  readonly legacyPostinst: boolean
}

/**
 * `--spec FILE`, else what lies at the places DKMS 2.x looked at.
 *
 * @throws {FactoryError} FILE_ACCESS when the file of --spec does not exist
 */
export function findUserSpec(plan: PackagePlan, etc: AbsolutePath, spec: string | undefined): string | undefined {
  const roots = { source: plan.source.directory, etc, module: plan.package.name, spec }
  const places = userTemplatePlaces('mkrpm', roots)
  const [named] = places
  if (spec !== undefined && spec !== '' && named !== undefined && !isFile(named.path)) {
    throw new FactoryError('FILE_ACCESS', `there is no spec file ${named.path}`, {
      hint: 'name it by an absolute path, or by its path below the source of the package',
    })
  }
  return firstTemplate(places, ({ path }) => isFile(path))?.path
}

/**
 * @throws {FactoryError} TOOL_MISSING when rpmbuild is not installed; PACKAGE_BUILD_FAILED with the end of its output;
 *   DESTINATION_NOT_WRITABLE, FILE_ACCESS, PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED
 */
export async function buildFromUserSpec(request: UserSpecRequest): Promise<RpmResult> {
  const { plan, spec, output, report } = request
  report({ kind: 'note', message: `rpmbuild makes the packages, from ${spec}` })
  const { name: module, version: moduleVersion } = plan.package
  if (request.dryRun) return { module, moduleVersion, packages: [] }
  prepareOutput(output)
  using top = temporaryDirectory(request.roots.tmp, 'dkms-factory-rpmbuild-')
  fillTopdir(top.path, request)
  const log = await rpmbuild(top.path, request)
  const packages: MadeRpm[] = []
  for (const path of writtenFiles(log, top.path)) packages.push(await takeOver(path, request))
  return { module, moduleVersion, packages }
}

const commonPostinst = '/usr/lib/dkms/common.postinst'
const findProvides = '/usr/lib/dkms/find-provides'
const specName = 'dkms_mkrpm.spec'

/** DKMS copied the source with what its links lead to. */
function fillTopdir(top: AbsolutePath, { plan, spec, legacyPostinst }: UserSpecRequest): void {
  const { name, version } = plan.package
  try {
    for (const part of ['BUILD', 'RPMS', 'SRPMS', 'SPECS', 'SOURCES']) makeDirectories(join(top, part))
    copyFileSync(spec, join(top, 'SPECS', specName))
    if (legacyPostinst && isFile(commonPostinst)) {
      copyFileSync(commonPostinst, join(top, 'SOURCES/common.postinst'))
    }
    if (plan.content !== 'binaries-only') {
      copyInto(plan.source, join(top, 'SOURCES', `${name}-${version}`))
    }
  } catch (error) {
    throw fileError(error, 'prepare', top)
  }
}

async function rpmbuild(top: AbsolutePath, { plan, roots }: UserSpecRequest): Promise<string> {
  const macros = userSpecMacros(plan, { top, tree: roots.dkmsTree, findProvides: isFile(findProvides) })
  const defines = macros.flatMap(([name, value]) => ['--define', `${name} ${value}`])
  try {
    const { stdout } = await run(['rpmbuild', ...defines, '-ba', join(top, 'SPECS', specName)], {
      env: { LC_ALL: 'C' },
      purpose: 'make packages from a spec file of your own',
    })
    return stdout
  } catch (error) {
    if (!isFactoryError(error, 'COMMAND_FAILED')) throw error
    throw new FactoryError(
      'PACKAGE_BUILD_FAILED',
      `rpmbuild could not make the packages of ${formatPackage(plan.package)}`,
      {
        hint: 'correct the spec file; without it, mkrpm needs no rpmbuild',
        details: lastLines(error.details.join('\n'), 10),
        cause: error,
      },
    )
  }
}

export interface MacroPlaces {
  readonly top: string
  readonly tree: string
  /** Whether DKMS 2's own generator of provides is installed. */
  readonly findProvides: boolean
}

/** Names and forms are those of DKMS 2.8: spec files in the field use them. */
export function userSpecMacros(
  { package: id, builds }: Pick<PackagePlan, 'package' | 'builds'>,
  { top, tree, findProvides: hasFindProvides }: MacroPlaces,
): readonly (readonly [name: string, value: string])[] {
  const kernels = builds.map(({ kernel }) => kernel)
  const pairs = kernels.map(({ release, arch }) => `-k ${release} -a ${arch}`)
  return [
    ['_topdir', top],
    ['version', id.version],
    ['module_name', id.name],
    ['kernel_versions', kernels.length === 0 ? '%{nil}' : kernels.map(({ release }) => release).join(' ')],
    ['mktarball_line', kernels.length === 0 ? 'none' : `${pairs.join(' ')} --binaries-only`],
    ['_dkmsdir', tree],
    ...(hasFindProvides
      ? ([
          ['__find_provides', findProvides],
          ['_use_internal_dependency_generator', '0'],
        ] as const)
      : []),
  ]
}

/** rpmbuild says `Wrote: PATH` of each package. */
function writtenFiles(log: string, top: AbsolutePath): readonly string[] {
  const written = log.split('\n').flatMap((line) => /^Wrote: (.+)$/.exec(line)?.slice(1) ?? [])
  if (written.length > 0) return written
  // Some versions say it in the language of the user or not at all.
  return [join(top, 'SRPMS'), ...readdirSync(join(top, 'RPMS')).map((arch) => join(top, 'RPMS', arch))].flatMap(
    (directory) => readdirSync(directory).map((file) => join(directory, file)),
  )
}

async function takeOver(path: string, { output, signer }: UserSpecRequest): Promise<MadeRpm> {
  const destination = below(output, basename(path))
  if (signer === undefined) cpSync(path, destination)
  else await signRpm(path, signer, destination)
  using rpm = openRpm(destination)
  const { kind, name, version, release, arch } = summarize(rpm)
  const { offset, bytes } = rpm.payloadRange
  return { path: destination, kind, name, version, release, arch, bytes: offset + bytes }
}
