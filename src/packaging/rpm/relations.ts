/** What a package needs, provides and excludes: stated, of its profile, and found in its modules. */

import { FactoryError } from '../../errors.ts'
import { isRpmVersion } from '../metadata/dependency.ts'
import { modaliasProvides } from '../metadata/modalias.ts'
import type { Dependency, MetadataRelations } from '../metadata/model.ts'
import type { Relation } from '../package-model.ts'
import type { PlannedBuild } from '../plan/model.ts'
import type { RpmRelation, RpmRelations } from './format/description.ts'
import { relationKinds } from './format/relations.ts'
import { oldestDkms, oldestDkmsWithConfigConditions } from './profiles.ts'
import { epochVersion, type RpmSubject } from './subject.ts'

/** Of the package that registers the modules with DKMS. */
export function dkmsPackageRelations(subject: RpmSubject): RpmRelations {
  const { plan, profile, stem } = subject
  return joinRelations(
    { requires: dkmsRequires(plan.conf.modules, plan.conf.exclusive) },
    profile.relations({ stem, version: epochVersion(subject) }),
    { provides: profile.binaries === 'tarball' ? modaliasesOf(plan.builds) : [] },
    statedRelations(plan.metadata.rpm.relations),
  )
}

export function statedRelations(stated: MetadataRelations): RpmRelations {
  return {
    requires: stated.requires.map(toRpm),
    recommends: stated.recommends.map(toRpm),
    suggests: stated.suggests.map(toRpm),
    supplements: stated.supplements.map(toRpm),
    enhances: stated.enhances.map(toRpm),
    conflicts: stated.conflicts.map(toRpm),
    provides: stated.provides.map(toRpm),
    obsoletes: stated.replaces.map(toRpm),
  }
}

/** As `rpmbuild` reads them in a spec: `name` or `name >= version`. */
export function formatRelation({ name, constraint }: Relation): string {
  return constraint === undefined ? name : `${name} ${constraint.operator} ${constraint.version}`
}

export function joinRelations(...parts: readonly RpmRelations[]): RpmRelations {
  const kinds = relationKinds.map((kind) => [kind, parts.flatMap((part) => part[kind] ?? [])] as const)
  return Object.fromEntries(kinds.filter(([, list]) => list.length > 0))
}

/** The modules that travel along tell which devices they are for. */
export function modaliasesOf(
  builds: readonly PlannedBuild[],
  words?: Parameters<typeof modaliasProvides>[1],
): readonly RpmRelation[] {
  const modules = builds.flatMap((build) => build.modules)
  return modaliasProvides(
    modules.map(({ info }) => ({ aliases: info.alias, version: info.version })),
    words,
  )
}

type Conditions = RpmSubject['plan']['conf']['exclusive']

function dkmsRequires(modules: readonly { readonly exclusive: Conditions }[], own: Conditions): RpmRelation[] {
  const readsConfig = [own, ...modules.map(({ exclusive }) => exclusive)].some(({ config }) => config !== undefined)
  const dkms = readsConfig ? oldestDkmsWithConfigConditions : oldestDkms
  return [dkms, { ...dkms, uses: ['post', 'preun', 'posttrans'] }]
}

/**
 * Alternatives are a rich relation: `(a or b >= 2)`.
 *
 * @throws {FactoryError} PACKAGE_REFUSED for a version that Debian would take and rpmbuild does not
 */
function toRpm({ anyOf }: Dependency): RpmRelation {
  for (const relation of anyOf) refuseForeignVersion(relation)
  return anyOf.length === 1 ? anyOf[0] : { name: `(${anyOf.map(formatRelation).join(' or ')})` }
}

function refuseForeignVersion({ name, constraint }: Relation): void {
  if (constraint === undefined || isRpmVersion(constraint.version)) return
  throw new FactoryError(
    'PACKAGE_REFUSED',
    `the relation ${name} ${constraint.operator} ${constraint.version} has a version that rpm does not take`,
    {
      hint: 'write [epoch:]version[-release] without further : and -; the rpm block of packaging.yaml is for RPM alone',
    },
  )
}
