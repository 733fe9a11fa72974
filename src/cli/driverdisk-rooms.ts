/** The package formats as the driver disk room sees them: formats do not know each other, and here they meet. */
import { join } from 'node:path'
import type { ImageNode } from '../archive/image/model.ts'
import { limited } from '../archive/image/read.ts'
import { sinkInto } from '../archive/image/read-archive.ts'
import type { MemberSink } from '../archive/tar-read.ts'
import { type AbsolutePath, absolutePath, below } from '../domain.ts'
import { largestModule } from '../kernel/compression.ts'
import { debFileName } from '../packaging/deb/format/description.ts'
import { writeDeb } from '../packaging/deb/format/write.ts'
import type {
  DiskDebDescription,
  DiskRpmDescription,
  PackagedModule,
  PackageReader,
  PackageRoom,
  RpmFacts,
} from '../packaging/driverdisk/package-facts.ts'
import { isModulePath, packagedModule } from '../packaging/driverdisk/packaged-module.ts'
import type { RpmBinaryDescription } from '../packaging/rpm/format/description.ts'
import { listFiles } from '../packaging/rpm/format/file-list.ts'
import { payloadCompression, readPayload } from '../packaging/rpm/format/payload-read.ts'
import { openRpm, type RpmFile, readTag } from '../packaging/rpm/format/read.ts'
import type { HeaderSigner } from '../packaging/rpm/format/sign.ts'
import { summarize } from '../packaging/rpm/format/summary.ts'
import { rpmFormat } from '../packaging/rpm/format/write.ts'

export interface PackageWriting {
  /** Debian's Maintainer: a name and an address. */
  readonly maintainer: string
  /** Of RPMs. No installer looks at a signature within a .deb file. */
  readonly signer?: HeaderSigner | undefined
}

export const packageReader: PackageReader = { readRpm, unpackRpm }

/** Writes with gzip, which is what every installer reads. */
export function packageRoom({ maintainer, signer }: PackageWriting): PackageRoom {
  return {
    async writeRpm(description, directory) {
      const options = signer === undefined ? {} : { signer }
      const { path } = await rpmFormat.write(rpmOf(description), directory, options)
      return absolutePath(path)
    },
    async writeDeb(description, directory) {
      const path = join(directory, debFileName(description))
      await writeDeb(debOf(description, maintainer), path)
      return absolutePath(path)
    },
  }
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

export function debOf({ buildTime, ...rest }: DiskDebDescription, maintainer: string): Parameters<typeof writeDeb>[0] {
  return { ...rest, maintainer, section: 'misc', time: buildTime }
}

async function readRpm(path: AbsolutePath): Promise<RpmFacts> {
  using rpm = openRpm(path)
  const { files, ...rest } = summarize(rpm)
  const archiveSize = Number((readTag(rpm, 'LONGARCHIVESIZE') ?? readTag(rpm, 'ARCHIVESIZE'))?.[0] ?? 0)
  return {
    ...rest,
    files: files.map(({ path: name, kind, marks }) => ({ path: name, kind, isGhost: marks.includes('ghost') })),
    modules: rest.kind === 'binary' ? await modulesOf(rpm) : [],
    payloadCompression: payloadCompression(rpm),
    headerRange: { start: rpm.headerRange.offset, end: rpm.payloadRange.offset },
    archiveSize,
    isSigned: readTag(rpm, 'RSAHEADER') !== undefined || readTag(rpm, 'DSAHEADER') !== undefined,
  }
}

async function modulesOf(rpm: RpmFile): Promise<PackagedModule[]> {
  const modules: PackagedModule[] = []
  await readPayload(rpm, async ({ file, content }) => {
    if (file.kind !== 'file' || !isModulePath(file.path)) return
    modules.push(await packagedModule(file.path, await gathered(content)))
  })
  return modules
}

/** What is larger than any module is not one; it is read to its end all the same, for its digest. */
async function gathered(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let total = 0
  for await (const chunk of content) {
    total += chunk.length
    if (total <= largestModule) chunks.push(chunk)
  }
  return total <= largestModule ? Buffer.concat(chunks) : new Uint8Array()
}

async function unpackRpm(path: AbsolutePath, directory: AbsolutePath): Promise<ReadonlyMap<string, ImageNode>> {
  using rpm = openRpm(path)
  const nodes = new Map<string, ImageNode>()
  for (const file of listFiles(rpm)) {
    const name = file.path.replace(/^\/+/, '')
    if (file.kind === 'directory') nodes.set(name, { kind: 'directory' })
    else if (file.kind === 'symlink') nodes.set(name, { kind: 'symlink', target: file.target ?? '' })
  }
  let count = 0
  await readPayload(rpm, async ({ file, links, content }) => {
    if (file.kind !== 'file') return
    count += 1
    const copy = below(directory, String(count))
    const bytes = await pour(limited(content, path), sinkInto(copy))
    const node = { kind: 'file', bytes, executable: (file.mode & 0o100) !== 0, copy } as const
    for (const one of [file, ...links]) nodes.set(one.path.replace(/^\/+/, ''), node)
  })
  return nodes
}

/** @returns how many bytes it took */
async function pour(content: AsyncIterable<Uint8Array>, sink: MemberSink): Promise<number> {
  let bytes = 0
  try {
    for await (const chunk of content) {
      sink.write(chunk)
      bytes += chunk.length
    }
  } finally {
    sink.end()
  }
  return bytes
}
