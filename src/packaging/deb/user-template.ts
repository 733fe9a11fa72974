/**
 * mkdeb, mkdsc and mkbmdeb with a debian/ directory of the user's own, through dpkg-buildpackage, as DKMS 2.x made all
 * Debian packages (DKMS 2.8 man page, "mkdeb", "mkdsc", "mkbmdeb").
 */
import { isUtf8 } from 'node:buffer'
import { chmodSync, copyFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type AbsolutePath, below, formatPackage, type Kernel } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { archNames } from '../../kernel/arch.ts'
import { findOnPath } from '../../kernel/toolchain.ts'
import { childEnvironment } from '../../system/env.ts'
import { fileError, isDirectory, isFile, temporaryDirectory } from '../../system/fs.ts'
import { lastLines, run } from '../../system/run.ts'
import { toolMissing } from '../../system/tools.ts'
import { type DebianPlaceholders, replacePlaceholders } from '../../templates/placeholders.ts'
import { firstTemplate, userTemplatePlaces } from '../../templates/user-templates.ts'
import { copyInto } from '../plan/copy-into.ts'
import type { PackagePlan } from '../plan/model.ts'
import { prepareOutput } from '../plan/output.ts'
import { writeBinaries } from '../tarball/binaries.ts'
import { formatDate } from './format/dates.ts'
import type { DebianRequest, DebianResult, MadeFile } from './model.ts'
import { debSubject, sourceName, tarballName } from './subject.ts'
import { takeOver } from './take-over.ts'

export type DebianVerb = 'mkdeb' | 'mkdsc' | 'mkbmdeb'

export interface UserTemplateRequest extends DebianRequest {
  readonly verb: DebianVerb
  /** The directory that holds debian/, as {@link findUserTemplate} found it. */
  readonly template: string
  /** Whether common.postinst of the installed DKMS is put beside debian/, for targets that lack it. */
  readonly legacyPostinst: boolean
}

/** What lies at the places DKMS 2.x looked at. */
export function findUserTemplate(verb: DebianVerb, plan: PackagePlan, etc: AbsolutePath): string | undefined {
  const roots = { source: plan.source.directory, etc, module: plan.package.name }
  return firstTemplate(userTemplatePlaces(verb, roots), ({ path }) => isDirectory(join(path, 'debian')))?.path
}

/**
 * mkbmdeb runs dpkg-buildpackage for each kernel, the others once.
 *
 * @throws {FactoryError} TOOL_MISSING when dpkg-dev, fakeroot or a debhelper that the template uses is not installed;
 *   PACKAGE_BUILD_FAILED with the end of dpkg-buildpackage's output; DESTINATION_NOT_WRITABLE, FILE_ACCESS,
 *   PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED, and what making the tarball of built modules throws
 */
export async function buildFromUserTemplate(request: UserTemplateRequest): Promise<DebianResult> {
  const { plan, verb, template, output, dryRun, report } = request
  assertTools(template)
  report({ kind: 'note', message: `dpkg-buildpackage makes the packages, from ${template}` })
  if (dryRun) return { files: [] }
  prepareOutput(output)
  const rounds = verb === 'mkbmdeb' ? plan.kernels.map((kernel) => [kernel]) : [plan.kernels]
  const files: MadeFile[] = []
  for (const kernels of rounds) files.push(...(await buildOnce(request, kernels)))
  return { files }
}

function assertTools(template: string): void {
  const searchPath = childEnvironment()['PATH'] ?? ''
  const tools = ['dpkg-buildpackage', 'fakeroot', ...(usesDebhelper(template) ? ['dh'] : [])]
  const missing = tools.find((tool) => findOnPath(tool, searchPath) === undefined)
  if (missing !== undefined) throw toolMissing(missing, `make packages from the template ${template}`)
}

function usesDebhelper(template: string): boolean {
  const rules = join(template, 'debian/rules')
  return isFile(rules) && /\bdh(?:_[a-z]+)?\b/.test(readFileSync(rules, 'latin1'))
}

