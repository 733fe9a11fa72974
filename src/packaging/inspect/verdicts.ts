/** From what was checked to what is wrong. */
import type { IntegrityCheck, Problem, SignatureFact } from './model.ts'

/** @param asked whether keys were given: then nothing but good signatures will do */
export function signatureProblems(signatures: readonly SignatureFact[], asked: boolean): Problem[] {
  if (asked && signatures.length === 0) {
    return [{ kind: 'signature', message: 'it carries no signature that the given keys could vouch for' }]
  }
  return signatures.flatMap(({ where, state, keyId }): Problem[] => {
    const name = `its signature ${where}${keyId === undefined ? '' : ` by key ${keyId}`}`
    if (state === 'bad') return [{ kind: 'signature', message: `${name} is bad` }]
    const unknown = asked && state === 'unknown key'
    return unknown ? [{ kind: 'signature', message: `${name} is by none of the given keys` }] : []
  })
}

export function damageAmong(checks: readonly IntegrityCheck[], badStates: readonly string[]): Problem[] {
  return checks
    .filter(({ state }) => badStates.includes(state))
    .map(({ name, state }) => ({ kind: 'damage', message: `${name}: ${state}` }))
}
