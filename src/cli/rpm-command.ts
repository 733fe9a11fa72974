/** What the actions that make RPM packages have in common: where they go, how they are packed and who signs them. */
import type { Compression } from '../archive/compression.ts'
import { type AbsolutePath, absolutePath, type Roots } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { PackagePlan } from '../packaging/plan/model.ts'
import { gpgSigner, type HeaderSigner, keyFileSigner } from '../packaging/rpm/format/sign.ts'
import { defaultOutput } from '../packaging/rpm/place.ts'
import type { Report } from '../report.ts'
import type { GivenOptions } from './options.ts'
import { type PackageKey, packageKey } from './package-signing.ts'
import { lastOption, pathOption, type Session } from './session.ts'

export interface RpmPacking {
  readonly compression: Compression
  readonly signer: HeaderSigner | undefined
}

/** @throws {FactoryError} USAGE for a compressor or key that does not exist; FILE_ACCESS */
export function rpmPacking(session: Session, options: GivenOptions): RpmPacking {
  const compression = chosenCompression(options)
  return { compression, signer: signerOf(packageKey(session, options)) }
}

export interface RpmDestination {
  readonly plan: PackagePlan
  readonly roots: Roots
  readonly output: AbsolutePath
  readonly dryRun: boolean
  readonly report: Report
}

export function rpmDestination(session: Session, options: GivenOptions, plan: PackagePlan): RpmDestination {
  const { roots, dryRun, report, machine } = session
  const output = pathOption(options, 'output')
  return {
    plan,
    roots,
    output:
      output === undefined
        ? defaultOutput(plan.origin, () => absolutePath(machine.workingDirectory))
        : absolutePath(output),
    dryRun,
    report,
  }
}

export interface ModuleSigning {
  readonly certificate: AbsolutePath | undefined
  readonly needsInitrd: boolean
}

/** What packages of modules for SUSE are told besides: the certificate of their signatures, and whether ramdisks hold them. */
export function signingOf(options: GivenOptions, { conf }: Pick<PackagePlan, 'conf'>): ModuleSigning {
  const certificate = pathOption(options, 'certificate')
  return {
    certificate: certificate === undefined ? undefined : absolutePath(certificate),
    needsInitrd: options.has('needs-initrd') || conf.legacy.remakeInitrd,
  }
}

/** `Wrote: ` is what rpmbuild says, and release scripts take what follows it. */
export function wroteLines(packages: readonly { readonly path: string }[], dryRun: boolean): string {
  return packages.map(({ path }) => `${dryRun ? 'Would write' : 'Wrote'}: ${path}\n`).join('')
}

const compressions = ['gzip', 'xz', 'zstd', 'bzip2', 'none'] as const satisfies readonly Compression[]

function chosenCompression(options: GivenOptions): Compression {
  const name = lastOption(options, 'compress') ?? 'gzip'
  const compression = compressions.find((one) => one === name)
  if (compression !== undefined) return compression
  throw new FactoryError('USAGE', `--compress knows no ${JSON.stringify(name)}`, {
    hint: `choose one of ${compressions.join(', ')}`,
  })
}

function signerOf(key: PackageKey): HeaderSigner | undefined {
  switch (key.kind) {
    case 'none':
      return undefined
    case 'file':
      return keyFileSigner(key.key)
    case 'gpg':
      return gpgSigner(key.key)
  }
}
