/** RPM packages, binary and source. */
import { statSync } from 'node:fs'
import type { MemberSink } from '../../archive/tar-read.ts'
import { isFactoryError } from '../../errors.ts'
import type { InspectRequest } from '../../importer/model.ts'
import { now } from '../../system/clock.ts'
import type { RpmRelation, RpmScript, RpmTrigger } from '../rpm/format/description.ts'
import type { RpmFileInfo } from '../rpm/format/file-list.ts'
import { payloadCompression, readPayload } from '../rpm/format/payload-read.ts'
import { damaged, openRpm, type RpmFile, readTag } from '../rpm/format/read.ts'
import { type RpmSummary, summarize } from '../rpm/format/summary.ts'
import { type StoredSignature, storedSignatures, verifyDigests, verifySignatures } from '../rpm/format/verify.ts'
import { formatRelation } from '../rpm/relations.ts'
import { Embedded } from './embedded.ts'
import type {
  InspectedFile,
  InspectedModule,
  InspectedRelations,
  InspectedScript,
  Integrity,
  Problem,
  RpmInspection,
  SignatureFact,
} from './model.ts'
import { isModule, ModuleQueue, present } from './modules.ts'
import { damageAmong, signatureProblems } from './verdicts.ts'

/**
 * @param keyFiles OpenPGP public keys to check signatures with; none: signatures are only told
 * @throws {FactoryError} PACKAGE_INVALID when the structure is damaged; PACKAGE_KEY_UNUSABLE; FILE_ACCESS; TOOL_MISSING
 *   for an xz or bzip2 payload
 */
export async function inspectRpm(request: InspectRequest, keyFiles: readonly string[]): Promise<RpmInspection> {
  using rpm = openRpm(request.archive)
  const summary = summarize(rpm)
  assertNoBomb(rpm, summary.files)
  const integrity = await integrityOf(rpm)
  const signatures = await signaturesOf(rpm, keyFiles)
  const contents = await contentsOf(rpm, request)
  return {
    kind: rpm.kind === 'source' ? 'srpm' : 'rpm',
    file: request.archive,
    bytes: statSync(request.archive).size,
    ...identityOf(summary),
    header: headerOf(rpm, summary),
    relations: relationsOf(summary),
    scripts: scriptsOf(summary),
    changelog: summary.changelog,
    files: summary.files.map(describeFile),
    modules: contents.modules,
    dkms: contents.dkms,
    integrity,
    signatures,
    problems: [
      ...damageAmong(integrity.checks, ['bad']),
      ...signatureProblems(signatures.filter(countsAmong(signatures)), keyFiles.length > 0),
      ...contents.problems,
    ],
  }
}

/** Far above any real package; the archive is read to its end, and a few bytes can stand for any number of zeros. */
const mostBytes = 64 * 2 ** 30
const ratioFloor = 2 ** 30
const highestRatio = 2000

function assertNoBomb(rpm: RpmFile, files: readonly RpmFileInfo[]): void {
  const claimed = files.reduce((sum, { size, kind }) => sum + (kind === 'file' ? size : 0), 0)
  if (claimed > mostBytes || (claimed > ratioFloor && claimed > highestRatio * rpm.payloadRange.bytes)) {
    throw damaged(rpm.path, `it claims ${claimed} bytes of files in a payload of ${rpm.payloadRange.bytes}`)
  }
}

async function integrityOf(rpm: RpmFile): Promise<Integrity> {
  const { checks, intact } = await verifyDigests(rpm)
  const found = checks.filter(({ state }) => state !== 'absent')
  const bad = found.some(({ state }) => state === 'bad')
  return { state: intact ? 'intact' : bad ? 'damaged' : 'unprotected', checks: found }
}

async function signaturesOf(rpm: RpmFile, keyFiles: readonly string[]): Promise<SignatureFact[]> {
  if (keyFiles.length === 0) return storedSignatures(rpm).map((one) => fact(one, 'unchecked'))
  return (await verifySignatures(rpm, keyFiles, now())).map((one) => fact(one, one.state))
}

/** Of a list of signatures, which are made for different readers, one that is good is enough. */
function countsAmong(all: readonly SignatureFact[]): (one: SignatureFact) => boolean {
  const isVouched = all.some(({ state }) => state === 'good')
  return ({ where, state }) => !(isVouched && where === 'OPENPGP' && state !== 'good' && state !== 'bad')
}

