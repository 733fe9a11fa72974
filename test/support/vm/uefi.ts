/**
 * Firmware for the guest: OVMF, with certificates in the signature database `db` of its variables. A kernel that was built
 * for it (CONFIG_LOAD_UEFI_KEYS) trusts those as it trusts a key enrolled with mokutil, of which only shim knows.
 * Formats: UEFI specification 2.10, section 32.4.1 (signature lists); edk2, MdeModulePkg's VariableFormat.h (the store).
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const firmware = '/usr/share/OVMF'
const code = join(firmware, 'OVMF_CODE_4M.fd')
const emptyVariables = join(firmware, 'OVMF_VARS_4M.fd')

export function uefiImpossible(): string | undefined {
  const missing = [code, emptyVariables].filter((path) => !existsSync(path))
  return missing.length === 0 ? undefined : `${missing.join(' and ')} are missing (ovmf)`
}

/** Options of qemu for a machine whose firmware trusts the certificates (DER); its variables become a file in `dir`. */
export function uefiMachine(dir: string, certificates: readonly Uint8Array[]): string[] {
  const variables = join(dir, 'variables.fd')
  copyFileSync(emptyVariables, variables)
  const store = readFileSync(variables)
  const data = Buffer.concat(certificates.map(signatureList))
  writeFileSync(variables, withVariable(store, 'db', imageSecurityDatabase, data))
  const drive = (unit: number, file: string, more: string) => `if=pflash,format=raw,unit=${unit},file=${file}${more}`
  return ['-drive', drive(0, code, ',readonly=on'), '-drive', drive(1, variables, '')]
}

const imageSecurityDatabase = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f'
const x509 = 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072'
const owner = '6f1e7f2c-6e55-4b0e-9d0c-3f6c2d0b9a11'
/** Non-volatile, for boot services and at run time, authenticated by time: what `db` has to be. */
const attributes = 0x27

/** The first three fields are numbers, least significant byte first. */
function guid(text: string): Buffer {
  const [a = '', b = '', c = '', ...rest] = text.split('-')
  const reversed = [a, b, c].map((part) => Buffer.from(part, 'hex').reverse())
  return Buffer.concat([...reversed, Buffer.from(rest.join(''), 'hex')])
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, 4 * index)
  return bytes
}

function signatureList(certificate: Uint8Array): Buffer {
  const entry = 16 + certificate.length
  return Buffer.concat([guid(x509), u32(28 + entry, 0, entry), guid(owner), certificate])
}

const volumeHeaderBytes = 0x48
const storeHeaderBytes = 28
const added = 0x3f

/** The store of an OVMF that never ran is empty: its first variable begins behind the two headers. */
function withVariable(store: Buffer, name: string, vendor: string, data: Buffer): Buffer {
  const at = volumeHeaderBytes + storeHeaderBytes
  const text = Buffer.from(`${name}\0`, 'utf16le')
  const head = Buffer.from([0xaa, 0x55, added, 0])
  // Between the attributes and the sizes: a count, a time and the number of a key, of which `db` needs none here.
  const variable = Buffer.concat([
    head,
    u32(attributes),
    Buffer.alloc(28),
    u32(text.length, data.length),
    guid(vendor),
    text,
    data,
  ])
  if (!store.subarray(at, at + variable.length).every((byte) => byte === 0xff))
    throw new Error(`${emptyVariables} is not empty`)
  const filled = Buffer.from(store)
  variable.copy(filled, at)
  return filled
}
