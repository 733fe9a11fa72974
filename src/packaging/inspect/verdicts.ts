/** From what was checked to what is wrong. */
import type { IntegrityCheck, Problem, SignatureFact } from './model.ts'

/** @param asked whether keys were given: then nothing but good signatures will do */
export function signatureProblems(signatures: readonly SignatureFact[], asked: boolean): Problem[] {
  if (asked && signatures.length === 0) {
    return [{ kind: 'signature', message: 'it carries no signature that the given keys could vouch for' }]
  }
  return signatures.flatMap(({ where, state, keyId }): Problem[] => {
    const name = `its signature ${where}${keyId === undefined ? '' : ` by key ${keyId}`}`
    const fault = faults[state]
    return fault === undefined || (state !== 'bad' && !asked)
      ? []
      : [{ kind: 'signature', message: `${name} ${fault}` }]
  })
}

const faults: Readonly<Partial<Record<SignatureFact['state'], string>>> = {
  bad: 'is bad',
  'unknown key': 'is by none of the given keys',
  unsupported: 'is of a form that cannot be checked',
}

export function damageAmong(checks: readonly IntegrityCheck[], badStates: readonly string[]): Problem[] {
  return checks
    .filter(({ state }) => badStates.includes(state))
    .map(({ name, state }) => ({ kind: 'damage', message: `${name}: ${state}` }))
}
