/** Built modules and given packages, made ready for a disk: plain, digested, read. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { decompressModule } from '../../kernel/compression.ts'
import { fileError } from '../../system/fs.ts'
import type { PlannedBuild, PlannedModule } from '../plan/model.ts'
import type { DigestedFile, DiskKernel, DiskModule, DiskPackage } from './model.ts'
import type { PackageReader } from './package-facts.ts'
import { readDeb } from './read-deb.ts'

/**
 * @param work an existing directory for modules that are compressed in the tree and plain on the disk
 * @throws {FactoryError} DISK_REFUSED for a build without modules; ELF_INVALID; FILE_ACCESS
 */
export async function collectKernels(builds: readonly PlannedBuild[], work: AbsolutePath): Promise<DiskKernel[]> {
  const kernels: DiskKernel[] = []
  for (const [index, { kernel, modules }] of builds.entries()) {
    if (modules.length === 0) {
      throw new FactoryError('DISK_REFUSED', `the build for kernel ${kernel.release} (${kernel.arch}) has no module`, {
        hint: 'build it again',
      })
    }
    const plain: DiskModule[] = []
    for (const module of modules) plain.push(await plainModule(module, below(work, `${index}-${plain.length}`)))
    kernels.push({ kernel, modules: plain })
  }
  return kernels
}

async function plainModule(module: PlannedModule, place: AbsolutePath): Promise<DiskModule> {
  const fileName = module.compression === '' ? module.fileName : module.fileName.slice(0, -module.compression.length)
  const location = (module.record?.destLocation ?? '/extra').replace(/\/+$/, '')
  const { name, info } = module
  return { name, fileName, location, info, content: await plainContent(module, place) }
}

async function plainContent({ content, compression }: PlannedModule, place: AbsolutePath): Promise<DigestedFile> {
  if (compression === '') return digestFile(content.from)
  writeFileSync(place, await decompressModule(readBytes(content.from), content.from))
  return digestFile(place)
}

/** @throws {FactoryError} FILE_ACCESS */
export function digestFile(from: AbsolutePath): DigestedFile {
  const bytes = readBytes(from)
  return { from, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

function readBytes(path: AbsolutePath): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}

/**
 * A package that is to lie on a disk, told by its name.
 *
 * @throws {FactoryError} PACKAGE_INVALID; DISK_REFUSED for a source package or another kind of file; FILE_ACCESS
 */
export async function collectPackage(path: AbsolutePath, reader: PackageReader): Promise<DiskPackage> {
  const fileName = basename(path)
  const common = { fileName, content: digestFile(path) }
  if (fileName.endsWith('.deb')) return { kind: 'deb', ...common, facts: await readDeb(path, statSync(path).size) }
  const facts = fileName.endsWith('.rpm') ? await reader.readRpm(path) : undefined
  if (facts?.kind === 'binary') return { kind: 'rpm', ...common, facts }
  throw new FactoryError('DISK_REFUSED', `${path} is not a binary package`, {
    hint: 'installers take .rpm and .deb files that are not source packages',
  })
}
