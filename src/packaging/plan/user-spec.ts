/** Spec files of users, at the places DKMS 2.x looked at. */
import type { AbsolutePath } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { isFile } from '../../system/fs.ts'
import { firstTemplate, type TemplateVerb, userTemplatePlaces } from '../../templates/user-templates.ts'

export interface SpecSearch {
  readonly verb: Extract<TemplateVerb, 'mkrpm' | 'mkkmp' | 'redhat-kmod'>
  /** PACKAGE_NAME. */
  readonly module: string
  /** The source directory of the package. */
  readonly source: AbsolutePath
  readonly etc: AbsolutePath
  /** The value of --spec. */
  readonly spec: string | undefined
}

/**
 * `--spec FILE`, else what lies at the other places of the action.
 *
 * @throws {FactoryError} SPEC_MISSING when the file of --spec does not exist
 */
export function findSpec({ verb, ...roots }: SpecSearch): string | undefined {
  const places = userTemplatePlaces(verb, roots)
  const [named] = places
  if (roots.spec !== undefined && roots.spec !== '' && named !== undefined && !isFile(named.path)) {
    throw new FactoryError('SPEC_MISSING', `there is no spec file ${named.path}`, {
      hint: 'name it by an absolute path, or by its path below the source of the package; without --spec none is needed',
    })
  }
  return firstTemplate(places, ({ path }) => isFile(path))?.path
}
