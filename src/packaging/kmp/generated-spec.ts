/** mkkmp without a spec file of the user's own. */
import { statSync } from 'node:fs'
import { writeTar } from '../../archive/tar-write.ts'
import { type AbsolutePath, below, type Kernel } from '../../domain.ts'
import type { TemplateValues } from '../../templates/engine.ts'
import type { StockTemplates } from '../../templates/stock.ts'
import { treePaths } from '../../tree/layout.ts'
import { readSigningCertificate } from '../kmod/certificate.ts'
import { kernelPackageSubject } from '../kmod/subject.ts'
import { preambleOf } from '../rpm/describe.ts'
import type { RpmSourceDescription, RpmSourceEntry } from '../rpm/format/description.ts'
import { statedRelations } from '../rpm/relations.ts'
import { sourceEntry, sourceFileName, specEntry } from '../rpm/source-package.ts'
import { changelogItem, relationLines } from '../rpm/spec.ts'
import type { RpmSubject } from '../rpm/subject.ts'
import { type BuildStepsInput, builtFiles, makeLines, usesKbuild } from './build-steps.ts'
import { exclusionSteps } from './exclusion-steps.ts'
import { redHatFlavours } from './family.ts'
import type { KmpFamily, KmpRequest } from './model.ts'
import { plainForShell } from './plain-text.ts'
import { preparedSource } from './prepared-source.ts'

/** What packages need to be built from, as far as it has the same name everywhere; the macros themselves name more. */
const buildRequires: Readonly<Record<KmpFamily, readonly string[]>> = {
  suse: ['kernel-source', 'kernel-syms'],
  rhel: ['kernel-devel', 'kernel-rpm-macros', 'redhat-rpm-config', 'elfutils-libelf-devel', 'kmod'],
}

function neededToBuild({ family, kernels }: KmpRequest): readonly string[] {
  return [...buildRequires[family], ...(family === 'rhel' ? headersOfVariants(kernels) : [])]
}

/** The macros ask for those of the plain kernel only. */
function headersOfVariants(kernels: readonly Kernel[]): readonly string[] {
  const variants = redHatFlavours(kernels).filter((flavour) => flavour !== 'default')
  return variants.map((variant) => `kernel-${variant}-devel`)
}

export async function describeGeneratedPackage(
  request: KmpRequest,
  templates: StockTemplates,
  arch: string,
  scratch: AbsolutePath,
): Promise<RpmSourceDescription> {
  const subject = kernelPackageSubject(request.plan)
  for (const message of subject.notes) request.report({ kind: 'note', message })
  const preamble = preambleText(subject)
  const certificate = certificateOf(request, subject)
  const excluded = excludedFlavours(request, subject, templates)
  const entries = [
    // By this name the macros of SUSE look for it, to take summary and description of the packages from it.
    specEntry(
      subject,
      `${subject.name}.spec`,
      renderKmpSpec(templates, request, subject, { certificate: certificate?.path, excluded: excluded?.path }),
    ),
    await sourceArchive(request, subject, scratch),
    ...(preamble === '' ? [] : [sourceEntry(subject, preambleName(subject), { text: preamble })]),
    ...(certificate === undefined ? [] : [certificate]),
    ...(excluded === undefined ? [] : [excluded]),
  ]
  return {
    kind: 'source',
    ...preambleOf(subject),
    arch,
    entries,
    relations: {
      requires: [...neededToBuild(request), ...(certificate === undefined ? [] : ['openssl'])].map((name) => ({
        name,
      })),
    },
  }
}

/** Checked, so that nobody learns on a build service that it is none. */
function certificateOf({ certificate, family, report }: KmpRequest, subject: RpmSubject): RpmSourceEntry | undefined {
  if (certificate === undefined) return undefined
  readSigningCertificate(certificate)
  if (family === 'suse') {
    const content = { from: certificate, bytes: statSync(certificate).size }
    return sourceEntry(subject, `${subject.name}-signing.crt`, content)
  }
  const message = 'the certificate is not in the package: only the macros of SUSE know one'
  report({ kind: 'warning', message, hint: 'leave --certificate out, or choose --style suse' })
  return undefined
}

/** The macros of SUSE build for every flavour they are not told to leave out, when the spec file is read. */
function excludedFlavours(
  { plan, family }: KmpRequest,
  subject: RpmSubject,
  templates: StockTemplates,
): RpmSourceEntry | undefined {
  const { package: excluded } = exclusionSteps(plan.conf)
  if (excluded.length === 0 || family !== 'suse') return undefined
  const text = templates.render('kmp/suse-excluded.sh.hbs', { excluded })
  return sourceEntry(subject, `${subject.name}-excluded.sh`, { text })
}

