/** What is in a package or archive, whatever its name, told without running or unpacking anything of it. */
import { readFileSync } from 'node:fs'
import type { AbsolutePath } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import type { InspectRequest } from '../../importer/model.ts'
import { recognise } from '../../importer/recognise.ts'
import { now } from '../../system/clock.ts'
import { isFile } from '../../system/fs.ts'
import type { Inspection, SignatureFact } from './model.ts'
import { signatureProblems } from './verdicts.ts'

export interface FileInspectRequest extends InspectRequest {
  /** OpenPGP public keys, armored or binary. With them, whatever they do not vouch for is a problem. */
  readonly keyFiles: readonly string[]
}

/**
 * Damage that leaves the description readable is among the problems of the result; other damage is thrown.
 *
 * @throws {FactoryError} ARCHIVE_MISSING; PACKAGE_INVALID, ARCHIVE_UNREADABLE, ARCHIVE_UNSAFE and the other errors of
 *   inspectArchive; PACKAGE_KEY_UNUSABLE; FILE_ACCESS; TOOL_MISSING
 */
export async function inspectFile(request: FileInspectRequest): Promise<Inspection> {
  const { archive, keyFiles } = request
  const found = await recognise(archive)
  if (found.kind === 'package') {
    return found.manager === 'rpm'
      ? await (await import('./rpm.ts')).inspectRpm(request, keyFiles)
      : await (await import('./deb.ts')).inspectDeb(request, keyFiles)
  }
  if (found.kind === 'tar') {
    const inspection = await (await import('./archive.ts')).inspectTarball(request)
    const signatures = await signatureBeside(archive, keyFiles)
    return { ...inspection, signatures, problems: signatureProblems(signatures, keyFiles.length > 0) }
  }
  return await inspectText(request, found.guess)
}

/** Archives hold none: one lies beside it, as `gpg --armor --detach-sign` leaves it. */
async function signatureBeside(archive: AbsolutePath, keyFiles: readonly string[]): Promise<SignatureFact[]> {
  const file = `${archive}.asc`
  if (!isFile(file)) return []
  const { verifyDetached } = await import('../openpgp/verify.ts')
  const { readFileChunks } = await import('../../archive/chunk-file.ts')
  const found = await verifyDetached(() => readFileChunks(archive), readFileSync(file), { keyFiles, now: now() })
  const state = keyFiles.length === 0 && found.state === 'unknown key' ? 'unchecked' : found.state
  return [{ where: file, ...found, state }]
}

async function inspectText({ archive, keyFiles }: FileInspectRequest, guess: string | undefined): Promise<Inspection> {
  const { inspectChanges, inspectDsc, listingKind } = await import('./listing.ts')
  const kind = guess === undefined ? listingKind(archive) : undefined
  if (kind === 'dsc') return await inspectDsc(archive, keyFiles)
  if (kind === 'changes') return await inspectChanges(archive, keyFiles)
  throw new FactoryError('ARCHIVE_UNREADABLE', `${archive} is ${guess ?? 'of no known kind'}`, {
    hint: 'give an RPM or Debian package, a .dsc or .changes, a DKMS tarball or an archive of a source',
  })
}
