/** Whether a package or archive can be used as it is: `verify` of what is no driver disk. Pure, from what `inspect` found. */
import type { InspectedDkmsPackage, InspectedModule, Inspection, Integrity, Problem, SignatureFact } from './model.ts'
import { type PackageRule, type PackageRuleCode, packageRules } from './package-rules.ts'

export interface PackageFinding extends PackageRule {
  readonly code: PackageRuleCode
  /** Of a module, within the file. */
  readonly path?: string
  readonly detail?: string
}

export interface JudgedModule {
  readonly path: string
  /** Of the archive inside of the package that holds it. */
  readonly archive?: string
  /** The release it was built for. */
  readonly kernel?: string
  readonly isSigned: boolean
  /** As it claims. */
  readonly signer?: string
}

export interface PackageVerdict {
  readonly kind: Inspection['kind']
  readonly name: string
  readonly version: string
  readonly integrity: Integrity
  readonly signatures: readonly SignatureFact[]
  /** Releases that it holds modules for, sorted. */
  readonly kernels: readonly string[]
  readonly modules: readonly JudgedModule[]
  readonly findings: readonly PackageFinding[]
  /** No finding is an error. */
  readonly isAccepted: boolean
}

/** @param kernels releases that it has to hold modules for */
export function judgePackage(inspection: Inspection, kernels: readonly string[]): PackageVerdict {
  const { kind, integrity, signatures, problems } = inspection
  const modules = 'modules' in inspection ? inspection.modules : []
  const present = [...new Set(modules.flatMap(({ kernel }) => kernel ?? []))].sort()
  const findings = [
    ...problems.map(ofProblem),
    ...('dkms' in inspection ? inspection.dkms : []).flatMap(ofUnread),
    ...(integrity.state === 'unprotected' ? [finding('unprotected')] : []),
    ...(integrity.state === 'incomplete' ? [finding('incomplete', { detail: missingFiles(integrity) })] : []),
    ...modules.flatMap(ofModule),
    ...kernels
      .filter((release) => !present.includes(release))
      .map((release) => finding('kernel-missing', { detail: release })),
  ]
  return {
    kind,
    name: 'name' in inspection ? inspection.name : inspection.source,
    version: inspection.version,
    integrity,
    signatures,
    kernels: present,
    modules: modules.map(judged),
    findings,
    isAccepted: findings.every(({ severity }) => severity !== 'error'),
  }
}

function finding(code: PackageRuleCode, where: Pick<PackageFinding, 'path' | 'detail'> = {}): PackageFinding {
  return { code, ...packageRules[code], ...where }
}

const codeOfProblem = {
  damage: 'damaged',
  signature: 'untrusted',
  content: 'content-unusable',
} as const satisfies Record<Problem['kind'], PackageRuleCode>

function ofProblem({ kind, message }: Problem): PackageFinding {
  return finding(codeOfProblem[kind], { detail: message })
}

function ofUnread({ path, unread }: InspectedDkmsPackage): PackageFinding[] {
  return unread === undefined ? [] : [finding('content-unread', { path, detail: unread })]
}

function missingFiles({ checks }: Integrity): string {
  return checks
    .filter(({ state }) => state === 'missing')
    .map(({ name }) => name)
    .join(', ')
}

function ofModule(module: InspectedModule): PackageFinding[] {
  const { problem, kernel, signature } = module
  const path = placeOf(module)
  if (problem !== undefined) return [finding('module-unreadable', { path, detail: problem })]
  const meant = kernelOfPath(module.path)
  return [
    ...(meant !== undefined && kernel !== undefined && meant !== kernel
      ? [finding('vermagic-mismatch', { path, detail: `it was built for ${kernel}` })]
      : []),
    ...(signature === undefined ? [finding('module-unsigned', { path })] : []),
  ]
}

function placeOf({ archive, path }: Pick<InspectedModule, 'archive' | 'path'>): string {
  return archive === undefined ? path : `${archive}: ${path}`
}

/** The kernel whose directory a module lies in: of the install tree in a package, of the build in a DKMS tarball. */
function kernelOfPath(path: string): string | undefined {
  return /(?:^|\/)lib\/modules\/([^/]+)\//.exec(path)?.[1] ?? /(?:^|\/)dkms_main_tree\/([^/]+)\//.exec(path)?.[1]
}

function judged({ path, archive, kernel, signature }: InspectedModule): JudgedModule {
  const signer = signature?.signer
  return {
    path,
    ...(archive === undefined ? {} : { archive }),
    ...(kernel === undefined ? {} : { kernel }),
    isSigned: signature !== undefined,
    ...(signer === undefined ? {} : { signer }),
  }
}