async function sourceArchive(request: KmpRequest, subject: RpmSubject, scratch: AbsolutePath): Promise<RpmSourceEntry> {
  const name = sourceFileName(subject)
  const members = await preparedSource(request, scratch)
  // What a real run refuses is refused by now.
  if (request.dryRun) return sourceEntry(subject, name, { text: '' })
  const path = below(scratch, name)
  const options = { compression: 'none', mtime: request.plan.clampTime } as const
  const { bytes } = await writeTar(members, path, options)
  return sourceEntry(subject, name, { from: path, bytes })
}

interface SuseFiles {
  readonly certificate: string | undefined
  /** Tells which flavours are left out. */
  readonly excluded: string | undefined
}

function renderKmpSpec(templates: StockTemplates, request: KmpRequest, subject: RpmSubject, files: SuseFiles): string {
  const steps = buildStepsOf(request)
  return templates.render(`kmp/${request.family}-kmp.spec.hbs`, {
    ...specHead(subject),
    sourceFile: sourceFileName(subject),
    preamble: preambleText(subject) === '' ? undefined : preambleName(subject),
    make: makeLines(steps),
    modules: moduleValues(steps),
    ...(request.family === 'suse'
      ? { ...suseValues(request, subject, files), kbuild: usesKbuild(steps) }
      : redHatValues(request, steps, subject)),
  })
}

function suseValues({ needsInitrd = false }: KmpRequest, subject: RpmSubject, files: SuseFiles): TemplateValues {
  const { summary, group = 'Unspecified' } = preambleOf(subject)
  return { ...files, needsInitrd, plainSummary: plainForShell(summary), plainGroup: plainForShell(group) }
}

function redHatValues(request: KmpRequest, { conf }: BuildStepsInput, { release }: RpmSubject): TemplateValues {
  const excluded = exclusionSteps(conf).package
  return {
    excluded: excluded.length === 0 ? undefined : excluded,
    // Packages of one source for several releases of RHEL are told apart by it. A release with letters is all that was wanted.
    tellsDistribution: /^[\d.]+$/.test(release),
    buildRequires: neededToBuild(request).join(' '),
    variantHeaders: headersOfVariants(request.kernels),
    flavours: redHatFlavours(request.kernels).join(' '),
  }
}

/** The files that become part of the package, for the loop of a template. */
export function moduleValues({ conf }: Pick<BuildStepsInput, 'conf'>): TemplateValues[] {
  return builtFiles(conf).map(({ from, to, conditions }) => ({ from, to, conditions }))
}

/** dkms.conf was evaluated for the first of the plan's kernels, else for the one that is given first. */
export function buildStepsOf({
  plan,
  roots,
  kernels,
}: Pick<KmpRequest, 'plan' | 'roots' | 'kernels'>): BuildStepsInput {
  const kernel = plan.kernels[0] ?? kernels[0]
  if (kernel === undefined) throw new Error('no kernel is given')
  const paths = treePaths(roots)
  return {
    conf: plan.conf,
    kernel,
    installTree: roots.installTree,
    buildDir: paths.buildDir(plan.package),
    sourceDirs: [paths.sourceDir(plan.package), paths.sourceLink(plan.package)],
  }
}

/** The values that every spec file of modules begins and ends with. */
export function specHead(subject: RpmSubject): TemplateValues {
  const { name, version, release, epoch, summary, license, group, url, vendor, packager, description, changelog } =
    preambleOf(subject)
  return {
    name,
    version,
    release,
    hasEpoch: epoch !== undefined,
    epoch,
    summary,
    license,
    group: group ?? 'Unspecified',
    url,
    vendor,
    packager,
    description,
    dkmsName: subject.dkms.name,
    dkmsVersion: subject.dkms.version,
    changelog: (changelog ?? []).map(changelogItem),
  }
}

/** Relations are those of the packages for the flavours: the macros read them from a file of their own. */
function preambleText({ plan }: RpmSubject): string {
  return relationLines({ relations: statedRelations(plan.metadata.rpm.relations) })
    .map(({ tag, relation }) => `${tag}: ${relation}\n`)
    .join('')
}

function preambleName({ name }: RpmSubject): string {
  return `${name}-kmp-preamble`
}
