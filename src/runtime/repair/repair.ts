/**
 * `repair`: finds every state that an interrupted command, of this program or of DKMS, has left half done, and puts it
 * right. What the journal knows of is completed when the lock of the tree is taken, before this begins.
 */
import { FactoryError, isFactoryError } from '../../errors.ts'
import { diagnose } from './diagnose.ts'
import type { Finding, Remedy, RepairRequest, RepairResult, ToldFinding } from './model.ts'
import { kindsInOrder, remedyOf } from './remedies.ts'

/**
 * One remedy after the other, with a new look in between: what one puts right may have been the cause of another
 * finding, or uncover it.
 *
 * @throws {FactoryError} FILE_ACCESS when the tree itself cannot be read; what concerns one finding is left with its
 *   reason
 */
export async function repair(request: RepairRequest): Promise<RepairResult> {
  if (request.dryRun) return await plan(request)
  const done: RepairResult['done'][number][] = []
  const failed = new Map<string, string>()
  for (;;) {
    const findings = inOrder(await diagnose(request))
    const next = await nextActions(request, findings, failed)
    if (next.length === 0) return { done, left: await Promise.all(findings.map((one) => left(request, one, failed))) }
    for (const { finding, remedy } of next) {
      const advice = await carryOut(remedy)
      if (advice === undefined) done.push({ finding: told(finding), action: remedy.text })
      // Also when it helped: found once more, it would be tried for ever.
      failed.set(keyOf(finding), advice ?? 'it came back after it had been put right; another program may be at work')
    }
  }
}

async function plan(request: RepairRequest): Promise<RepairResult> {
  const done: RepairResult['done'][number][] = []
  const rest: RepairResult['left'][number][] = []
  const texts = new Set<string>()
  for (const finding of inOrder(await diagnose(request))) {
    const remedy = await remedyOf(request, finding)
    if (remedy.kind === 'advice') rest.push({ finding: told(finding), advice: remedy.text })
    else if (!texts.has(remedy.text)) done.push({ finding: told(finding), action: remedy.text })
    texts.add(remedy.text)
  }
  return { done, left: rest }
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => kindsInOrder.indexOf(a.kind) - kindsInOrder.indexOf(b.kind))
}

type Action = Extract<Remedy, { kind: 'action' }>

interface Next {
  readonly finding: Finding
  readonly remedy: Action
}

/** Findings of these kinds have nothing to do with each other: a tree of many is not read anew after each. */
const independent: ReadonlySet<Finding['kind']> = new Set(['stale-staging', 'stale-build-directory', 'dangling-marker'])

async function nextActions(
  request: RepairRequest,
  findings: readonly Finding[],
  tried: ReadonlyMap<string, string>,
): Promise<readonly Next[]> {
  const next: Next[] = []
  for (const finding of findings) {
    const [first] = next
    if (first !== undefined && (first.finding.kind !== finding.kind || !independent.has(finding.kind))) break
    if (tried.has(keyOf(finding))) continue
    const remedy = await remedyOf(request, finding)
    if (remedy.kind === 'action') next.push({ finding, remedy })
  }
  return next
}

function keyOf({ kind, path, entry }: Finding): string {
  return JSON.stringify([kind, path, entry?.id])
}

async function carryOut(remedy: Action): Promise<string | undefined> {
  try {
    return await remedy.carryOut()
  } catch (error) {
    if (!isFactoryError(error)) throw error
    return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`
  }
}

async function left(
  request: RepairRequest,
  finding: Finding,
  failed: ReadonlyMap<string, string>,
): Promise<RepairResult['left'][number]> {
  const why = failed.get(keyOf(finding))
  if (why !== undefined) return { finding: told(finding), advice: why }
  const remedy = await remedyOf(request, finding)
  return { finding: told(finding), advice: remedy.text }
}

function told({ kind, path, message, entry }: Finding): ToldFinding {
  return { kind, path, message, ...(entry === undefined ? {} : { package: entry.id }) }
}

/** REPAIR_INCOMPLETE when something is left for a person. */
export function repairFailure({ left }: RepairResult): FactoryError | undefined {
  if (left.length === 0) return undefined
  const what = left.length === 1 ? 'one thing is' : `${left.length} things are`
  return new FactoryError('REPAIR_INCOMPLETE', `${what} left that a person has to repair`, {
    details: left.map(({ finding, advice }) => `${finding.path}: ${finding.message}: ${advice}`),
  })
}
