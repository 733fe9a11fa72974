/** The name and version a package gets in a format, and what to tell the user when they differ from dkms.conf. */
import type { PackageId } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { debDkmsName, debName, debVersion, type Mapping, rpmName, rpmVersion } from '../../version/names.ts'

export interface MappedIdentity {
  readonly name: string
  readonly version: string
  /** One sentence for each that had to change, for the user to see. */
  readonly notes: readonly string[]
}

/**
 * @throws {FactoryError} PACKAGE_REFUSED when the format has no form for the name or the version
 */
export function rpmIdentity(id: PackageId): MappedIdentity {
  refuseCommands(id)
  return mapped('RPM', id, rpmName(id.name), rpmVersion(id.version))
}

/**
 * The name and version of dkms.conf are part of paths in spec files, where rpm expands them and then a shell does.
 *
 * @throws {FactoryError} PACKAGE_REFUSED
 */
function refuseCommands({ name, version }: PackageId): void {
  const [found] = /["'`\\$&;|<>(){}[\]*?!#%]/.exec(`${name}/${version}`) ?? []
  if (found === undefined) return
  throw new FactoryError(
    'PACKAGE_REFUSED',
    `no RPM package can be made of ${name}/${version}: ${found} is part of commands in spec files`,
    { hint: 'change PACKAGE_NAME or PACKAGE_VERSION in dkms.conf' },
  )
}

/**
 * The package that brings the source, `<name>-dkms`, with a native version.
 *
 * @throws {FactoryError} PACKAGE_REFUSED
 */
export function debDkmsIdentity(id: PackageId): MappedIdentity {
  return mapped('Debian', id, debDkmsName(id.name), debVersion(id.version))
}

/**
 * The stem of other Debian packages, such as `<name>-modules-<kernel>`.
 *
 * @throws {FactoryError} PACKAGE_REFUSED
 */
export function debIdentity(id: PackageId): MappedIdentity {
  return mapped('Debian', id, debName(id.name), debVersion(id.version))
}

function mapped(format: 'RPM' | 'Debian', id: PackageId, name: Mapping, version: Mapping): MappedIdentity {
  const refused = [name, version].flatMap((one) => (one.kind === 'refused' ? [one.reason] : []))
  if (name.kind === 'refused' || version.kind === 'refused') {
    throw new FactoryError(
      'PACKAGE_REFUSED',
      `no ${format} package can be named after ${id.name}/${id.version}: ${refused[0]}`,
      {
        hint: 'change PACKAGE_NAME or PACKAGE_VERSION in dkms.conf',
        details: refused.slice(1),
      },
    )
  }
  const notes = [
    ...noteOf(`the ${format} package name for ${id.name}`, name),
    ...versionNotes(format, id.version, version),
  ]
  return { name: name.value, version: version.value, notes }
}

/** What to tell the user of a version that a format has in another form. */
export function versionNotes(format: 'RPM' | 'Debian', version: string, mapping: Mapping): string[] {
  return mapping.kind === 'mapped' ? noteOf(`the ${format} version for ${version}`, mapping) : []
}

function noteOf(what: string, mapping: Mapping & { readonly kind: 'mapped' }): string[] {
  if (!mapping.changed) return []
  return [`${what} is ${mapping.value}${mapping.reason === undefined ? '' : `: ${mapping.reason}`}`]
}
