/** `verify` of what is no driver disk: packages, source packages, tarballs. */
import type { AbsolutePath } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { judgePackage, type PackageVerdict } from '../packaging/inspect/judge.ts'
import type { Inspection } from '../packaging/inspect/model.ts'
import type { CommandResult } from './command.ts'
import { inspectionFailure, inspectOne } from './commands/inspect.ts'
import type { CommandLine } from './grammar.ts'
import { givenKernels } from './kernels.ts'
import { packageVerdictText } from './render/package-verdict.ts'
import type { Session } from './session.ts'

/** @throws {FactoryError} as inspectFile: for damage that leaves nothing to judge */
export async function verifyPackage(session: Session, line: CommandLine, file: AbsolutePath): Promise<CommandResult> {
  const inspection = await inspectOne(session, line, file)
  const verdict = judgePackage(inspection, [...new Set(givenKernels(line.options).releases)])
  const answer = { json: { file, ...verdict }, text: packageVerdictText(file, verdict) }
  return verdict.isAccepted ? answer : { ...answer, failure: failureOf(inspection, verdict) }
}

/** Of damage and signatures as `inspect` says it; else of the first finding about modules. */
function failureOf(inspection: Inspection, { findings }: PackageVerdict): FactoryError {
  const failure = inspectionFailure(inspection)
  if (failure !== undefined) return failure
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [first = '', ...others] = errors.map(({ path, meaning, detail }) =>
    [path, meaning, detail].filter((part) => part !== undefined).join(': '),
  )
  const isOnlyMissing = errors.every(({ code }) => code === 'kernel-missing')
  return isOnlyMissing
    ? new FactoryError('NOT_BUILT', `${inspection.file} holds no module for a kernel that was named`, {
        details: [first, ...others],
        hint: 'build the package for it, and make the file again',
      })
    : new FactoryError('PACKAGE_INVALID', `${inspection.file} is not in order: ${first}`, {
        details: others,
        hint: 'make it again, and do not install this one',
      })
}
