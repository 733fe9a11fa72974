/**
 * `match`: brings a kernel to the configuration of another one: what is installed there is built and installed here
 * (dkms(8)). DKMS 2.8.6 to 3.3 read their own status lines wrongly and found nothing to do; here the tree itself is asked.
 * The caller holds the lock of the tree.
 */
import { loadConf } from '../conf/load.ts'
import { formatKernel, formatPackage, type Kernel, sameKernel } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import { loadTree } from '../tree/load.ts'
import type { Build, TreePackage } from '../tree/model.ts'
import type { KernelResult, ManyRequest, PackageOutcome } from './autoinstall/model.ts'
import { installOnKernel } from './autoinstall/on-kernel.ts'
import { confRequestFor } from './autoinstall/package-conf.ts'
import { type Candidate, dependsOf } from './autoinstall/survey.ts'
import { assertNotBroken } from './broken.ts'

export interface MatchRequest extends ManyRequest {
  readonly template: Kernel
  readonly kernel: Kernel
  /** Only packages of this name, and of this version. */
  readonly name?: string
  readonly version?: string
}

/**
 * @returns an outcome for each package that is installed on the template kernel
 * @throws {FactoryError} MATCH_SAME_KERNEL; NOT_IN_TREE when no package has the name; FILE_ACCESS, DISK_FULL
 */
export async function match(request: MatchRequest): Promise<KernelResult> {
  const { template, kernel, roots } = request
  if (sameKernel(template, kernel)) {
    throw new FactoryError('MATCH_SAME_KERNEL', `kernel ${formatKernel(kernel)} cannot be matched with itself`, {
      hint: 'name the kernel to install for with -k, and the one to take as template with --templatekernel',
    })
  }
  const { packages } = loadTree(roots)
  const chosen = packages.filter(({ id }) => isChosen(request, id))
  if (request.name !== undefined && chosen.length === 0) throw notInTree(request)
  const onTemplate = chosen.filter((entry) => buildFor(entry, template)?.installed)
  const settled: PackageOutcome[] = []
  const candidates: Candidate[] = []
  for (const entry of onTemplate) {
    const answer = await judge(request, entry)
    if ('state' in answer) settled.push(answer)
    else candidates.push(answer)
  }
  const names = candidates.map(({ id }) => id.name)
  const installed = packages.filter((entry) => buildFor(entry, kernel)?.installed).map(({ id }) => id.name)
  const done = await installOnKernel(request, kernel, candidates, {
    satisfied: new Set(installed.filter((name) => !names.includes(name))),
    known: new Set(packages.map(({ id }) => id.name)),
  })
  return { kernel, packages: inOrderOf(onTemplate, [...settled, ...done]) }
}

function isChosen({ name, version }: MatchRequest, id: { readonly name: string; readonly version: string }): boolean {
  return (name === undefined || id.name === name) && (version === undefined || id.version === version)
}

function notInTree({ name = '', version, roots }: MatchRequest): FactoryError {
  const what = version === undefined ? name : `${name}/${version}`
  return new FactoryError('NOT_IN_TREE', `${what} is not in the DKMS tree ${roots.dkmsTree}`, {
    hint: '`dkms status` lists what is',
  })
}

function buildFor(entry: TreePackage, kernel: Kernel): Build | undefined {
  return entry.builds.find((build) => build.state === 'built' && sameKernel(build.kernel, kernel))
}

async function judge(request: MatchRequest, entry: TreePackage): Promise<Candidate | PackageOutcome> {
  const { kernel } = request
  const build = buildFor(entry, kernel)
  if (build?.installed) return { package: entry.id, state: 'already-installed' }
  try {
    assertNotBroken(entry)
    const { conf } = await loadConf(confRequestFor(request, entry, kernel))
    return { id: entry.id, entry, conf, isBuilt: build !== undefined, depends: dependsOf(conf) }
  } catch (error) {
    if (!isFactoryError(error)) throw error
    return { package: entry.id, state: 'failed', error }
  }
}

function inOrderOf(entries: readonly TreePackage[], outcomes: readonly PackageOutcome[]): readonly PackageOutcome[] {
  return entries.flatMap(({ id }) => outcomes.find((outcome) => outcome.package === id) ?? [])
}

/** The first failure, in the order of the packages; what the kernel does not want is none. */
export function matchFailure({ kernel, packages }: KernelResult): FactoryError | undefined {
  for (const outcome of packages) {
    if (outcome.state === 'failed') return outcome.error
    if (outcome.state === 'missing-dependencies' || outcome.state === 'deferred') {
      return new FactoryError(
        'BUILD_DEPENDS_MISSING',
        `${formatPackage(outcome.package)} needs ${outcome.missing.join(', ')}, not installed for kernel ${formatKernel(kernel)}`,
        { hint: 'install them first' },
      )
    }
  }
  return undefined
}
