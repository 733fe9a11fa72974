/** What the firmware and the kernel of a machine show, below a directory. */
import { mkdirSync } from 'node:fs'
import type { Place } from './place.ts'

const globalGuid = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
const shimGuid = '605dab50-e046-4300-abb6-3dd810dd8b23'
const shimVariables = ['MokListRT', 'MokListRT1', 'MokNew', 'MokSBStateRT']

/** @param variables values by name, without the attributes that stand before them in efivarfs */
export function writeFirmware(place: Place, variables: Readonly<Record<string, Uint8Array>>): void {
  mkdirSync(place.path('machine/sys/firmware/efi/efivars'), { recursive: true })
  for (const [name, value] of Object.entries(variables)) {
    const guid = shimVariables.includes(name) ? shimGuid : globalGuid
    const attributes = Buffer.from([6, 0, 0, 0])
    place.write(`machine/sys/firmware/efi/efivars/${name}-${guid}`, Buffer.concat([attributes, value]))
  }
}

export const x509Type = 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072'
export const sha256Type = 'c1c41626-504c-4092-aca9-41f936934328'

/** One EFI_SIGNATURE_LIST whose entries are all of one size. */
export function signatureList(
  type: string,
  entries: readonly Uint8Array[],
  header: Uint8Array = Buffer.alloc(0),
): Buffer {
  const entrySize = 16 + (entries[0]?.length ?? 0)
  const sizes = Buffer.alloc(12)
  sizes.writeUInt32LE(28 + header.length + entries.length * entrySize, 0)
  sizes.writeUInt32LE(header.length, 4)
  sizes.writeUInt32LE(entrySize, 8)
  const owner = guidBytes(shimGuid)
  return Buffer.concat([guidBytes(type), sizes, header, ...entries.flatMap((entry) => [owner, entry])])
}

/** The first three groups of a GUID are stored with their least significant octet first. */
function guidBytes(guid: string): Buffer {
  const [a = '', b = '', c = '', ...rest] = guid.split('-')
  const little = [a, b, c].map((group) => Buffer.from(group, 'hex').reverse())
  return Buffer.concat([...little, Buffer.from(rest.join(''), 'hex')])
}
