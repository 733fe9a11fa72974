/**
 * Packages of built modules for one kernel each, as Mandriva and its successors know them: the files of a build below
 * /var/lib/dkms-binary, which the `--binary` of their DKMS installs without a compiler or a source (template-dkms-mkrpm.spec
 * of the dkms package of Mandriva).
 */
import { archNames } from '../../kernel/arch.ts'
import type { StockTemplates } from '../../templates/stock.ts'
import type { PlannedBuild } from '../plan/model.ts'
import { preambleOf } from './describe.ts'
import { type RpmBinaryDescription, type RpmEntry, type RpmRelation, rpmFileName } from './format/description.ts'
import { joinRelations, modaliasesOf } from './relations.ts'
import { bodyOf } from './scriptlets.ts'
import { sourceEntries, toRpmEntry } from './source-entries.ts'
import type { RpmSubject } from './subject.ts'

export function describeKernelPackages(
  templates: StockTemplates,
  subject: RpmSubject,
): readonly RpmBinaryDescription[] {
  return subject.plan.builds.map((build) => describeOne(templates, subject, build))
}

function describeOne(templates: StockTemplates, subject: RpmSubject, build: PlannedBuild): RpmBinaryDescription {
  const { stem, dkms } = subject
  const { release, arch } = build.kernel
  const preamble = preambleOf(subject)
  const values = { name: dkms.name, version: dkms.version, kernel: release }
  const [post, preun] = ['post', 'preun'] as const
  return {
    kind: 'binary',
    ...preamble,
    name: `${stem}-kernel-${release.replace(/[^A-Za-z0-9._+-]/g, '_')}`,
    summary: `${preamble.summary}, for kernel ${release}`,
    arch: archNames(arch).rpm,
    // There is no source package of it: its modules were built from that of the source.
    sourceRpm: rpmFileName({ ...preamble, name: subject.name, arch: 'noarch', kind: 'source' }),
    entries: entriesOf(subject, build),
    relations: joinRelations({ requires: [minimalDkms, ...kernelRequires(release)], provides: modaliasesOf([build]) }),
    scriptlets: [
      { phase: post, body: bodyOf(templates.render('rpm/kernel-post.sh.hbs', values)) },
      { phase: preun, body: bodyOf(templates.render('rpm/kernel-preun.sh.hbs', values)) },
    ],
  }
}

/** The part of Mandriva's DKMS that installs without a compiler. */
const minimalDkms: RpmRelation = {
  name: 'dkms-minimal',
  constraint: { operator: '>=', version: '2.0.19' },
  uses: ['post', 'preun'],
}

/**
 * `6.6.2-desktop-1omv2390` is release 1omv2390 of version 6.6.2 of kernel-desktop. Of a kernel that is named otherwise
 * nothing is required.
 */
export function kernelRequires(release: string): readonly RpmRelation[] {
  const { version, flavour, revision } =
    /^(?<version>\d[^-]*)-(?<flavour>[A-Za-z][A-Za-z0-9_-]*?)-(?<revision>\d[^-]*)(?:-[a-z0-9_]+)?$/.exec(release)
      ?.groups ?? {}
  if (version === undefined || flavour === undefined || revision === undefined) return []
  const kernel: RpmRelation = {
    name: `kernel-${flavour}`,
    constraint: { operator: '=', version: `${version}-${revision}` },
  }
  return [kernel, { ...kernel, uses: ['post', 'preun'] }]
}

function entriesOf(subject: RpmSubject, { kernel, entries }: PlannedBuild): readonly RpmEntry[] {
  const { plan, dkms } = subject
  const root = `/var/lib/dkms-binary/${dkms.name}/${dkms.version}/${kernel.release}`
  const directories = [...parentsFrom('/var/lib/dkms-binary', root), root, `${root}/${kernel.arch}`]
  const conf = sourceEntries(subject).filter(({ path }) => path === 'dkms.conf')
  return [
    ...directories.map((path): RpmEntry => ({ kind: 'directory', path, mode: 0o755, mtime: plan.clampTime })),
    ...conf.map((entry) => toRpmEntry(entry, root)),
    ...entries.map((entry) => toRpmEntry(entry, `${root}/${kernel.arch}`)),
  ]
}

/** What lies between a directory of the system and the package's own. */
function parentsFrom(system: string, own: string): readonly string[] {
  const names = own
    .slice(system.length + 1)
    .split('/')
    .slice(0, -1)
  return names.map((_, index) => [system, ...names.slice(0, index + 1)].join('/'))
}