function fact({ tag, packet }: StoredSignature, state: SignatureFact['state']): SignatureFact {
  const readable = packet !== undefined
  return { where: tag, state: readable ? state : 'unsupported', ...present({ keyId: packet?.issuer }) }
}

interface RpmContents {
  readonly modules: readonly InspectedModule[]
  readonly dkms: RpmInspection['dkms']
  readonly problems: readonly Problem[]
}

/** What lies in the payload; a damaged payload is a problem of the package, whose header is worth telling. */
async function contentsOf(rpm: RpmFile, request: InspectRequest): Promise<RpmContents> {
  using embedded = new Embedded(request)
  const queue = new ModuleQueue()
  const problems: Problem[] = []
  try {
    await readPayload(rpm, async ({ file, content }) => {
      await pour(content, sinkFor(file, queue, embedded))
      await queue.settled()
    })
  } catch (error) {
    if (!isFactoryError(error, 'PACKAGE_INVALID', 'ARCHIVE_UNREADABLE')) throw error
    problems.push({ kind: 'damage', message: error.message })
  }
  const found = await embedded.read()
  return {
    modules: [...(await queue.settled()), ...found.modules],
    dkms: found.dkms,
    problems: [...problems, ...found.problems],
  }
}

function sinkFor({ kind, path, size }: RpmFileInfo, queue: ModuleQueue, embedded: Embedded): MemberSink | undefined {
  if (kind !== 'file') return undefined
  return isModule(path) ? queue.sink({ path, bytes: size }) : embedded.sink(path, size)
}

/** To its end also when nobody wants it: only then is it checked by its digest. */
async function pour(content: AsyncIterable<Uint8Array>, sink: MemberSink | undefined): Promise<void> {
  for await (const chunk of content) sink?.write(chunk)
  sink?.end()
}

function identityOf({ name, epoch, version, release, arch }: RpmSummary) {
  return { name, version, release, arch, ...present({ epoch }) }
}

const headerFields = [
  'os',
  'summary',
  'description',
  'license',
  'group',
  'url',
  'vendor',
  'packager',
  'distribution',
  'bugUrl',
  'vcs',
  'platform',
  'optflags',
  'buildHost',
  'buildTime',
  'sourceRpm',
  'buildArchs',
  'sources',
  'patches',
  'installedSize',
] as const satisfies readonly (keyof RpmSummary)[]

function headerOf(rpm: RpmFile, summary: RpmSummary): RpmInspection['header'] {
  const fields: Record<string, string | number | readonly string[]> = {}
  for (const name of headerFields) {
    const value = summary[name]
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) fields[name.toLowerCase()] = value
  }
  const version = readTag(rpm, 'RPMVERSION')
  if (Array.isArray(version)) fields['rpmversion'] = version.join(' ')
  return { ...fields, payloadcompression: payloadCompression(rpm) }
}

function relationsOf({ relations }: RpmSummary): InspectedRelations {
  return Object.fromEntries(Object.entries(relations).map(([kind, all]) => [kind, all.map(describeRelation)]))
}

function describeRelation(relation: RpmRelation): string {
  const { uses = [] } = relation
  return `${formatRelation(relation)}${uses.length === 0 ? '' : ` [${uses.join(', ')}]`}`
}

function scriptsOf({ scriptlets, triggers, fileTriggers }: RpmSummary): InspectedScript[] {
  return [
    ...scriptlets.map((one) => describeScript(one.phase, one)),
    ...triggers.map((one) => describeScript(`trigger${one.event} ${targets(one)}`, one)),
    ...fileTriggers.map((one) => {
      const name = one.per === 'package' ? 'filetrigger' : 'transfiletrigger'
      return describeScript(`${name}${one.event} ${one.prefixes.join(', ')}`, one)
    }),
  ]
}

function targets(trigger: RpmTrigger): string {
  return trigger.targets.map(formatRelation).join(', ')
}

function describeScript(name: string, { body, interpreter = ['/bin/sh'] }: RpmScript): InspectedScript {
  return { name, interpreter, body }
}

function describeFile(file: RpmFileInfo): InspectedFile {
  const { path, kind, mode, size, user, group, target, config, marks } = file
  const all = [...(config === undefined ? [] : [config === 'keep' ? 'config(noreplace)' : 'config']), ...marks]
  return {
    path,
    kind,
    mode: mode.toString(8).padStart(4, '0'),
    bytes: size,
    user,
    group,
    ...present({ target }),
    ...(all.length === 0 ? {} : { marks: all }),
  }
}
