/**
 * Akmods: a source package that Fedora's akmods builds for each kernel as it comes, also where /usr cannot be written, and
 * the package that brings it there.
 */
import { type AbsolutePath, absolutePath, below, type Kernel } from '../../domain.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { openTemplates, type StockTemplates } from '../../templates/stock.ts'
import { builtFiles, makeLines, preparingLines } from '../kmp/build-steps.ts'
import { exclusionSteps } from '../kmp/exclusion-steps.ts'
import { buildStepsOf, specHead } from '../kmp/generated-spec.ts'
import { prepareOutput } from '../plan/output.ts'
import { preambleOf } from '../rpm/describe.ts'
import {
  formatEvr,
  type RpmBinaryDescription,
  type RpmEntry,
  type RpmRelations,
  type RpmSourceDescription,
  rpmFileName,
} from '../rpm/format/description.ts'
import type { MadeRpm } from '../rpm/model.ts'
import { joinRelations, statedRelations } from '../rpm/relations.ts'
import { bodyOf } from '../rpm/scriptlets.ts'
import { sourceFileName, specEntry, writeSourceTar } from '../rpm/source-package.ts'
import { epochVersion, type RpmSubject } from '../rpm/subject.ts'
import type { PackagingRequest } from './model.ts'
import { requiresPrograms, withoutGuesses } from './relations.ts'
import { akmodSourceName, programsIfAny } from './styles.ts'
import { kernelPackageSubject } from './subject.ts'
import { writeNamed } from './write.ts'

export interface AkmodRequest extends PackagingRequest {
  /** What dkms.conf was evaluated for when the plan names no kernel. */
  readonly runningKernel: Kernel
}

/**
 * @returns the source package, then the one to install
 * @throws {FactoryError} PACKAGE_REFUSED, DESTINATION_NOT_WRITABLE, FILE_ACCESS, DISK_FULL, PACKAGE_KEY_UNUSABLE,
 *   PACKAGE_SIGNING_FAILED, TOOL_MISSING
 */
export async function makeAkmod(request: AkmodRequest): Promise<readonly [MadeRpm, MadeRpm]> {
  const subject = kernelPackageSubject(request.plan)
  for (const message of subject.notes) request.report({ kind: 'note', message })
  const templates = await openTemplates()
  if (!request.dryRun) prepareOutput(request.output)
  using scratch = temporaryDirectory(request.roots.tmp, 'dkms-factory-akmod-')
  const source = await writeNamed(request, await describeSource(request, subject, templates, scratch.path))
  const carrier = describeCarrier(templates, subject, source.made)
  const { made } = await writeNamed(request, {
    ...carrier,
    ...(source.packageId === undefined ? {} : { sourcePackageId: source.packageId }),
  })
  return [source.made, made]
}

async function describeSource(
  request: AkmodRequest,
  subject: RpmSubject,
  templates: StockTemplates,
  scratch: AbsolutePath,
): Promise<RpmSourceDescription> {
  const name = akmodSourceName(subject.name)
  const { plan, roots, runningKernel } = request
  const steps = buildStepsOf({ plan, roots, kernels: [runningKernel] })
  const excluded = exclusionSteps(plan.conf).package
  // The plan of the subject has the block `kmp` of packaging.yaml in the place of `rpm`.
  const stated = statedRelations(subject.plan.metadata.rpm.relations)
  const files = builtFiles(steps.conf)
  // rpm strips all files or none.
  const keepsDebug = files.some(({ strip }) => !strip)
  const text = templates.render('kmp/akmod.spec.hbs', {
    ...specHead(subject),
    name,
    sourceFile: sourceFileName(subject),
    preparing: preparingLines(steps),
    make: makeLines(steps),
    hasPrograms: requiresPrograms(stated, { name: stemOf(name) }),
    excluded: excluded.length === 0 ? undefined : excluded,
    keepsDebug,
    modules: files.map(({ from, to, conditions, strip }) => ({ from, to, conditions, strip: keepsDebug && strip })),
  })
  return {
    kind: 'source',
    ...preambleOf(subject),
    name,
    arch: 'noarch',
    entries: [specEntry(subject, `${name}.spec`, text), await writeSourceTar(subject, scratch)],
    relations: { requires: [{ name: 'kmodtool' }, { name: 'make' }] },
  }
}

/** What kmodtool makes of the name of the source package. */
function stemOf(name: string): string {
  return name.replace(/-kmod$/, '')
}

const akmodDirectory = '/usr/src/akmods'

/** What kmodtool would make of the source package on a Fedora: the source package itself, and akmods told of it. */
function describeCarrier(templates: StockTemplates, subject: RpmSubject, source: MadeRpm): RpmBinaryDescription {
  const preamble = preambleOf(subject)
  const name = akmodSourceName(subject.name)
  const stem = stemOf(name)
  const fileName = rpmFileName({ ...preamble, name, arch: 'noarch', kind: 'source' })
  const values = { stem, sourcePackage: `${akmodDirectory}/${fileName}` }
  const stated = statedRelations(subject.plan.metadata.rpm.relations)
  const own: RpmRelations = {
    requires: [{ name: 'akmods' }, { name: 'kmodtool' }, programsIfAny(stem, epochVersion(subject))],
    provides: [{ name: `${stem}-kmod`, constraint: { operator: '=', version: formatEvr(preamble) } }],
  }
  return {
    kind: 'binary',
    ...preamble,
    name: `akmod-${stem}`,
    summary: `${preamble.summary}, built for each kernel by akmods`,
    arch: 'noarch',
    sourceRpm: fileName,
    entries: carrierEntries(subject, source, fileName, name),
    relations: joinRelations(withoutGuesses(own, stated, { ...subject, name: stem }), stated),
    scriptlets: [
      { phase: 'post', body: bodyOf(templates.render('kmp/akmod-post.sh.hbs', values)) },
      { phase: 'posttrans', body: bodyOf(templates.render('kmp/akmod-posttrans.sh.hbs', values)) },
    ],
  }
}

function carrierEntries({ plan }: RpmSubject, source: MadeRpm, fileName: string, latest: string): readonly RpmEntry[] {
  const mtime = plan.clampTime
  const file = { kind: 'file', path: `${akmodDirectory}/${fileName}`, mode: 0o644, mtime } as const
  return [
    // After a dry run there is no file, and nothing reads it.
    source.bytes === undefined
      ? { ...file, content: { text: '' } }
      : { ...file, content: { from: absolutePath(source.path), bytes: source.bytes } },
    { kind: 'symlink', path: below(absolutePath(akmodDirectory), `${latest}.latest`), target: fileName, mtime },
  ]
}
