/** What became of many packages on one kernel: the summary lines of DKMS 3.1 and newer, and why for each exception. */
import { formatKernel, formatPackage } from '../../domain.ts'
import { assertNever, type FactoryError } from '../../errors.ts'
import { isFailure, isSkipped, type KernelResult, type PackageOutcome } from '../../runtime/autoinstall/model.ts'
import { exitStatusOf } from '../exit-codes.ts'
import { errorDocument } from './errors.ts'
import { plannedSteps } from './kernel-outcomes.ts'
import { alignColumns } from './table.ts'

export function kernelDocument({ kernel, packages }: KernelResult): Record<string, unknown> {
  return { kernel: kernel.release, arch: kernel.arch, packages: packages.map(packageDocument) }
}

function packageDocument(outcome: PackageOutcome): Record<string, unknown> {
  const { package: id, ...rest } = outcome
  const error = 'error' in outcome ? { error: errorDocument(outcome.error) } : {}
  return { module: id.name, version: id.version, ...rest, ...error }
}

/**
 * Nothing when there was nothing to do.
 *
 * @param what begins the lines: `Autoinstall`
 */
export function kernelText(what: string, { kernel, packages }: KernelResult): string {
  const tried = packages.filter((one) => !['already-installed', 'not-autoinstalled', 'broken'].includes(one.state))
  if (tried.length === 0) return ''
  const on = `${what} on ${kernel.release}`
  const succeeded = packages.filter(({ state }) => state === 'installed' || state === 'already-installed')
  const failed = packages.filter((one) => one.state === 'failed')
  const waiting = packages.filter((one) => one.state === 'missing-dependencies')
  return [
    plans(kernel, packages),
    line(`${on} succeeded for module(s)`, tried.length > 0 ? succeeded.map(nameOf) : []),
    line(`${on} was skipped for module(s)`, packages.filter(isSkipped).map(nameOf)),
    line(
      `${on} failed for module(s)`,
      failed.map(({ package: { name }, error }) => `${name}(${exitStatusOf(error)})`),
    ),
    ...waiting.map((one) =>
      line(`${formatPackage(one.package)} ${what.toLowerCase()} failed due to missing dependencies:`, one.missing),
    ),
    reasons(packages),
  ].join('')
}

function line(start: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${start} ${names.join(' ')}.\n`
}

function nameOf({ package: { name } }: PackageOutcome): string {
  return name
}

function plans(kernel: KernelResult['kernel'], packages: readonly PackageOutcome[]): string {
  return packages
    .map((one) =>
      one.state === 'planned'
        ? plannedSteps(`${formatPackage(one.package)} for kernel ${formatKernel(kernel)}`, one.steps)
        : '',
    )
    .join('')
}

/** Each package that is not installed now, and why; failures with what is known about them. */
function reasons(packages: readonly PackageOutcome[]): string {
  const told = packages.filter((one) => isSkipped(one) || isFailure(one) || one.state === 'deferred')
  if (told.length === 0) return ''
  const rows = told.map((one) => ['', formatPackage(one.package), reasonOf(one)])
  const details = told.flatMap((one) => (one.state === 'failed' ? failureDetails(one.package, one.error) : []))
  return `${alignColumns(rows)}${details.join('')}`
}

function failureDetails(id: PackageOutcome['package'], { details, hint }: FactoryError): readonly string[] {
  const lines = [...details.map((text) => `  ${text}`), ...(hint === undefined ? [] : [`  What to do: ${hint}`])]
  return lines.length === 0 ? [] : [`\n${formatPackage(id)}:\n${lines.join('\n')}\n`]
}

export function reasonOf(outcome: PackageOutcome): string {
  switch (outcome.state) {
    case 'installed':
      return 'installed'
    case 'already-installed':
      return outcome.weakFrom === undefined ? 'already installed' : `already there from ${outcome.weakFrom}`
    case 'planned':
      return 'would be installed'
    case 'not-autoinstalled':
      return outcome.reason
    case 'excluded':
      return `not meant for this kernel: ${outcome.reasons.join('; ')}`
    case 'obsolete':
      return `obsolete: ${outcome.reasons.join('; ')}`
    case 'newer-in-kernel':
      return `not needed: ${outcome.reasons.join('; ')}`
    case 'missing-dependencies':
      return `needs ${outcome.missing.join(', ')}, which could not be installed`
    case 'deferred':
      return `waits for ${outcome.missing.join(', ')}, which is not in the tree`
    case 'broken':
    case 'failed':
      return `${outcome.state}: ${outcome.error.message}`
    default:
      return assertNever(outcome)
  }
}
