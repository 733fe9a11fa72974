/** Writes packages that are described, or says which would be. */
import { below } from '../../domain.ts'
import { type RpmDescription, rpmFileName } from '../rpm/format/description.ts'
import { writeRpm } from '../rpm/format/write.ts'
import type { MadeRpm } from '../rpm/model.ts'
import type { PackagingRequest } from './model.ts'

export interface WrittenNamed {
  readonly made: MadeRpm
  /** What binary packages name their source package by; absent after a dry run. */
  readonly packageId: string | undefined
}

/** @throws {FactoryError} what writing throws */
export async function writeNamed(request: PackagingRequest, description: RpmDescription): Promise<WrittenNamed> {
  const { output, compression, signer, dryRun } = request
  const { kind, name, version, release, arch } = description
  const made = { path: below(output, rpmFileName(description)), kind, name, version, release, arch }
  if (dryRun) return { made, packageId: undefined }
  const options = { compression, ...(signer === undefined ? {} : { signer }) }
  const { bytes, packageId } = await writeRpm(description, made.path, options)
  return { made: { ...made, bytes }, packageId }
}
