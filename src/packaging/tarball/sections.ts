/**
 * The parts of a DKMS tarball. The layout is that of DKMS 2.0 to 3.4; dkms_dbversion, which 3.x no longer writes, is in
 * it so that 2.x loads the archive too (it refuses one without).
 */
import { type AbsolutePath, below, type Kernel, type PackageId } from '../../domain.ts'
import { byteOrder, type TreePaths } from '../../tree/layout.ts'
import type { Section, TarballMode } from './model.ts'

/** What DKMS 2.0 to 2.8 wrote; the layout has not changed since. */
export const databaseVersion = '2.0.0'

export interface SectionsRequest {
  readonly package: PackageId
  readonly mode: TarballMode
  readonly kernels: readonly Kernel[]
  /** Where the package's source is, or the directory that holds just its dkms.conf. */
  readonly source: AbsolutePath
  readonly paths: TreePaths
}

/** In the order of their paths, whatever the order of the kernels asked for. */
export function tarballSections(request: SectionsRequest): readonly Section[] {
  const { package: id, mode, source } = request
  const builds = mode === 'source-only' ? [] : buildSections(request)
  const main: Section[] = [
    { kind: 'directory', to: 'dkms_main_tree' },
    ...builds,
    { kind: 'text', to: 'dkms_main_tree/dkms_dbversion', text: `${databaseVersion}\n` },
  ]
  if (mode !== 'binaries-only') return [...main, { kind: 'tree', to: 'dkms_source_tree', from: source }]
  return [
    { kind: 'directory', to: 'dkms_binaries_only' },
    { kind: 'text', to: 'dkms_binaries_only/PACKAGE_NAME', text: `${id.name}\n` },
    { kind: 'text', to: 'dkms_binaries_only/PACKAGE_VERSION', text: `${id.version}\n` },
    { kind: 'file', to: 'dkms_binaries_only/dkms.conf', from: below(source, 'dkms.conf') },
    ...main,
  ]
}

function buildSections({ package: id, kernels, paths }: SectionsRequest): Section[] {
  const byKey = new Map(kernels.map((kernel) => [`${kernel.release}/${kernel.arch}`, kernel]))
  const releases = new Set<string>()
  return [...byKey]
    .sort(([a], [b]) => byteOrder(a, b))
    .flatMap(([key, kernel]) => {
      const build: Section = { kind: 'tree', to: `dkms_main_tree/${key}`, from: paths.kernelDir(id, kernel) }
      if (releases.has(kernel.release)) return [build]
      releases.add(kernel.release)
      return [{ kind: 'directory', to: `dkms_main_tree/${kernel.release}` }, build]
    })
}
