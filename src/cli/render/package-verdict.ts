/** What `verify` prints of packages and archives. What comes out of a file is made harmless for terminals. */
import type { JudgedModule, PackageVerdict } from '../../packaging/inspect/judge.ts'
import { findingText } from './driverdisk.ts'
import { printable } from './inspection.ts'
import { plural } from './plural.ts'
import { alignColumns } from './table.ts'

export function packageVerdictText(file: string, verdict: PackageVerdict): string {
  const { integrity, signatures, kernels, modules, findings, isAccepted } = verdict
  const checks = integrity.checks.map(({ name, state }) => `${name}: ${state}`)
  const signed = signatures.map(
    ({ where, state, keyId }) => `${where}: ${state}${keyId === undefined ? '' : `, key ${keyId}`}`,
  )
  const rows = [
    ...labelled('Integrity:', [integrity.state, ...checks]),
    ...labelled('Signatures:', signed.length === 0 ? ['none'] : signed),
    ...labelled('Kernels:', kernels.length === 0 ? ['none'] : kernels),
    ...labelled('Modules:', modules.length === 0 ? ['none'] : modules.map(moduleText)),
  ]
  const told = findings.length === 0 ? 'nothing to complain of' : plural(findings.length, 'finding')
  const last = `${printable(file)}: ${isAccepted ? 'in order' : 'not in order'}, ${told}\n`
  const table = alignColumns(rows.map(([label, value]) => [label, printable(value)]))
  return `${findings.map(findingText).join('')}${table}${last}`
}

function labelled(label: string, values: readonly string[]): (readonly [string, string])[] {
  return values.map((value, index) => [index === 0 ? label : '', value])
}

function moduleText({ path, archive, kernel, isSigned, signer }: JudgedModule): string {
  const place = archive === undefined ? path : `${archive}: ${path}`
  const signature = isSigned ? `signed${signer === undefined ? '' : ` by ${signer}`}` : 'not signed'
  return `${place}, for ${kernel ?? 'an unknown kernel'}, ${signature}`
}
