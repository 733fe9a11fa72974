/** What a package needs, provides and excludes: by itself, and as stated. */
import { compareDeb } from '../../version/deb.ts'
import type { Dependency, MetadataRelations } from '../metadata/model.ts'
import type { Relation } from '../package-model.ts'
import type { DebClause, DebRelations } from './format/relations.ts'
import type { DebSubject } from './subject.ts'

/** Of the package that registers the modules with DKMS. */
export function dkmsPackageRelations(subject: DebSubject): DebRelations {
  const { metadata } = subject.plan
  const { relations: stated, origins } = metadata.deb
  return withoutEmpty({
    ...statedRelations(stated),
    depends: [...dkmsDepends(subject, stated.requires), ...stated.requires.map(clauseOf)],
    recommends: origins.recommends === 'default' ? [headers] : stated.recommends.map(clauseOf),
    provides: [modulesOf(subject), ...stated.provides.map(clauseOf)],
  })
}

/** Of a package with built modules for one kernel. What is stated about DKMS and headers is not meant for it. */
export function modulesPackageRelations(subject: DebSubject, kernelPackage: string): DebRelations {
  const stated = statedRelations(withoutDkms(subject.plan.metadata.deb.relations))
  return withoutEmpty({
    ...stated,
    depends: [imageOf(kernelPackage), ...(stated.depends ?? [])],
    provides: [modulesOf(subject), ...(stated.provides ?? [])],
  })
}

/** Debian's, then Ubuntu's, whose generic name is that of signed kernels (linux-signed-image source package). */
function imageOf(kernelPackage: string): DebClause {
  return [{ name: `linux-image-${kernelPackage}` }, { name: `linux-image-unsigned-${kernelPackage}` }]
}

/** The headers that keep up with kernel upgrades: Debian's for the usual machine, Ubuntu's and those of other machines. */
const headers: DebClause = [
  { name: 'linux-headers-amd64' },
  { name: 'linux-headers-generic' },
  { name: 'linux-headers' },
]

function modulesOf({ stem, version }: DebSubject): DebClause {
  return { name: `${stem}-modules`, constraint: { operator: '=', version } }
}

/** The oldest that dh_dkms asks for; the second is the first that reads BUILD_EXCLUSIVE_CONFIG. */
const oldestDkms = '2.1.0.0'
const oldestDkmsWithConfigConditions = '3.0.3-4~'

/** Nothing when what is stated asks for as much. */
function dkmsDepends({ plan }: DebSubject, stated: readonly Dependency[]): readonly DebClause[] {
  const { exclusive, modules } = plan.conf
  const readsConfig = [exclusive, ...modules.map((one) => one.exclusive)].some(({ config }) => config !== undefined)
  const version = readsConfig ? oldestDkmsWithConfigConditions : oldestDkms
  const isStated = stated.some(({ anyOf }) => anyOf.length === 1 && asksForDkms(anyOf[0], version))
  return isStated ? [] : [{ name: 'dkms', constraint: { operator: '>=', version } }]
}

function asksForDkms({ name, constraint }: Relation, version: string): boolean {
  if (name !== 'dkms' || constraint === undefined) return false
  return ['>=', '>', '='].includes(constraint.operator) && compareDeb(constraint.version, version) >= 0
}

function statedRelations(stated: MetadataRelations): DebRelations {
  return {
    preDepends: stated.preDepends.map(clauseOf),
    depends: stated.requires.map(clauseOf),
    recommends: stated.recommends.map(clauseOf),
    suggests: stated.suggests.map(clauseOf),
    enhances: stated.enhances.map(clauseOf),
    conflicts: stated.conflicts.map(clauseOf),
    breaks: stated.breaks.map(clauseOf),
    replaces: stated.replaces.map(clauseOf),
    provides: stated.provides.map(clauseOf),
  }
}

function clauseOf({ anyOf }: Dependency): DebClause {
  return anyOf.length === 1 ? anyOf[0] : anyOf
}

function withoutDkms(stated: MetadataRelations): MetadataRelations {
  const isOther = ({ anyOf }: Dependency): boolean =>
    !anyOf.some(({ name }) => name === 'dkms' || name.startsWith('linux-headers'))
  return {
    ...stated,
    requires: stated.requires.filter(isOther),
    recommends: stated.recommends.filter(isOther),
    preDepends: stated.preDepends.filter(isOther),
  }
}

function withoutEmpty(relations: DebRelations): DebRelations {
  return Object.fromEntries(Object.entries(relations).filter(([, clauses]) => clauses.length > 0))
}
