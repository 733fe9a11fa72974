/** mkkmp with a spec file of the user's own: its source package, with the sources that the spec file names. */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { byFileName } from '../../archive/compression.ts'
import type { TarEntry } from '../../archive/tar-entry.ts'
import { writeTar } from '../../archive/tar-write.ts'
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError, isFile } from '../../system/fs.ts'
import type { Operator } from '../package-model.ts'
import type { PackagePlan } from '../plan/model.ts'
import { findSpec } from '../plan/user-spec.ts'
import type { RpmRelation, RpmSourceDescription, RpmSourceEntry } from '../rpm/format/description.ts'
import type { KmpRequest } from './model.ts'
import { preparedSource } from './prepared-source.ts'
import { parseSpecPreamble, type SpecPreamble } from './spec-preamble.ts'

/**
 * `--spec FILE`, else M-kmp.spec in the source (DKMS man page, "mkkmp").
 *
 * @throws {FactoryError} SPEC_MISSING when the file of --spec does not exist
 */
export function findKmpSpec(plan: PackagePlan, etc: AbsolutePath, spec: string | undefined): string | undefined {
  const { package: id, source } = plan
  return findSpec({
    verb: 'mkkmp',
    module: id.name,
    source: source.directory,
    etc,
    spec,
  })
}

/** @throws {FactoryError} PACKAGE_REFUSED for a spec file that cannot be read without its host, or lacks a source */
export async function describeUserPackage(
  request: KmpRequest,
  spec: string,
  arch: string,
  scratch: AbsolutePath,
): Promise<RpmSourceDescription> {
  const { plan } = request
  const text = readText(spec)
  const preamble = parseSpecPreamble(text, spec)
  const mtime = plan.clampTime
  warnOfCertificate(request, spec)
  // Also for a spec file that does not want it: what cannot be built is refused, as DKMS did.
  const prepared = await preparedSource(request, scratch)
  const entries: RpmSourceEntry[] = [
    { kind: 'file', role: 'spec', path: basename(spec), mode: 0o644, mtime, content: { text } },
  ]
  for (const name of preamble.sources)
    entries.push(await sourceFile(request, { spec, name, role: 'source', prepared }, scratch))
  for (const name of preamble.patches)
    entries.push(await sourceFile(request, { spec, name, role: 'patch', prepared }, scratch))
  return { kind: 'source', ...headOf(preamble), arch, buildHost: 'reproducible', buildTime: mtime, entries }
}

function warnOfCertificate({ certificate, report }: KmpRequest, spec: string): void {
  if (certificate === undefined) return
  const message = `the certificate is not in the package: ${spec} has to name it itself`
  report({
    kind: 'warning',
    message,
    hint: 'lay it beside the spec file, as a Source, and hand it to the macro with -c',
  })
}

function headOf(
  preamble: SpecPreamble,
): Omit<RpmSourceDescription, 'kind' | 'arch' | 'buildHost' | 'buildTime' | 'entries'> {
  const { name, version, release, epoch, summary, license, description, group, url, vendor, packager } = preamble
  return {
    name,
    version,
    release,
    summary,
    license,
    description,
    ...(epoch === undefined ? {} : { epoch }),
    ...(group === undefined ? {} : { group }),
    ...(url === undefined ? {} : { url }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(packager === undefined ? {} : { packager }),
    relations: { requires: preamble.buildRequires.map(toRelation) },
  }
}

interface WantedFile {
  readonly spec: string
  readonly name: string
  readonly role: 'source' | 'patch'
  readonly prepared: readonly TarEntry[]
}

/** The archive of the prepared source, by whatever compressor its name tells, or a file beside the spec. */
async function sourceFile(
  request: KmpRequest,
  { spec, name, role, prepared }: WantedFile,
  scratch: AbsolutePath,
): Promise<RpmSourceEntry> {
  const { plan, dryRun } = request
  const { name: module, version } = plan.package
  const entry = { kind: 'file', role, path: name, mode: 0o644, mtime: plan.clampTime } as const
  if (name.startsWith(`${module}-${version}.t`)) {
    if (dryRun) return { ...entry, content: { text: '' } }
    const path = below(scratch, name)
    const options = { compression: byFileName(name), mtime: plan.clampTime }
    const { bytes } = await writeTar(prepared, path, options)
    return { ...entry, content: { from: path, bytes } }
  }
  const found = [dirname(spec), plan.source.directory].map((directory) => `${directory}/${name}`).find(isFile)
  if (found !== undefined) return { ...entry, content: { from: absolutePath(found), bytes: statSync(found).size } }
  throw new FactoryError('PACKAGE_REFUSED', `${spec} names ${name}, which is not beside it`, {
    hint: `the archive of the source is ${module}-${version}.tar.bz2, or ends in .tar, .tar.gz, .tar.xz or .tar.zst`,
  })
}

function toRelation(text: string): RpmRelation {
  const [, name = text, operator, version] = /^([^\s<>=]+)\s*(<=|>=|=|<|>)\s*(\S+)$/.exec(text) ?? []
  // The expression leaves nothing else.
  return operator === undefined || version === undefined
    ? { name }
    : { name, constraint: { operator: operator as Operator, version } }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}
