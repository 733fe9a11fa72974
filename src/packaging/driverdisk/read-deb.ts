/**
 * A Debian package as installers look into it. udpkg of debian-installer unpacks members by their names, so the names
 * and compressors matter here, not only what they hold (deb(5) manual page).
 */
import { type ArMember, arMagic, readArMembers } from '../../archive/ar.ts'
import { byContent, type Compression, decompress } from '../../archive/compression.ts'
import { type OpenFile, openForReading, readExactly, readRange } from '../../archive/file-range.ts'
import type { TarMember } from '../../archive/member-policy.ts'
import { type MemberSink, readTarChunks } from '../../archive/tar-read.ts'
import type { AbsolutePath } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import type { DebFacts, PackagedModule } from './package-facts.ts'
import { isModulePath, packagedModule } from './packaged-module.ts'

/** @throws {FactoryError} PACKAGE_INVALID; ARCHIVE_UNREADABLE; ARCHIVE_UNSAFE; FILE_ACCESS; TOOL_MISSING for xz */
export async function readDeb(path: AbsolutePath, size: number): Promise<DebFacts> {
  using file = openForReading(path, 'read the package')
  const members = size < arMagic.length ? undefined : readArMembers(file, size)
  const control = members?.find(({ name }) => name.startsWith('control.tar'))
  const data = members?.find(({ name }) => name.startsWith('data.tar'))
  if (control === undefined || data === undefined) throw damaged(path, 'it lacks its control or data archive')
  return { ...(await readControl(file, control)), dataMember: data.name, modules: await readModules(file, data) }
}

/** Far above any: what they stop is a package made to fill the memory. */
const largestControl = 64 * 2 ** 20
const largestModules = 2 ** 30

async function readControl(file: OpenFile, member: ArMember): Promise<Omit<DebFacts, 'dataMember' | 'modules'>> {
  const texts = new Map<string, string>()
  const spelling = await controlSpelling(file, member)
  await eachFile(file, member, ({ path: name }) =>
    name.includes('/') ? undefined : collect((bytes) => texts.set(name, bytes.toString('utf8'))),
  )
  const control = texts.get('control')
  if (control === undefined) throw damaged(file.path, 'it has no control file')
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(control)?.[1]?.trim() ?? ''
  const scripts = ['preinst', 'postinst', 'prerm', 'postrm'].flatMap((name) => {
    const text = texts.get(name)
    return text === undefined ? [] : [[name, text] as const]
  })
  return {
    name: field('Package'),
    version: field('Version'),
    arch: field('Architecture'),
    controlMember: member.name,
    controlEntry: spelling,
    scripts: Object.fromEntries(scripts),
  }
}

async function readModules(file: OpenFile, member: ArMember): Promise<PackagedModule[]> {
  const found: { path: string; bytes: Buffer }[] = []
  let total = 0
  await eachFile(file, member, ({ path: name, bytes: size }) => {
    if (!isModulePath(`/${name}`)) return undefined
    total += size
    if (total > largestModules) throw damaged(file.path, 'its modules are larger than any')
    return collect((bytes) => found.push({ path: `/${name}`, bytes }))
  })
  return await Promise.all(found.map(({ path, bytes }) => packagedModule(path, bytes)))
}

async function eachFile(
  file: OpenFile,
  member: ArMember,
  onFile: (member: TarMember) => MemberSink | undefined,
): Promise<void> {
  const source = { name: file.path, compression: compressionOf(file, member), chunks: readRange(file, member.range) }
  await readTarChunks(source, (found) => (found.kind === 'file' ? onFile(found) : undefined), {
    links: 'anywhere',
  })
}

function compressionOf(file: OpenFile, { range }: ArMember): Compression {
  return byContent(readExactly(file, { offset: range.offset, bytes: Math.min(16, range.bytes) }))
}

/** `./control` or `control`: readers of tar take them for the same, udpkg does not. */
async function controlSpelling(file: OpenFile, member: ArMember): Promise<string> {
  const chunks: Uint8Array[] = []
  const packed = readRange(file, member.range)
  let total = 0
  for await (const chunk of decompress(compressionOf(file, member), packed, file.path)) {
    total += chunk.length
    if (total > largestControl) throw damaged(file.path, 'its control archive is larger than any')
    chunks.push(chunk)
  }
  const archive = Buffer.concat(chunks)
  for (let at = 0; at + 512 <= archive.length; ) {
    const name = archive.toString('latin1', at, at + 100).replace(/\0.*$/s, '')
    if (name === 'control' || name === './control') return name
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8)
    at += 512 + 512 * Math.ceil((Number.isNaN(size) ? 0 : size) / 512)
  }
  return 'control'
}

function collect(done: (bytes: Buffer) => void): MemberSink {
  const chunks: Buffer[] = []
  return { write: (chunk) => void chunks.push(Buffer.from(chunk)), end: () => done(Buffer.concat(chunks)) }
}

function damaged(path: string, why: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${path} is not a usable Debian package: ${why}`, {
    hint: 'fetch or make the package again',
  })
}
