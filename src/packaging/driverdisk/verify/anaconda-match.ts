/**
 * Which packages anaconda offers, as dd_list.c (dracut module of anaconda) decides: the version of each Provides is
 * compared with `uname -r` as one text by rpm's rules, and the outcome must be allowed by its operator.
 */
import { compareRpmPart } from '../../../version/rpm.ts'
import type { Operator } from '../../package-model.ts'
import type { RpmFacts } from '../package-facts.ts'

/** The kernels of RHEL 6.0 and 6.1: what was built for them is accepted whatever runs. */
const acceptedAnyway = ['2.6.32-131', '2.6.32-71']

/** How the running kernel may compare with the version of the Provides. */
const allowed: Readonly<Record<Operator, readonly number[]>> = {
  '<': [-1],
  '<=': [-1, 0],
  '=': [0],
  '>=': [0, 1],
  '>': [1],
}

/** @param running `uname -r`; for installer-enhancement anaconda compares with the fixed text 19.0 */
export function isOffered({ relations }: Pick<RpmFacts, 'relations'>, running: string): boolean {
  return (relations.provides ?? []).some(({ name, constraint }) => {
    if (constraint === undefined) return false
    const { operator, version } = constraint
    if (name === 'installer-enhancement') return isAllowed('19.0', operator, version)
    if (name !== 'kernel-modules') return false
    return acceptedAnyway.some((start) => version.startsWith(start)) || isAllowed(running, operator, version)
  })
}

function isAllowed(running: string, operator: Operator, version: string): boolean {
  return allowed[operator].includes(Math.sign(compareRpmPart(running, version)))
}
