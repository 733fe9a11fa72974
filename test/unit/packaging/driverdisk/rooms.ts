/** The package formats, as src/cli hands them to the driver disk room. */
import { packageReader, packageRoom } from '../../../../src/cli/driverdisk-rooms.ts'
import { type AbsolutePath, absolutePath } from '../../../../src/domain.ts'
import type { RpmBinaryDescription } from '../../../../src/packaging/rpm/format/description.ts'
import { type RpmWriteOptions, rpmFormat } from '../../../../src/packaging/rpm/format/write.ts'

export const rooms = { ...packageRoom({ maintainer: 'Test <test@example.com>' }), ...packageReader }

/** A package as it is described, and not as a disk would have it. */
export async function writeRpm(
  description: RpmBinaryDescription,
  directory: string,
  options: RpmWriteOptions = {},
): Promise<AbsolutePath> {
  const { path } = await rpmFormat.write(description, directory, options)
  return absolutePath(path)
}
