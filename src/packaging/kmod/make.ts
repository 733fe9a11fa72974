/** mkkmod: from the modules built for some kernels to a package for each kernel. */
import { formatPackage } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { openTemplates } from '../../templates/stock.ts'
import { findInTree } from '../plan/choose.ts'
import { assertBuildComplete } from '../plan/complete.ts'
import type { PlannedBuild } from '../plan/model.ts'
import { prepareOutput } from '../plan/output.ts'
import type { RpmSubject } from '../rpm/subject.ts'
import { describeKmod, type KmodParts, styleSubject } from './describe.ts'
import type { KmodRequest, KmodResult, MadeKmod } from './model.ts'
import { symbolsOf } from './module-symbols.ts'
import { type KmodStyle, styleOf } from './styles.ts'
import { kernelPackageSubject } from './subject.ts'
import { writeNamed } from './write.ts'

/**
 * Every package is described before the first is written. Equal input gives equal bytes.
 *
 * @throws {FactoryError} NOT_BUILT for a plan without builds; BUILD_INCOMPLETE, VERMAGIC_MISMATCH, HEADERS_MISSING,
 *   ARCH_UNKNOWN, PACKAGE_REFUSED, DESTINATION_NOT_WRITABLE, FILE_ACCESS, DISK_FULL, PACKAGE_KEY_UNUSABLE,
 *   PACKAGE_SIGNING_FAILED, TOOL_MISSING
 */
export async function makeKmods(request: KmodRequest): Promise<KmodResult> {
  await assertBuilt(request)
  const subject = kernelPackageSubject(request.plan)
  for (const message of subject.notes) request.report({ kind: 'note', message })
  const parts: KmodParts[] = []
  for (const build of request.plan.builds) {
    const style = request.style ?? styleOf(build.kernel)
    parts.push({ subject, style, build, symbols: await symbolsOf(request, build, style) })
  }
  const templates = await openTemplates()
  if (!request.dryRun) prepareOutput(request.output)
  const packages: MadeKmod[] = []
  for (const one of toldApart(parts, request)) {
    const { made } = await writeNamed(request, describeKmod(templates, one))
    packages.push({ ...made, kernel: one.build.kernel.release, style: one.style.name })
  }
  return { packages }
}

async function assertBuilt({ plan, roots }: KmodRequest): Promise<void> {
  const { package: id, builds, origin, source } = plan
  if (origin.kind === 'directory' || builds.length === 0) {
    throw new FactoryError('NOT_BUILT', `there are no built modules of ${formatPackage(id)} to pack`, {
      hint: 'add the package and build it first, or make a source package with --akmod or mkkmp',
    })
  }
  const found = findInTree(roots, id)
  for (const build of found.builds) {
    if (builds.some(({ kernel }) => kernel.release === build.kernel.release && kernel.arch === build.kernel.arch)) {
      await assertBuildComplete(roots, found, build, source.directory)
    }
  }
}

/** Where packages for several kernels would have one name, the kernel becomes part of it. */
function toldApart(parts: readonly KmodParts[], { report }: KmodRequest): readonly KmodParts[] {
  const names = parts.map(({ subject, style, build }) => fileIdentity(subject, style, build))
  return parts.map((one, index) => {
    if (names.indexOf(names[index] ?? '') === names.lastIndexOf(names[index] ?? '')) return one
    const { release } = one.build.kernel
    const name = `kmod-${one.subject.name}-${release.replace(/[^A-Za-z0-9._+-]/g, '_')}`
    report({ kind: 'note', message: `the package for kernel ${release} is ${name}: several would have one name` })
    return { ...one, name }
  })
}

function fileIdentity(subject: RpmSubject, style: KmodStyle, build: PlannedBuild): string {
  const about = styleSubject(subject, build)
  return `${style.packageName(about)}-${style.version(about)}.${style.arch(build.kernel)}`
}
