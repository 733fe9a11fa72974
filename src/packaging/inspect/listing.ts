/** Debian source packages and uploads: the text, and the files beside it that it names. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import type { AbsolutePath } from '../../domain.ts'
import { now } from '../../system/clock.ts'
import { fileError } from '../../system/fs.ts'
import {
  type Changes,
  type CheckedFile,
  checkListedFiles,
  type Dsc,
  readChanges,
  readDsc,
  verifyListing,
} from '../deb/format/source-files.ts'
import type { ChangesInspection, DscInspection, Integrity, SignatureFact } from './model.ts'
import { present } from './modules.ts'
import { damageAmong, signatureProblems } from './verdicts.ts'

const headBytes = 256 * 1024

/** Which of the two a text is, by the field that only uploads have; undefined when it is neither. */
export function listingKind(path: AbsolutePath): 'dsc' | 'changes' | undefined {
  const head = readHead(path)
  if (!/^\s*(-----BEGIN PGP SIGNED MESSAGE-----|[A-Za-z][A-Za-z0-9-]*:)/.test(head)) return undefined
  if (!/^Source:/im.test(head)) return undefined
  return /^Changes:/im.test(head) ? 'changes' : 'dsc'
}

function readHead(path: AbsolutePath): string {
  try {
    const descriptor = openSync(path, 'r')
    try {
      const head = Buffer.alloc(Math.min(headBytes, fstatSync(descriptor).size))
      return head.toString('latin1', 0, readSync(descriptor, head, 0, head.length, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}

/** @throws {FactoryError} PACKAGE_INVALID, PACKAGE_KEY_UNUSABLE, FILE_ACCESS */
export async function inspectDsc(path: AbsolutePath, keyFiles: readonly string[]): Promise<DscInspection> {
  const dsc = readDsc(path)
  const { format, binaries } = dsc
  return { kind: 'dsc', ...(await common(dsc, path, keyFiles)), format, binaries }
}

/** @throws {FactoryError} as {@link inspectDsc} */
export async function inspectChanges(path: AbsolutePath, keyFiles: readonly string[]): Promise<ChangesInspection> {
  const changes = readChanges(path)
  return { kind: 'changes', ...(await common(changes, path, keyFiles)), distributions: changes.distributions }
}

async function common(listing: Dsc | Changes, path: AbsolutePath, keyFiles: readonly string[]) {
  const checked = await checkListedFiles(listing, path)
  const integrity = integrityOf(checked)
  const signatures = await signaturesOf(listing, keyFiles)
  return {
    file: path,
    bytes: statSync(path).size,
    source: listing.source,
    version: listing.version,
    architectures: listing.architectures,
    header: Object.fromEntries(listing.fields.map(({ name, value }) => [name, value])),
    files: checked.map(({ name, bytes, state }) => ({ name, bytes, state })),
    integrity,
    signatures,
    problems: [
      ...damageAmong(integrity.checks, ['wrong size', 'wrong checksum']),
      ...signatureProblems(signatures, keyFiles.length > 0),
    ],
  }
}

function integrityOf(checked: readonly CheckedFile[]): Integrity {
  const states = checked.map(({ state }) => state)
  const wrong = states.some((state) => state !== 'ok' && state !== 'missing')
  return {
    state: wrong ? 'damaged' : states.includes('missing') ? 'incomplete' : 'intact',
    checks: checked.map(({ name, state }) => ({ name, state })),
  }
}

async function signaturesOf(listing: Dsc | Changes, keyFiles: readonly string[]): Promise<SignatureFact[]> {
  const found = await verifyListing(listing, { keyFiles, now: now() })
  if (found === undefined) return []
  const state = keyFiles.length === 0 && found.state === 'unknown key' ? 'unchecked' : found.state
  return [{ where: 'around the text', state, ...present({ keyId: found.keyId }) }]
}
