/**
 * Supplements of SUSE's kernel module packages: `modalias(kernel-default:pci:v00008086d*)` has the package proposed where
 * that kernel and such a device are (find-supplements.ksyms of rpm-config-SUSE).
 */
import { mergeAliases } from '../metadata/modalias.ts'
import type { Relation } from '../package-model.ts'

/** Sorted, each once. Aliases without a colon are names of modules, not of devices. */
export function modaliasSupplements(flavour: string, aliases: readonly string[]): readonly Relation[] {
  const merged = mergeAliases(
    aliases.filter((alias) => alias.includes(':')),
    encodeAlias,
  )
  return merged.map((alias) => ({ name: `modalias(kernel-${flavour}:${alias})` }))
}

/** What the resolver decodes again: a percent sign and two digits for each byte that could mean something to rpm. */
export function encodeAlias(alias: string): string {
  return alias.replace(/[^*:a-zA-Z0-9]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
