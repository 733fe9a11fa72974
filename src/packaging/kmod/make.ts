/** mkkmod: from the modules built for some kernels to a package for each kernel, and those that go along. */
import { formatPackage } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { openTemplates } from '../../templates/stock.ts'
import { findInTree } from '../plan/choose.ts'
import { assertBuildComplete } from '../plan/complete.ts'
import type { PlannedBuild } from '../plan/model.ts'
import { prepareOutput } from '../plan/output.ts'
import type { RpmBinaryDescription } from '../rpm/format/description.ts'
import type { RpmSubject } from '../rpm/subject.ts'
import {
  certificatePackage,
  describeCertificate,
  isSignedWith,
  readSigningCertificate,
  type SigningCertificate,
} from './certificate.ts'
import { describeKmod, type KmodParts, styleSubject } from './describe.ts'
import { describeMeta, metaName, newestOfVariants } from './meta.ts'
import type { KmodRequest, KmodResult, MadeKmod } from './model.ts'
import { symbolsOf } from './module-symbols.ts'
import { styleOf } from './styles.ts'
import { kernelPackageSubject } from './subject.ts'
import { writeNamed } from './write.ts'

/**
 * Every package is described before the first is written. Equal input gives equal bytes.
 *
 * @throws {FactoryError} NOT_BUILT for a plan without builds; BUILD_INCOMPLETE, VERMAGIC_MISMATCH, HEADERS_MISSING,
 *   CERTIFICATE_INVALID, ARCH_UNKNOWN, PACKAGE_REFUSED, DESTINATION_NOT_WRITABLE, FILE_ACCESS, DISK_FULL, PACKAGE_KEY_UNUSABLE,
 *   PACKAGE_SIGNING_FAILED, TOOL_MISSING
 */
export async function makeKmods(request: KmodRequest): Promise<KmodResult> {
  await assertBuilt(request)
  const subject = kernelPackageSubject(request.plan)
  for (const message of subject.notes) request.report({ kind: 'note', message })
  const certificate = request.certificate === undefined ? undefined : readSigningCertificate(request.certificate)
  const parts: KmodParts[] = []
  for (const build of request.plan.builds) {
    const style = request.style ?? styleOf(build.kernel)
    const symbols = await symbolsOf(request, build, style)
    const signer = style.devices === 'supplements' ? certificate : undefined
    const required = signer === undefined ? undefined : certificatePackage(subject.name)
    parts.push({ subject, style, build, symbols, certificatePackage: required, needsInitrd: request.needsInitrd })
    if (signer !== undefined) warnOfOtherKeys(request, build, signer)
  }
  return { packages: await writeAll(request, subject, toldApart(parts, request), certificate) }
}

async function writeAll(
  request: KmodRequest,
  subject: RpmSubject,
  parts: readonly KmodParts[],
  certificate: SigningCertificate | undefined,
): Promise<readonly MadeKmod[]> {
  const templates = await openTemplates()
  if (!request.dryRun) prepareOutput(request.output)
  const packages: MadeKmod[] = []
  for (const one of parts) packages.push(await writeFor(request, one, describeKmod(templates, one)))
  for (const one of newestOfVariants(parts)) packages.push(await writeFor(request, one, describeMeta(one)))
  if (certificate === undefined) return packages
  const first = parts.find((one) => one.certificatePackage !== undefined)
  if (first === undefined) {
    const message = 'the certificate is in none of the packages: only those in a style of SUSE bring it along'
    request.report({ kind: 'warning', message, hint: 'leave --certificate out, or choose --style suse' })
    return packages
  }
  using scratch = request.dryRun ? undefined : temporaryDirectory(request.roots.tmp, 'dkms-factory-kmod-')
  const { made } = await writeNamed(request, describeCertificate(templates, subject, certificate, scratch?.path))
  return [...packages, { ...made, style: first.style.name }]
}

async function writeFor(
  request: KmodRequest,
  { build, style }: KmodParts,
  description: RpmBinaryDescription,
): Promise<MadeKmod> {
  const { made } = await writeNamed(request, description)
  return { ...made, kernel: build.kernel.release, style: style.name }
}

function warnOfOtherKeys({ report }: KmodRequest, { modules }: PlannedBuild, certificate: SigningCertificate): void {
  const others = modules.filter(({ info }) => !isSignedWith(info.signature, certificate))
  if (others.length === 0) return
  report({
    kind: 'warning',
    message: `not signed with the key of ${certificate.path}: ${others.map(({ fileName }) => fileName).join(', ')}`,
    hint: 'a machine that takes that certificate will not take these modules for it; name the one they are signed with',
  })
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

/**
 * Where packages would have one name, the kernel becomes part of it: those for several kernels in the style of RHEL, and
 * those beside one that leads to the newest kernel of Fedora.
 */
function toldApart(parts: readonly KmodParts[], { report }: KmodRequest): readonly KmodParts[] {
  const names = [...parts.map(fileIdentity), ...newestOfVariants(parts).map(metaIdentity)]
  return parts.map((one) => {
    if (names.filter((name) => name === fileIdentity(one)).length === 1) return one
    const { release } = one.build.kernel
    const name = `kmod-${one.subject.name}-${release.replace(/[^A-Za-z0-9._+-]/g, '_')}`
    report({ kind: 'note', message: `the package for kernel ${release} is ${name}: several would have one name` })
    return { ...one, name }
  })
}

function fileIdentity({ subject, style, build }: KmodParts): string {
  const about = styleSubject(subject, build)
  return `${style.packageName(about)}-${style.version(about)}.${style.arch(build.kernel)}`
}

function metaIdentity(parts: KmodParts): string {
  return `${metaName(parts)}-${parts.subject.version}.${parts.style.arch(parts.build.kernel)}`
}
