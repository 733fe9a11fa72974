/** What the actions about driver disks print for people. What comes out of an image is made harmless for terminals. */
import { formatKernel, formatPackage, type Kernel, type PackageId } from '../../domain.ts'
import type { DriverDiskResult } from '../../packaging/driverdisk/make.ts'
import type { DiskSignature } from '../../packaging/driverdisk/open-disk.ts'
import type { DiskContents } from '../../packaging/driverdisk/show.ts'
import type { Finding, VerifyResult } from '../../packaging/driverdisk/verify/verify.ts'
import { printable } from './inspection.ts'
import { plural } from './plural.ts'
import { alignColumns } from './table.ts'

export interface MadeDisk {
  readonly made: DriverDiskResult
  /** Where the disk is, or would be. */
  readonly destination: string
  readonly initrd: string | undefined
  /** Where the signature of the disk is, or would be; undefined when there is none. */
  readonly signature: string | undefined
  readonly dryRun: boolean
}

/** Scripts look for the line `Disk image location`, and for the last one: both are those of DKMS 2.x. */
export function diskText({ made, destination, initrd, signature, dryRun }: MadeDisk): string {
  const advice = alignColumns(
    made.boot.map(({ installer, argument, note }) => ['', installer, argument === '' ? '-' : argument, note]),
  )
  const boot = made.boot.length === 0 ? '' : `At the boot prompt of the installer:\n${advice}`
  if (dryRun) {
    const images = new Set([destination, signature ?? destination, initrd ?? destination])
    const inside = made.files.map((path) => `  ${path}\n`)
    return `${[...images].map((path) => `Would write: ${path}\n`).join('')}On the disk:\n${inside.join('')}${boot}`
  }
  const appended = initrd === undefined ? '' : `To append to the initrd: ${initrd}\n`
  const signed = signature === undefined ? '' : `Signature: ${signature}\n`
  return `${boot}${appended}${signed}\nDisk image location: ${destination}\n\nDKMS: mkdriverdisk completed.\n`
}

/** What a dry run does not do, and without which it is not known what would be on the disk. */
export interface UnmadeDisk {
  readonly package: PackageId
  /** Kernels that are not built yet. */
  readonly unbuilt: readonly Kernel[]
  readonly kernels: readonly Kernel[]
  /** For rpmbuild. */
  readonly spec: string | undefined
  readonly destination: string
}

export function unmadeText({ package: id, unbuilt, kernels, spec, destination }: UnmadeDisk): string {
  const builds = unbuilt.map((kernel) => `Would build: ${formatPackage(id)} for kernel ${formatKernel(kernel)}`)
  const runs = kernels.map((kernel) => `Would run: rpmbuild on ${spec} for kernel ${formatKernel(kernel)}`)
  const lines = [...builds, ...(spec === undefined ? [] : runs), `Would write: ${destination}`]
  return lines.map((line) => `${line}\n`).join('')
}

export function contentsText(file: string, contents: DiskContents): string {
  const { container, formats, packages, updates, modules, kernels, files, signature } = contents
  const { kind, compression, variant, label } = container
  const kindText = [kind, variant, compression === 'none' ? undefined : compression].filter(
    (word) => word !== undefined,
  )
  const rows: (readonly [string, string])[] = [
    ['Image:', file],
    ['Kind:', kindText.join(', ')],
    ...(label === undefined ? [] : [['Label:', label] as const]),
    ['Formats:', formats.length === 0 ? 'none that is known' : formats.join(', ')],
    ...labelled('Packages:', packages.map(packageLine)),
    ...labelled(
      'Updates:',
      updates.map(({ path }) => path),
    ),
    ...labelled('Kernels:', kernels),
    ...labelled('Modules:', modules.map(moduleLine)),
    ['Files:', String(files.length)],
    ...(signature.form === 'none' ? [] : [['Signature:', signatureText(signature)] as const]),
  ]
  return alignColumns(rows.map(([name, value]) => [name, printable(value)]))
}

function labelled(label: string, lines: readonly string[]): (readonly [string, string])[] {
  return lines.map((line, index) => [index === 0 ? label : '', line])
}

function packageLine({ path, identity, isSigned }: DiskContents['packages'][number]): string {
  if (identity === undefined) return `${path}: cannot be read`
  const { name, version, arch } = identity
  return `${path}: ${name} ${version} ${arch}${isSigned === undefined ? '' : isSigned ? ', signed' : ', not signed'}`
}

function moduleLine({ path, name, version, kernel, isSigned, signer }: DiskContents['modules'][number]): string {
  const signature = isSigned ? `signed${signer === undefined ? '' : ` by ${signer}`}` : 'not signed'
  const about = [name, version, kernel === undefined ? undefined : `for ${kernel}`].filter((word) => word !== undefined)
  return `${path}: ${about.join(' ')}, ${signature}`
}

function signatureText(signature: DiskSignature): string {
  if (signature.form === 'none') return 'none'
  const { form, state, keyId } = signature
  return `${form}, ${state}${keyId === undefined ? '' : `, key ${keyId}`}`
}

function signatureLine({ signature, signatureAskedBy }: VerifyResult): string {
  if (signature.form !== 'none') return `Signature of the disk: ${signatureText(signature)}\n`
  if (signatureAskedBy.length === 0) return ''
  return 'Signature of the disk: none; linuxrc in its secure mode asks for one when it loads the disk as a file\n'
}

export function verdictText(file: string, result: VerifyResult): string {
  const { releases, findings, isAccepted } = result
  const judged = releases.length === 0 ? '' : ` for ${releases.join(' ')}`
  const told = findings.length === 0 ? 'nothing to complain of' : plural(findings.length, 'finding')
  const verdict = `${printable(file)}: ${isAccepted ? 'accepted' : 'not accepted'}${judged}, ${told}\n`
  return `${findings.map(findingText).join('')}${signatureLine(result)}${verdict}`
}

type ToldFinding = Omit<Finding, 'code' | 'releases'> & { readonly code: string; readonly releases?: readonly string[] }

export function findingText(finding: ToldFinding): string {
  const { severity, code, path, detail, meaning, remedy, releases = [] } = finding
  const where = path === undefined ? '' : `${printable(path)}: `
  const more = detail === undefined || detail === '' ? '' : ` (${printable(detail)})`
  const whom = releases.length === 0 ? '' : `  For: ${releases.join(' ')}\n`
  return `${severity}: ${where}${meaning}${more} [${code}]\n${whom}  What to do: ${remedy}\n`
}
