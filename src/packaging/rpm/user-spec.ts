/**
 * mkrpm with a spec file of the user's own, through rpmbuild, with the macros and source files that mkrpm of DKMS 2.x gave
 * such spec files (DKMS 2.8 man page, "mkrpm", and its stock template).
 */
import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readFileChunks, writeUndigested } from '../../archive/chunk-file.ts'
import { type AbsolutePath, below } from '../../domain.ts'
import { fileError, isFile, temporaryDirectory } from '../../system/fs.ts'
import { copyInto } from '../plan/copy-into.ts'
import type { PackagePlan } from '../plan/model.ts'
import { prepareOutput } from '../plan/output.ts'
import { findSpec } from '../plan/user-spec.ts'
import { openRpm } from './format/read.ts'
import { signRpm } from './format/resign.ts'
import { summarize } from './format/summary.ts'
import type { MadeRpm, RpmRequest, RpmResult } from './model.ts'
import { knowsHostPackages, type Macro, makeTopdir, rpmbuild } from './rpmbuild.ts'

export interface UserSpecRequest extends Omit<RpmRequest, 'profile' | 'compression'> {
  /** The spec file, as {@link findUserSpec} found it. */
  readonly spec: string
  /** Whether common.postinst of the installed DKMS is among the sources, for targets that lack it. */
  readonly legacyPostinst: boolean
}

/**
 * `--spec FILE`, else what lies at the places DKMS 2.x looked at.
 *
 * @throws {FactoryError} SPEC_MISSING when the file of --spec does not exist
 */
export function findUserSpec(plan: PackagePlan, etc: AbsolutePath, spec: string | undefined): string | undefined {
  const { package: id, source } = plan
  return findSpec({ verb: 'mkrpm', module: id.name, source: source.directory, etc, spec })
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
  const made = await rpmbuild({
    top: top.path,
    specName,
    mode: '-ba',
    macros: userSpecMacros(plan, { tree: request.roots.dkmsTree, findProvides: isFile(findProvides) }),
    package: plan.package,
    hint: 'correct the spec file; without it, mkrpm needs no rpmbuild',
    checksRequires: await knowsHostPackages(report),
  })
  const packages: MadeRpm[] = []
  for (const path of made) packages.push(await takeOver(path, request))
  return { module, moduleVersion, packages }
}

const commonPostinst = '/usr/lib/dkms/common.postinst'
const findProvides = '/usr/lib/dkms/find-provides'
const specName = 'dkms_mkrpm.spec'

/** DKMS copied the source with what its links lead to. */
function fillTopdir(top: AbsolutePath, { plan, spec, legacyPostinst }: UserSpecRequest): void {
  const { name, version } = plan.package
  makeTopdir(top, spec, specName)
  try {
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

export interface MacroPlaces {
  readonly tree: string
  /** Whether DKMS 2's own generator of provides is installed. */
  readonly findProvides: boolean
}

/** Names and forms are those of DKMS 2.8: spec files in the field use them. Kernels are told with --source-only, too. */
export function userSpecMacros(
  { package: id, kernels, builds }: Pick<PackagePlan, 'package' | 'kernels' | 'builds'>,
  { tree, findProvides: hasFindProvides }: MacroPlaces,
): readonly Macro[] {
  const pairs = builds.map(({ kernel: { release, arch } }) => `-k ${release} -a ${arch}`)
  return [
    ['version', id.version],
    ['module_name', id.name],
    ['kernel_versions', kernels.length === 0 ? '%{nil}' : kernels.map(({ release }) => release).join(' ')],
    ['mktarball_line', builds.length === 0 ? 'none' : `${pairs.join(' ')} --binaries-only`],
    ['_dkmsdir', tree],
    ...(hasFindProvides
      ? ([
          ['__find_provides', findProvides],
          ['_use_internal_dependency_generator', '0'],
        ] as const)
      : []),
  ]
}

async function takeOver(path: string, { output, signer }: UserSpecRequest): Promise<MadeRpm> {
  const destination = below(output, basename(path))
  if (signer === undefined) await copy(path, destination)
  else await signRpm(path, signer, destination)
  using rpm = openRpm(destination)
  const { kind, name, version, release, arch } = summarize(rpm)
  const { offset, bytes } = rpm.payloadRange
  return { path: destination, kind, name, version, release, arch, bytes: offset + bytes }
}

/** Whole or not at all, as the packages that are made here. */
async function copy(from: string, to: AbsolutePath): Promise<void> {
  try {
    await writeUndigested(readFileChunks(from), to)
  } catch (error) {
    throw fileError(error, 'write', to)
  }
}
