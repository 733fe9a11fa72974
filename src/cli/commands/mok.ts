import { describeMok, type MokResult } from '../../runtime/mok.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { alignColumns } from '../render/table.ts'
import type { Session } from '../session.ts'
import { keyPairRequest, machineRoot } from '../signing.ts'

export async function runMok(session: Session, line: CommandLine): Promise<CommandResult> {
  const result = await describeMok({ ...(await keyPairRequest(session, line)), machineRoot })
  return { json: mokDocument(result), text: mokText(result) }
}

export function mokDocument({
  pair,
  state,
  certificate,
  problem,
  trust,
  commands,
}: MokResult): Record<string, unknown> {
  return {
    key: pair.key,
    certificate: {
      path: pair.certificate,
      ...(certificate === undefined ? {} : certificateFields(certificate)),
      ...(problem === undefined ? {} : { problem }),
    },
    origin: pair.origin,
    pair: state.state,
    secureBoot: trust.secureBoot,
    signaturesEnforced: trust.enforced ?? 'unknown',
    enrolment: trust.enrolment,
    signedModules: trust.modules,
    commands,
  }
}

type Certificate = NonNullable<MokResult['certificate']>

function certificateFields({ subject, serial, validFrom, validTo, sha1, sha256, subjectKeyId }: Certificate) {
  return { subject, serial, validFrom, validTo, sha1, sha256, subjectKeyId }
}

export function mokText(result: MokResult): string {
  const { pair, certificate, trust } = result
  const rows = [
    ['Signing key', pair.key],
    ['Certificate', pair.certificate],
    ['Key pair', pairText(result)],
    ...(certificate === undefined
      ? []
      : [
          ['  Subject', certificate.subject],
          ['  Serial', certificate.serial],
          ['  Valid', `${certificate.validFrom.slice(0, 10)} to ${certificate.validTo.slice(0, 10)}`],
          ['  SHA-1', certificate.sha1],
          ['  SHA-256', certificate.sha256],
        ]),
    ['Secure Boot', secureBootText(result)],
    ...(trust.enforced === undefined
      ? []
      : [['Kernel', trust.enforced ? 'insists on signatures' : 'leaves it to Secure Boot']]),
    ['Enrolled', enrolmentText(result)],
    ['Signed modules', modulesText(result)],
  ]
  return `${alignColumns(rows)}${adviceText(result)}`
}

function pairText({ state, problem }: MokResult): string {
  switch (state.state) {
    case 'present':
      return problem ?? 'there'
    case 'missing':
      return 'there is none yet; the first build or `dkms generate_mok` makes it'
    case 'incomplete':
      return `incomplete: ${state.absent} does not exist`
    case 'relative':
      return `unusable: ${state.path} does not begin with a slash`
    case 'mismatched':
      return 'unusable: the certificate does not belong to the key'
  }
}

function secureBootText({ trust: { secureBoot } }: MokResult): string {
  switch (secureBoot.state) {
    case 'on':
    case 'off':
      return secureBoot.state
    case 'off-in-shim':
      return 'on in the firmware, checks turned off in shim'
    case 'no-efi':
      return 'none: this machine was not started by EFI firmware'
    case 'unknown':
      return `unknown: ${secureBoot.why}`
  }
}

function enrolmentText({ trust: { enrolment } }: MokResult): string {
  switch (enrolment.state) {
    case 'enrolled':
      return `yes, among the ${enrolment.where}`
    case 'waiting':
      return 'not yet: imported, and waits for your confirmation at the next boot'
    case 'not-enrolled':
      return 'no'
    case 'unknown':
      return `unknown: ${enrolment.why}`
  }
}

function modulesText({ trust }: MokResult): string {
  switch (trust.modules) {
    case 'accepted':
      return 'can be loaded on this machine'
    case 'refused':
      return 'will be refused by this machine'
    case 'unknown':
      return 'it cannot be told whether this machine loads them'
  }
}

function adviceText({ commands, trust }: MokResult): string {
  if (trust.enrolment.state === 'waiting') return '\nReboot and choose "Enroll MOK" in the blue screen.\n'
  if (commands.length === 0) return ''
  const enrols = commands.some((command) => command.startsWith('mokutil '))
  const after = enrols ? 'Then reboot and choose "Enroll MOK" in the blue screen.\n' : ''
  return `\nRun as root:\n${commands.map((command) => `  ${command}\n`).join('')}${after}`
}
