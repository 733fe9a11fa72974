/** What the firmware says about Secure Boot, through efivarfs (Documentation/filesystems/efivarfs.rst of the kernel). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDirectory, systemErrorCode } from '../system/fs.ts'

export type SecureBoot =
  | { readonly state: 'on' }
  | { readonly state: 'off' }
  /** The firmware checks, and the user told shim not to (`mokutil --disable-validation`), which the kernel follows. */
  | { readonly state: 'off-in-shim' }
  | { readonly state: 'no-efi' }
  | { readonly state: 'unknown'; readonly why: string }

/** EFI_GLOBAL_VARIABLE and the GUID of shim's variables. */
const globalGuid = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
const shimGuid = '605dab50-e046-4300-abb6-3dd810dd8b23'

/** @param root of the machine, `/` but in tests */
export function readSecureBoot(root: string): SecureBoot {
  if (!isDirectory(join(root, 'sys/firmware/efi'))) return { state: 'no-efi' }
  const secureBoot = readVariable(root, `SecureBoot-${globalGuid}`)
  if (secureBoot.kind === 'absent' && !isDirectory(join(root, efivars))) {
    return { state: 'unknown', why: `/${efivars} does not exist` }
  }
  if (secureBoot.kind === 'absent') {
    return efivarsIsMounted(root)
      ? { state: 'off' }
      : { state: 'unknown', why: `/${efivars} is empty: it is not mounted` }
  }
  if (secureBoot.kind === 'unreadable') return { state: 'unknown', why: secureBoot.why }
  if (!isOne(secureBoot) || isOne(readVariable(root, `SetupMode-${globalGuid}`))) return { state: 'off' }
  return isOne(readVariable(root, `MokSBStateRT-${shimGuid}`)) ? { state: 'off-in-shim' } : { state: 'on' }
}

/** The bytes of a list of shim, whose name may have a number: what does not fit into one variable goes on in the next. */
export function readShimList(root: string, name: 'MokListRT' | 'MokNew'): Variable {
  const table = readFileOf(join(root, 'sys/firmware/efi/mok-variables', name))
  if (table.kind === 'value') return table
  const first = readVariable(root, `${name}-${shimGuid}`)
  if (first.kind !== 'value') return table.kind === 'unreadable' && first.kind === 'absent' ? table : first
  const parts = [first.bytes]
  for (let number = 1; ; number += 1) {
    const next = readVariable(root, `${name}${number}-${shimGuid}`)
    if (next.kind !== 'value') return { kind: 'value', bytes: Buffer.concat(parts) }
    parts.push(next.bytes)
  }
}

export type Variable =
  | { readonly kind: 'value'; readonly bytes: Buffer }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }

const efivars = 'sys/firmware/efi/efivars'
/** efivarfs puts the attributes of a variable before its value. */
const attributeBytes = 4

function readVariable(root: string, name: string): Variable {
  const file = readFileOf(join(root, efivars, name))
  if (file.kind !== 'value') return file
  if (file.bytes.length < attributeBytes) return { kind: 'unreadable', why: `the variable ${name} has no value` }
  return { kind: 'value', bytes: file.bytes.subarray(attributeBytes) }
}

function readFileOf(path: string): Variable {
  try {
    return { kind: 'value', bytes: readFileSync(path) }
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === undefined) throw error
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    return { kind: 'unreadable', why: `${path} cannot be read (${code})` }
  }
}

function efivarsIsMounted(root: string): boolean {
  try {
    return readdirSync(join(root, efivars)).length > 0
  } catch {
    return false
  }
}

function isOne(variable: Variable): boolean {
  return variable.kind === 'value' && variable.bytes[0] === 1
}
