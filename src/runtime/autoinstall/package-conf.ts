import type { ConfRequest } from '../../conf/load.ts'
import { below, type Kernel } from '../../domain.ts'
import type { TreePackage } from '../../tree/model.ts'
import type { ManyRequest } from './model.ts'

/** For decisions about a package of the tree; what builds and installs it reads its conf again, strictly. */
export function confRequestFor(
  { roots, directives, environment }: Pick<ManyRequest, 'roots' | 'directives' | 'environment'>,
  { id, dir }: TreePackage,
  kernel: Kernel,
): ConfRequest {
  const confFile = below(dir, 'source', 'dkms.conf')
  return { confFile, package: id, kernel, roots, directives, environment, strictness: 'lenient', trust: 'trusted' }
}
