/** Scripts on a disk and in its packages, from templates/driverdisk. */
import type { TemplateValues } from '../../../templates/engine.ts'

/** Of src/templates/stock.ts. */
export type RenderTemplate = (name: string, values: TemplateValues) => string

export function renderUpdatePost(render: RenderTemplate, releases: readonly string[]): string {
  return render('driverdisk/update.post.hbs', { releases: [...new Set(releases)].sort() })
}

/** Of a package with the modules of one kernel. */
export interface PackageScriptValues {
  readonly release: string
  /** Absolute paths of its modules. */
  readonly modules: readonly string[]
}

export function renderPackageScript(
  render: RenderTemplate,
  name: 'rpm-post' | 'rpm-postun' | 'deb-postinst' | 'deb-postrm',
  { release, modules }: PackageScriptValues,
): string {
  return render(`driverdisk/${name}.hbs`, { release, modules: [...modules] })
}
