/** What a package of built modules needs and offers: of its style, of its modules' symbols and devices, and as stated. */
import type { SymbolVersion } from '../../kernel/symbol-versions.ts'
import { redHatWords } from '../metadata/modalias.ts'
import type { PlannedBuild } from '../plan/model.ts'
import type { RpmRelation, RpmRelations } from '../rpm/format/description.ts'
import { formatEvr } from '../rpm/format/description.ts'
import { joinRelations, modaliasesOf, statedRelations } from '../rpm/relations.ts'
import { epochVersion, type RpmSubject } from '../rpm/subject.ts'
import {
  type KmodStyle,
  kernelItself,
  programsIfAny,
  programsPackage,
  type StyleSubject,
  suseKernel,
  suseKernelItself,
} from './styles.ts'
import { modaliasSupplements } from './supplements.ts'
import { type PackageSymbols, redHatChecksum, suseChecksum } from './symbols.ts'

export interface RelationsInput {
  readonly subject: RpmSubject
  readonly style: KmodStyle
  readonly build: PlannedBuild
  readonly symbols: PackageSymbols
  /** The package with the certificate of the modules' signatures. */
  readonly certificatePackage?: string | undefined
}

export function kmodRelations(input: RelationsInput): RpmRelations {
  const { subject, style, build, certificatePackage } = input
  const { name: stem, version: baseVersion, release, plan } = subject
  const about: StyleSubject = { stem, baseVersion, kernel: build.kernel }
  const evr = formatEvr({ version: style.version(about), release, ...epochOf(subject) })
  const stated = statedRelations(plan.metadata.rpm.relations)
  return joinRelations(
    withoutGuesses(style.relations({ ...about, evr, epochVersion: epochVersion(subject) }), stated, subject),
    symbolRelations(input),
    { provides: moduleProvides(input) },
    { requires: certificatePackage === undefined ? [] : [{ name: certificatePackage }] },
    deviceRelations(input),
    stated,
  )
}

/** Who states that there is a package of programs need not be asked whether there is one. */
export function withoutGuesses(relations: RpmRelations, stated: RpmRelations, subject: RpmSubject): RpmRelations {
  if (!requiresPrograms(stated, subject)) return relations
  const guess = programsIfAny(subject.name, epochVersion(subject)).name
  return { ...relations, requires: (relations.requires ?? []).filter(({ name }) => name !== guess) }
}

/** Whether it is stated that the package of programs is required. */
export function requiresPrograms({ requires = [] }: RpmRelations, { name }: Pick<RpmSubject, 'name'>): boolean {
  return requires.some((one) => one.name === programsPackage(name))
}

function epochOf({ epoch }: RpmSubject): { readonly epoch?: number } {
  return epoch === undefined ? {} : { epoch }
}

function symbolRelations({ style, build, symbols }: RelationsInput): RpmRelations {
  const { fromKernel, fromOthers, sets, exported } = symbols
  const { kernel } = build
  const { flavour } = suseKernel(kernel)
  switch (style.symbols) {
    case 'none':
      return {}
    case 'kabi':
      return {
        requires: [
          ...unversioned(symbols, kernelItself(kernel)),
          ...fromKernel.map((symbol) => withChecksum(`kernel(${symbol.name})`, redHatChecksum(symbol.crc))),
          ...fromOthers.map((symbol) => withChecksum(`ksym(${symbol.name})`, redHatChecksum(symbol.crc))),
        ],
        provides: exported.map((symbol) => withChecksum(`ksym(${symbol.name})`, redHatChecksum(symbol.crc))),
      }
    case 'flavour': {
      const relation = ({ name, crc }: SymbolVersion) => withChecksum(`ksym(${flavour}:${name})`, suseChecksum(crc))
      return {
        requires: [
          ...unversioned(symbols, suseKernelItself(kernel)),
          ...sets.map(({ name, hash }) => withChecksum(`kernel(${flavour}:${name})`, hash)),
          ...[...fromKernel, ...fromOthers].map(relation),
        ],
        provides: exported.map(relation),
      }
    }
  }
}

function withChecksum(name: string, version: string): RpmRelation {
  return { name, constraint: { operator: '=', version } }
}

/** Of a kernel without symbol versions nothing tells whether another one fits, so the package is for that kernel. */
function unversioned({ fromKernel, fromOthers, sets }: PackageSymbols, itself: RpmRelation): RpmRelation[] {
  return fromKernel.length + fromOthers.length + sets.length === 0 ? [itself] : []
}

/** `kmod(some_module.ko)`, by which other packages ask for a module. */
function moduleProvides({ style, build }: RelationsInput): readonly RpmRelation[] {
  return build.modules.map(({ name }) => ({ name: `kmod(${style.moduleFile(name)})` }))
}

function deviceRelations({ style, build }: RelationsInput): RpmRelations {
  switch (style.devices) {
    case 'provides':
      return { provides: modaliasesOf([build], redHatWords) }
    case 'supplements':
      return { supplements: supplementsOf(build) }
    case 'none':
      return {}
  }
}

function supplementsOf({ kernel, modules }: PlannedBuild): readonly RpmRelation[] {
  return modaliasSupplements(
    suseKernel(kernel).flavour,
    modules.flatMap(({ info }) => info.alias),
  )
}
