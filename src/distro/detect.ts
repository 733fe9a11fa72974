/** From os-release to the values of a distribution. */

import { arch } from './arch.ts'
import { debian } from './debian.ts'
import { fedora } from './fedora.ts'
import { generic } from './generic.ts'
import { gentoo } from './gentoo.ts'
import { mandriva } from './mandriva.ts'
import type { Distro, DistroTraits } from './model.ts'
import { parseOsRelease, readOsRelease } from './os-release.ts'
import { rhel } from './rhel.ts'
import { suse } from './suse.ts'
import { ubuntu } from './ubuntu.ts'

export type { Distro } from './model.ts'

/** Beginnings of ID and ID_LIKE words. Prefixes, as DKMS has them: opensuse-leap, sles_sap, centos-stream. */
const families: readonly (readonly [prefix: string, traits: DistroTraits])[] = [
  ['ubuntu', ubuntu],
  ['debian', debian],
  ['raspbian', debian],
  ['fedora', fedora],
  ['rhel', rhel],
  ['centos', rhel],
  ['almalinux', rhel],
  ['rocky', rhel],
  ['sles', suse],
  ['sle_', suse],
  ['sled', suse],
  ['suse', suse],
  ['opensuse', suse],
  ['arch', arch],
  ['gentoo', gentoo],
  ['mandriva', mandriva],
  ['mageia', mandriva],
  ['openmandriva', mandriva],
  ['rosa', mandriva],
]

/** Oracle Linux only says that it is like fedora. */
const exactIds: Readonly<Record<string, DistroTraits>> = { ol: rhel }

/**
 * The first of ID and the words of ID_LIKE, in that order, that is known decides. (DKMS looks at the whole text of ID_LIKE
 * in place of ID, so that a distribution that calls itself fedora-like first and is another is taken for Fedora.)
 */
export function detectDistro(osRelease: string): Distro {
  const values = parseOsRelease(osRelease)
  const id = values.get('ID') ?? 'linux'
  const like = (values.get('ID_LIKE') ?? '').split(/\s+/)
  const traits = [id, ...like].map((word) => traitsOf(word.toLowerCase())).find((traits) => traits !== undefined)
  return { id, ...(traits ?? generic) }
}

/**
 * The distribution of the system below `root`, by default the running one.
 *
 * @throws {FactoryError} OS_RELEASE_MISSING, FILE_ACCESS
 */
export function readDistro(root?: string): Distro {
  return detectDistro(readOsRelease(root))
}

function traitsOf(word: string): DistroTraits | undefined {
  return exactIds[word] ?? families.find(([prefix]) => word.startsWith(prefix))?.[1]
}
