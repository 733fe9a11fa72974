/** The package formats as the driver disk room sees them: what src/cli wires up. */
import { join } from 'node:path'
import { type AbsolutePath, absolutePath } from '../../../../src/domain.ts'
import { debFileName } from '../../../../src/packaging/deb/format/description.ts'
import { writeDeb } from '../../../../src/packaging/deb/format/write.ts'
import type {
  DiskDebDescription,
  DiskRpmDescription,
  PackagedModule,
  PackageReader,
  PackageRoom,
  RpmFacts,
} from '../../../../src/packaging/driverdisk/package-facts.ts'
import { isModulePath, packagedModule } from '../../../../src/packaging/driverdisk/packaged-module.ts'
import type { RpmBinaryDescription } from '../../../../src/packaging/rpm/format/description.ts'
import { payloadCompression, readPayload } from '../../../../src/packaging/rpm/format/payload-read.ts'
import { openRpm, readTag } from '../../../../src/packaging/rpm/format/read.ts'
import { summarize } from '../../../../src/packaging/rpm/format/summary.ts'
import { type RpmWriteOptions, rpmFormat } from '../../../../src/packaging/rpm/format/write.ts'

export const rooms: PackageRoom & PackageReader = {
  writeRpm: (description, directory) => writeRpm(rpmOf(description), directory),
  async writeDeb(description, directory) {
    const path = join(directory, debFileName(description))
    await writeDeb(debOf(description), path)
    return absolutePath(path)
  },
  readRpm,
}

export async function writeRpm(
  description: RpmBinaryDescription,
  directory: string,
  options: RpmWriteOptions = {},
): Promise<AbsolutePath> {
  const { path } = await rpmFormat.write(description, directory, options)
  return absolutePath(path)
}

export function rpmOf({ provides, supplements, scripts, ...rest }: DiskRpmDescription): RpmBinaryDescription {
  return {
    ...rest,
    kind: 'binary',
    buildHost: 'reproducible',
    relations: { provides, supplements },
    scriptlets: [
      { phase: 'post', ...scripts.post },
      { phase: 'postun', ...scripts.postun },
    ],
  }
}

export function debOf({ buildTime, ...rest }: DiskDebDescription): Parameters<typeof writeDeb>[0] {
  return { ...rest, maintainer: 'Test <test@example.com>', section: 'misc', time: buildTime }
}

async function readRpm(path: AbsolutePath): Promise<RpmFacts> {
  using rpm = openRpm(path)
  const { files, ...rest } = summarize(rpm)
  const modules: PackagedModule[] = []
  if (rest.kind === 'binary') {
    await readPayload(rpm, async ({ file, content }) => {
      if (file.kind !== 'file' || !isModulePath(file.path)) return
      const chunks: Uint8Array[] = []
      for await (const chunk of content) chunks.push(chunk)
      modules.push(await packagedModule(file.path, Buffer.concat(chunks)))
    })
  }
  const archiveSize = Number((readTag(rpm, 'LONGARCHIVESIZE') ?? readTag(rpm, 'ARCHIVESIZE'))?.[0] ?? 0)
  return {
    ...rest,
    files: files.map(({ path, kind, marks }) => ({ path, kind, isGhost: marks.includes('ghost') })),
    modules,
    payloadCompression: payloadCompression(rpm),
    headerRange: { start: rpm.headerRange.offset, end: rpm.payloadRange.offset },
    archiveSize,
    isSigned: readTag(rpm, 'RSAHEADER') !== undefined || readTag(rpm, 'DSAHEADER') !== undefined,
  }
}
