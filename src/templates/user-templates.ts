/**
 * Templates of users, at the places DKMS 2.x looked for them: beside the source of the package, else in /etc/dkms
 * (DKMS man page, "mkrpm", "mkdeb", "mkkmp", "mkdriverdisk"). Which of them exist is for the caller to see.
 */
export type TemplateVerb = 'mkrpm' | 'mkdeb' | 'mkdsc' | 'mkbmdeb' | 'mkkmp' | 'redhat-kmod'

export interface TemplateRoots {
  /** The package's source directory. */
  readonly source: string
  /** /etc/dkms. */
  readonly etc: string
  /** PACKAGE_NAME. */
  readonly module: string
  /** The value of --spec: a path below the source directory, or an absolute one. */
  readonly spec?: string | undefined
}

export interface TemplatePlace {
  readonly path: string
  /** A spec file, or the debian/ directory of a source package. */
  readonly kind: 'file' | 'directory'
}

/** In the order of precedence: the first that exists counts. */
export function userTemplatePlaces(verb: TemplateVerb, roots: TemplateRoots): readonly TemplatePlace[] {
  const { source, etc, module } = roots
  switch (verb) {
    case 'mkrpm':
      return files(...named(roots), `${source}/${module}-dkms-mkrpm.spec`, `${etc}/template-dkms-mkrpm.spec`)
    case 'mkkmp':
      return files(...named(roots), `${source}/${module}-kmp.spec`)
    case 'redhat-kmod':
      return files(...named(roots), `${etc}/template-dkms-redhat-kmod.spec`)
    case 'mkdeb':
    case 'mkdsc':
    case 'mkbmdeb':
      return [`${source}/${module}-dkms-${verb}`, `${etc}/template-dkms-${verb}`].map((path) => ({
        path,
        kind: 'directory',
      }))
  }
}

/** The first place that the caller finds taken by the right kind of thing. */
export function firstTemplate(
  places: readonly TemplatePlace[],
  exists: (place: TemplatePlace) => boolean,
): TemplatePlace | undefined {
  return places.find(exists)
}

function named({ source, spec }: TemplateRoots): readonly string[] {
  if (spec === undefined || spec === '') return []
  return [spec.startsWith('/') ? spec : `${source}/${spec}`]
}

function files(...paths: readonly string[]): readonly TemplatePlace[] {
  return paths.map((path) => ({ path, kind: 'file' }))
}
