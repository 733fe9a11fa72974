/** From the modules built for one kernel to the description of their package. */
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import type { StockTemplates } from '../../templates/stock.ts'
import type { PlannedBuild, PlannedModule } from '../plan/model.ts'
import { preambleOf } from '../rpm/describe.ts'
import {
  type RpmBinaryDescription,
  type RpmEntry,
  type RpmScriptlet,
  rpmFileName,
  type ScriptletPhase,
} from '../rpm/format/description.ts'
import { joinRelations } from '../rpm/relations.ts'
import { bodyOf } from '../rpm/scriptlets.ts'
import type { RpmSubject } from '../rpm/subject.ts'
import { isaProvides } from './isa.ts'
import { kmodRelations } from './relations.ts'
import { type KmodStyle, type StyleSubject, suseKernel } from './styles.ts'
import type { PackageSymbols } from './symbols.ts'

export interface KmodParts {
  readonly subject: RpmSubject
  readonly style: KmodStyle
  readonly build: PlannedBuild
  readonly symbols: PackageSymbols
  /** Of the package, when it is not the one the style gives it. */
  readonly name?: string | undefined
  /** Required by the package. */
  readonly certificatePackage?: string | undefined
  readonly needsInitrd?: boolean | undefined
}

export function styleSubject({ name: stem, version: baseVersion }: RpmSubject, build: PlannedBuild): StyleSubject {
  return { stem, baseVersion, kernel: build.kernel }
}

export function describeKmod(templates: StockTemplates, parts: KmodParts): RpmBinaryDescription {
  const { subject, style, build } = parts
  const about = styleSubject(subject, build)
  const preamble = preambleOf(subject)
  const identity = {
    name: parts.name ?? style.packageName(about),
    version: style.version(about),
    release: subject.release,
  }
  const paths = build.modules.map((module) => modulePath(parts, module))
  const arch = style.arch(build.kernel)
  return {
    kind: 'binary',
    ...preamble,
    ...identity,
    summary: `${preamble.summary}, for kernel ${build.kernel.release}`,
    arch,
    // Named by what would be rebuilt for other kernels: `mkkmp` makes it, or `mkkmod --akmod`.
    sourceRpm: rpmFileName({ ...preamble, name: style.sourceName(subject.name), arch: 'noarch', kind: 'source' }),
    entries: entriesOf(parts),
    relations: joinRelations({ provides: isaProvides({ ...preamble, ...identity, arch }) }, kmodRelations(parts)),
    scriptlets: scriptletsOf(templates, parts, identity, paths),
  }
}

function kernelDirectory({ style, build }: KmodParts): AbsolutePath {
  return below(absolutePath(style.modulesRoot), build.kernel.release)
}

function modulePath(parts: KmodParts, { fileName }: PlannedModule): string {
  return below(kernelDirectory(parts), parts.style.directory(parts.subject.name), fileName)
}

/** The files as they were built: a signature is part of the file, and anything done to it now would void it. */
function entriesOf(parts: KmodParts): readonly RpmEntry[] {
  const { subject, style, build } = parts
  const { clampTime } = subject.plan
  const own = style.ownDirectories(subject.name).map((directory): RpmEntry => {
    const path = below(kernelDirectory(parts), directory)
    return { kind: 'directory', path, mode: 0o755, mtime: clampTime }
  })
  const files = build.modules.map((module): RpmEntry => {
    const { content, mtime } = module
    return { kind: 'file', path: modulePath(parts, module), mode: 0o644, mtime, content }
  })
  return [...own, ...files]
}

function scriptletsOf(
  templates: StockTemplates,
  { style, build, needsInitrd = false }: KmodParts,
  identity: Pick<RpmBinaryDescription, 'name' | 'version' | 'release'>,
  modules: readonly string[],
): readonly RpmScriptlet[] {
  const { release } = build.kernel
  const { flavour, version } = suseKernel(build.kernel)
  const values = {
    ...identity,
    kernel: release,
    bootMap: `/boot/System.map-${release}`,
    ownMap: `${style.modulesRoot}/${release}/System.map`,
    modules,
    flavour,
    kernelVersion: version,
    needsInitrd,
    usrMerged: style.modulesRoot === '/lib/modules' ? 0 : 1,
  }
  // Object.entries loses what the keys are.
  return (Object.entries(style.scriptlets) as [ScriptletPhase, string][]).map(([phase, template]) => ({
    phase,
    body: bodyOf(templates.render(`kmp/${template}`, { ...values, phase })),
  }))
}
