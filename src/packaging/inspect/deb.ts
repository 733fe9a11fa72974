/** Debian binary packages. */
import { statSync } from 'node:fs'
import { readRange } from '../../archive/file-range.ts'
import type { TarMember } from '../../archive/member-policy.ts'
import { readTarChunks } from '../../archive/tar-read.ts'
import type { InspectRequest } from '../../importer/model.ts'
import { now } from '../../system/clock.ts'
import { type DebFile, openDeb } from '../deb/format/read.ts'
import { type DebRelations, renderRelations } from '../deb/format/relations.ts'
import { verifyDebSignatures } from '../deb/format/sign.ts'
import { type DebSummary, summarizeDeb } from '../deb/format/summary.ts'
import { verifyDebFiles } from '../deb/format/verify.ts'
import { Embedded } from './embedded.ts'
import type {
  DebInspection,
  InspectedFile,
  InspectedRelations,
  InspectedScript,
  Integrity,
  SignatureFact,
} from './model.ts'
import { isModule, ModuleQueue, present } from './modules.ts'
import { damageAmong, signatureProblems } from './verdicts.ts'

/**
 * @param keyFiles OpenPGP public keys to check signatures with; none: signatures are only told
 * @throws {FactoryError} PACKAGE_INVALID, ARCHIVE_UNREADABLE, ARCHIVE_UNSAFE when the package is damaged or made to
 *   harm; PACKAGE_KEY_UNUSABLE; FILE_ACCESS; TOOL_MISSING for xz
 */
export async function inspectDeb(request: InspectRequest, keyFiles: readonly string[]): Promise<DebInspection> {
  using deb = openDeb(request.archive)
  const summary = await summarizeDeb(deb)
  const contents = await contentsOf(deb, request)
  const integrity = await integrityOf(deb, summary)
  const signatures = await signaturesOf(deb, keyFiles)
  return {
    kind: 'deb',
    file: request.archive,
    bytes: statSync(request.archive).size,
    name: summary.name,
    version: summary.version,
    arch: summary.arch,
    header: Object.fromEntries(summary.fields.map(({ name, value }) => [name, value])),
    relations: relationsOf(summary.relations),
    scripts: scriptsOf(summary),
    conffiles: summary.conffiles,
    triggers: summary.triggers.map(({ directive, name }) => `${directive} ${name}`),
    files: contents.files,
    modules: contents.modules,
    dkms: contents.dkms,
    integrity,
    signatures,
    problems: [
      ...damageAmong(integrity.checks, ['changed', 'missing']),
      ...signatureProblems(signatures, keyFiles.length > 0),
      ...contents.problems,
    ],
  }
}

type Contents = Pick<DebInspection, 'files' | 'modules' | 'dkms' | 'problems'>

async function contentsOf(deb: DebFile, request: InspectRequest): Promise<Contents> {
  using embedded = new Embedded(request)
  const queue = new ModuleQueue()
  const files: InspectedFile[] = []
  const { name, compression, range } = deb.data
  const source = { name: `${deb.path}: ${name}`, compression, chunks: queue.paced(readRange(deb, range)) }
  await readTarChunks(
    source,
    (member) => {
      const path = `/${member.path}`
      files.push(describeFile(member))
      if (member.kind !== 'file') return undefined
      return isModule(path) ? queue.sink({ path, bytes: member.bytes }) : embedded.sink(path, member.bytes)
    },
    { links: 'anywhere', ...present({ limits: request.limits }) },
  )
  const { dkms, modules, problems } = await embedded.read()
  return { files, dkms, modules: [...(await queue.settled()), ...modules], problems }
}

function describeFile({ path, kind, mode, bytes, uid, gid, target }: TarMember): InspectedFile {
  return {
    path: `/${path}`,
    kind,
    mode: mode.toString(8).padStart(4, '0'),
    bytes,
    user: uid === 0 ? 'root' : String(uid),
    group: gid === 0 ? 'root' : String(gid),
    ...present({ target: kind === 'hardlink' && target !== undefined ? `/${target}` : target }),
  }
}

/** Only what is not in order is listed by name: a package has a sum for each of its files. */
async function integrityOf(deb: DebFile, { controlFiles }: DebSummary): Promise<Integrity> {
  if (!controlFiles.includes('md5sums')) return { state: 'unprotected', checks: [] }
  const found = await verifyDebFiles(deb)
  const bad = found.filter(({ state }) => state === 'changed' || state === 'missing')
  const count = (wanted: string) => found.filter(({ state }) => state === wanted).length
  const checks = bad.map(({ path, state }) => ({ name: path, state }))
  return {
    state: bad.length > 0 ? 'damaged' : 'intact',
    checks: [{ name: 'md5sums', state: `${count('ok')} files ok, ${count('unlisted')} without a sum` }, ...checks],
  }
}

async function signaturesOf(deb: DebFile, keyFiles: readonly string[]): Promise<SignatureFact[]> {
  const checked = await verifyDebSignatures(deb, { keyFiles, now: now() })
  return checked.map(({ role, state, keyId }) => ({
    where: `_gpg${role}`,
    state: keyId === undefined ? 'unsupported' : keyFiles.length === 0 ? 'unchecked' : state,
    ...present({ keyId }),
  }))
}

function relationsOf(relations: DebRelations): InspectedRelations {
  return Object.fromEntries(
    Object.entries(relations).map(([kind, clauses]) => [kind, clauses.map((clause) => renderRelations([clause]))]),
  )
}

function scriptsOf({ scripts }: DebSummary): InspectedScript[] {
  return Object.entries(scripts).map(([name, body]) => {
    const words = /^#!\s*(\S.*)/.exec(body)?.[1]?.trim().split(/\s+/)
    return { name, interpreter: words ?? [], body }
  })
}
