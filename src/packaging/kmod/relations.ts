/** What a package of built modules needs and offers: of its style, of its modules' symbols and devices, and as stated. */
import type { SymbolVersion } from '../../kernel/symbol-versions.ts'
import type { PlannedBuild } from '../plan/model.ts'
import type { RpmRelation, RpmRelations } from '../rpm/format/description.ts'
import { formatEvr } from '../rpm/format/description.ts'
import { joinRelations, modaliasesOf, statedRelations } from '../rpm/relations.ts'
import { epochVersion, type RpmSubject } from '../rpm/subject.ts'
import { type KmodStyle, kernelItself, type StyleSubject, suseKernel } from './styles.ts'
import { modaliasSupplements } from './supplements.ts'
import { type PackageSymbols, redHatChecksum, suseChecksum } from './symbols.ts'

export interface RelationsInput {
  readonly subject: RpmSubject
  readonly style: KmodStyle
  readonly build: PlannedBuild
  readonly symbols: PackageSymbols
}

export function kmodRelations(input: RelationsInput): RpmRelations {
  const { subject, style, build } = input
  const { name: stem, version: baseVersion, release, plan } = subject
  const about: StyleSubject = { stem, baseVersion, kernel: build.kernel }
  const evr = formatEvr({ version: style.version(about), release, ...epochOf(subject) })
  return joinRelations(
    style.relations({ ...about, evr, epochVersion: epochVersion(subject) }),
    symbolRelations(input),
    { provides: [...moduleProvides(build), ...(style.symbols === 'kabi' ? modaliasesOf([build]) : [])] },
    { supplements: style.symbols === 'flavour' ? supplementsOf(build) : [] },
    statedRelations(plan.metadata.rpm.relations),
  )
}

function epochOf({ epoch }: RpmSubject): { readonly epoch?: number } {
  return epoch === undefined ? {} : { epoch }
}

function symbolRelations({ style, build, symbols }: RelationsInput): RpmRelations {
  const { fromKernel, fromOthers, exported } = symbols
  const { kernel } = build
  const { flavour } = suseKernel(kernel)
  switch (style.symbols) {
    case 'none':
      return {}
    case 'kabi':
      return {
        requires: [
          ...unversioned(symbols, kernel),
          ...fromKernel.map((symbol) => withChecksum(`kernel(${symbol.name})`, redHatChecksum(symbol.crc))),
          ...fromOthers.map((symbol) => withChecksum(`ksym(${symbol.name})`, redHatChecksum(symbol.crc))),
        ],
        provides: exported.map((symbol) => withChecksum(`ksym(${symbol.name})`, redHatChecksum(symbol.crc))),
      }
    case 'flavour': {
      const relation = ({ name, crc }: SymbolVersion) => withChecksum(`ksym(${flavour}:${name})`, suseChecksum(crc))
      return {
        requires: [...unversioned(symbols, kernel), ...[...fromKernel, ...fromOthers].map(relation)],
        provides: exported.map(relation),
      }
    }
  }
}

function withChecksum(name: string, version: string): RpmRelation {
  return { name, constraint: { operator: '=', version } }
}

/** Of a kernel without symbol versions nothing tells whether another one fits, so the package is for that kernel. */
function unversioned({ fromKernel, fromOthers }: PackageSymbols, kernel: PlannedBuild['kernel']): RpmRelation[] {
  return fromKernel.length + fromOthers.length === 0 ? [kernelItself(kernel)] : []
}

/** `kmod(some_module.ko)`, by which other packages ask for a module. */
function moduleProvides({ modules }: PlannedBuild): readonly RpmRelation[] {
  return modules.map(({ name }) => ({ name: `kmod(${name.replaceAll('-', '_')}.ko)` }))
}

function supplementsOf({ kernel, modules }: PlannedBuild): readonly RpmRelation[] {
  return modaliasSupplements(
    suseKernel(kernel).flavour,
    modules.flatMap(({ info }) => info.alias),
  )
}