async function buildOnce(request: UserTemplateRequest, kernels: readonly Kernel[]): Promise<readonly MadeFile[]> {
  using top = temporaryDirectory(request.roots.tmp, 'dkms-factory-debian-')
  const { name } = debSubject(request.plan)
  const directory = below(top.path, `${name}-${request.plan.package.version}`)
  await fill(directory, request, kernels)
  await buildPackage(directory, request, kernels[0])
  const suffix = request.verb === 'mkdsc' ? /\.(?:dsc|changes|tar\.[a-z0-9]+)$/ : /\.deb$/
  const made = readdirSync(top.path).filter((file) => suffix.test(file))
  return await takeOver(
    made.sort().map((file) => below(top.path, file)),
    request,
  )
}

const commonPostinst = '/usr/lib/dkms/common.postinst'

/** DKMS copied the source with what its links lead to. */
async function fill(directory: AbsolutePath, request: UserTemplateRequest, kernels: readonly Kernel[]): Promise<void> {
  const { plan, template, legacyPostinst } = request
  try {
    cpSync(template, directory, { recursive: true, dereference: true })
    replaceInFiles(join(directory, 'debian'), placeholdersOf(request, kernels))
    if (legacyPostinst && isFile(commonPostinst)) {
      copyFileSync(commonPostinst, join(directory, 'common.postinst'))
      chmodSync(join(directory, 'common.postinst'), 0o755)
    }
    if (plan.content !== 'binaries-only') copyInto(plan.source, join(directory, sourceName(plan.package)))
  } catch (error) {
    throw fileError(error, 'prepare', directory)
  }
  if (plan.builds.length === 0) return
  const tarball = await writeBinaries({ ...request, plan: { ...plan, kernels } }, directory)
  if (basename(tarball.from) !== tarballName(plan.package)) throw new Error(`${tarball.from} has another name`)
}

function placeholdersOf(
  { plan, verb, runningKernel }: UserTemplateRequest,
  kernels: readonly Kernel[],
): DebianPlaceholders {
  const kernel = kernels[0] ?? runningKernel
  return {
    debianPackage: debSubject(plan).stem,
    moduleName: plan.package.name,
    moduleVersion: plan.package.version,
    dateStamp: formatDate(plan.clampTime),
    debianBuildArch: verb !== 'mkbmdeb' && plan.content === 'source-only' ? 'all' : archNames(kernel.arch).deb,
    kernelVersion: kernel.release,
  }
}

/** What is a program may be run; debhelper runs its own files, too, when they may be. */
function replaceInFiles(directory: string, placeholders: DebianPlaceholders): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) replaceInFiles(path, placeholders)
    if (!entry.isFile()) continue
    const bytes = readFileSync(path)
    if (isUtf8(bytes)) writeFileSync(path, replacePlaceholders(bytes.toString('utf8'), placeholders))
    chmodSync(path, bytes.subarray(0, 2).toString('latin1') === '#!' ? 0o755 : 0o644)
  }
}

async function buildPackage(
  directory: AbsolutePath,
  { plan, verb }: UserTemplateRequest,
  kernel: Kernel | undefined,
): Promise<void> {
  const what = verb === 'mkdsc' ? '-S' : '-b'
  try {
    await run(['dpkg-buildpackage', '-rfakeroot', '-d', what, '-us', '-uc'], {
      cwd: directory,
      env: { LC_ALL: 'C', ...(kernel === undefined ? {} : { KVER: kernel.release, KARCH: kernel.arch }) },
      purpose: 'make packages from a template of your own',
    })
  } catch (error) {
    if (!isFactoryError(error, 'COMMAND_FAILED')) throw error
    throw new FactoryError(
      'PACKAGE_BUILD_FAILED',
      `dpkg-buildpackage could not make the packages of ${formatPackage(plan.package)}`,
      {
        hint: `correct the template; without it, ${verb} needs no dpkg-buildpackage`,
        details: lastLines(error.details.join('\n'), 10),
        cause: error,
      },
    )
  }
}
