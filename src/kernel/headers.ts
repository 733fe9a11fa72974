/** Where the headers of a kernel are. */
import { type AbsolutePath, below, type Kernel, type Roots } from '../domain.ts'
import { isDirectory, isFile } from '../system/fs.ts'

export interface KernelSource {
  /** What `make -C` gets. Named even when it does not exist, for messages. */
  readonly dir: AbsolutePath
  /** Whether modules can be built there: `include` exists, the test of every DKMS release. */
  readonly present: boolean
}

/**
 * `override` (--kernelsourcedir) if given, else INSTALLTREE/RELEASE/build. When that is not usable, `source` beside it is
 * taken if it is a configured tree: some kernels are built in their source directory and only have that link.
 */
export function findKernelSource(
  roots: Pick<Roots, 'installTree'>,
  kernel: Pick<Kernel, 'release'>,
  override?: AbsolutePath,
): KernelSource {
  const dir = override ?? below(roots.installTree, kernel.release, 'build')
  if (isDirectory(below(dir, 'include'))) return { dir, present: true }
  const source = below(roots.installTree, kernel.release, 'source')
  if (override === undefined && isConfigured(source)) return { dir: source, present: true }
  return { dir, present: false }
}

/** A source tree always has include/; only a configured one has what the configuration generates there. */
function isConfigured(dir: AbsolutePath): boolean {
  return isFile(below(dir, 'include/config/auto.conf')) || isFile(below(dir, 'include/generated/autoconf.h'))
}
