/**
 * Every directive of dkms.conf of every era, in one table. It is the allow-list of the evaluators, the source of
 * deprecation notices and of "did you mean", and the reference in docs/. Facts: DKMS man pages 2.0 to 3.4.
 */

export interface Directive {
  readonly name: DirectiveName
  readonly kind: 'scalar' | 'array'
  /** build-time values are lines for the build's own shell and scripts; nothing is decided from them while loading. */
  readonly phase: 'metadata' | 'build-time'
  readonly status: 'current' | 'deprecated' | 'ignored'
  /** First DKMS release that knows it; 2.0 stands for "always". */
  readonly since: string
  /** Last DKMS release in which it had an effect. */
  readonly until?: string
  /** What holds when it is not set, for people. */
  readonly default: string
  readonly purpose: string
  /** What to write instead, where there is something. */
  readonly replacement?: string
}

export type DirectiveName = keyof typeof table

type Row = readonly [
  kind: Directive['kind'],
  phase: Directive['phase'],
  since: string,
  fallback: string,
  purpose: string,
  more?: Partial<Pick<Directive, 'status' | 'until' | 'replacement'>>,
]

const table = {
  PACKAGE_NAME: ['scalar', 'metadata', '2.0', 'required', 'name of the package'],
  PACKAGE_VERSION: ['scalar', 'metadata', '2.0', 'required', 'version of the package'],
  BUILT_MODULE_NAME: [
    'array',
    'metadata',
    '2.0',
    'PACKAGE_NAME when there is one module',
    'name make gives the module',
  ],
  BUILT_MODULE_LOCATION: ['array', 'metadata', '2.0', 'the build directory', 'where make leaves the module'],
  DEST_MODULE_NAME: ['array', 'metadata', '2.0', 'BUILT_MODULE_NAME', 'name under which the module is installed'],
  DEST_MODULE_LOCATION: ['array', 'metadata', '2.0', 'required', 'where below the kernel the module is installed'],
  STRIP: ['array', 'metadata', '2.0', 'STRIP[0], else yes', 'whether debug symbols are removed from the module'],
  MAKE: ['array', 'build-time', '2.0', 'make -C KERNEL M=BUILD', 'command that builds the modules'],
  MAKE_MATCH: ['array', 'metadata', '2.0', 'any kernel', 'kernels the MAKE command of that index is for'],
  CLEAN: [
    'scalar',
    'build-time',
    '2.0',
    'none',
    'command that removed built files before and after a build',
    {
      status: 'deprecated',
      until: '3.1.6',
      replacement: 'nothing: every build starts from a fresh copy of the source',
    },
  ],
  PATCH: ['array', 'metadata', '2.0', 'none', 'patch below patches/ that is applied before the build'],
  PATCH_MATCH: ['array', 'metadata', '2.0', 'any kernel', 'kernels the patch of that index is for'],
  POST_ADD: ['scalar', 'build-time', '2.0', 'none', 'script that runs after add'],
  PRE_BUILD: ['scalar', 'build-time', '2.0', 'none', 'script that runs before a build'],
  POST_BUILD: ['scalar', 'build-time', '2.0', 'none', 'script that runs after a build'],
  PRE_INSTALL: ['scalar', 'build-time', '2.0.9.3', 'none', 'script that runs before an install and can refuse it'],
  POST_INSTALL: ['scalar', 'build-time', '2.0', 'none', 'script that runs after an install'],
  POST_REMOVE: ['scalar', 'build-time', '2.0', 'none', 'script that runs after an uninstall'],
  PRE_REMOVE: [
    'scalar',
    'build-time',
    '2.0',
    'none',
    'found in the wild, and no DKMS has ever run it',
    { status: 'ignored', replacement: 'POST_REMOVE' },
  ],
  AUTOINSTALL: ['scalar', 'metadata', '2.0', 'no', 'whether new kernels get the package automatically'],
  BUILD_DEPENDS: ['array', 'metadata', '2.4.0', 'none', 'packages that must be installed for the kernel first'],
  BUILD_DEPENDS_REBUILD: ['scalar', 'metadata', '3.2.0', 'no', 'whether a changed dependency causes a rebuild'],
  BUILD_EXCLUSIVE_KERNEL: [
    'array',
    'metadata',
    '2.0',
    'any kernel',
    'regular expression the kernel release must match',
  ],
  BUILD_EXCLUSIVE_KERNEL_MIN: ['array', 'metadata', '3.0.11', 'none', 'oldest kernel release to build for'],
  BUILD_EXCLUSIVE_KERNEL_MAX: ['array', 'metadata', '3.0.11', 'none', 'newest kernel release to build for'],
  BUILD_EXCLUSIVE_ARCH: [
    'array',
    'metadata',
    '2.0',
    'any architecture',
    'regular expression the architecture must match',
  ],
  BUILD_EXCLUSIVE_CONFIG: [
    'array',
    'metadata',
    '3.0.11',
    'none',
    'CONFIG_X the kernel must have, !CONFIG_X it must not',
  ],
  OBSOLETE_BY: [
    'scalar',
    'metadata',
    '2.0.20',
    'none',
    'kernel that brings the module itself',
    { status: 'deprecated', replacement: 'BUILD_EXCLUSIVE_KERNEL_MAX' },
  ],
  NO_WEAK_MODULES: ['scalar', 'metadata', '2.4.0', 'no', 'whether weak-modules is left out'],
  REMAKE_INITRD: [
    'scalar',
    'metadata',
    '2.0',
    'no',
    'whether the initial ramdisk was made anew',
    { status: 'deprecated', until: '2.8.7', replacement: 'a hook of the distribution, or POST_INSTALL' },
  ],
  MODULES_CONF: [
    'array',
    'metadata',
    '2.0',
    'none',
    'lines for /etc/modules.conf',
    { status: 'deprecated', until: '2.8.7', replacement: 'a file of the package below /etc/modprobe.d' },
  ],
  MODULES_CONF_OBSOLETES: [
    'array',
    'metadata',
    '2.0',
    'none',
    'modules whose aliases this one took over',
    { status: 'deprecated', until: '2.8.7', replacement: 'a file of the package below /etc/modprobe.d' },
  ],
  MODULES_CONF_ALIAS_TYPE: [
    'array',
    'metadata',
    '2.0',
    'none',
    'kind of alias (scsi_hostadapter, eth) the module got',
    { status: 'deprecated', until: '2.8.7', replacement: 'a file of the package below /etc/modprobe.d' },
  ],
  MODULES_CONF_OBSOLETE_ONLY: [
    'array',
    'metadata',
    '2.0',
    'no',
    'whether the alias was taken over only, not added',
    { status: 'deprecated', until: '2.8.7', replacement: 'a file of the package below /etc/modprobe.d' },
  ],
  SIGN_FILE: [
    'scalar',
    'metadata',
    '3.0.4',
    'none',
    'accepted in dkms.conf by some releases without any effect',
    { status: 'ignored', until: '3.0.10', replacement: 'sign_file in framework.conf' },
  ],
  MOK_SIGNING_KEY: [
    'scalar',
    'metadata',
    '3.0.4',
    'none',
    'accepted in dkms.conf by some releases without any effect',
    { status: 'ignored', until: '3.0.10', replacement: 'mok_signing_key in framework.conf' },
  ],
  MOK_CERTIFICATE: [
    'scalar',
    'metadata',
    '3.0.4',
    'none',
    'accepted in dkms.conf by some releases without any effect',
    { status: 'ignored', until: '3.0.10', replacement: 'mok_certificate in framework.conf' },
  ],
} as const satisfies Readonly<Record<string, Row>>

function toDirective([name, row]: readonly [string, Row]): Directive {
  const [kind, phase, since, fallback, purpose, more] = row
  // The keys of `table` are the names by definition; Object.entries forgets that.
  return { name: name as DirectiveName, kind, phase, status: 'current', since, default: fallback, purpose, ...more }
}

export const directives: readonly Directive[] = Object.entries(table).map(toDirective)

export const directiveNames: readonly DirectiveName[] = directives.map(({ name }) => name)

const byName = new Map<string, Directive>(directives.map((directive) => [directive.name, directive]))

export function findDirective(name: string): Directive | undefined {
  return byName.get(name)
}

export function isBuildTime(name: string): boolean {
  return byName.get(name)?.phase === 'build-time'
}

/** Known mistakes whose spelling is further from the right one than a slip of the finger. */
const knownMisspellings: Readonly<Record<string, DirectiveName>> = {
  BUILD_MODULE_NAME: 'BUILT_MODULE_NAME',
  BUILD_MODULE_LOCATION: 'BUILT_MODULE_LOCATION',
  PATCHES: 'PATCH',
  MODULE_NAME: 'BUILT_MODULE_NAME',
  VERSION: 'PACKAGE_VERSION',
  NAME: 'PACKAGE_NAME',
  BUILD_DEPENDENCIES: 'BUILD_DEPENDS',
}

/**
 * The directive that a name which is none was probably meant to be: a known mistake, or one within two typing errors
 * (one for short names).
 */
export function suggestDirective(name: string): DirectiveName | undefined {
  if (byName.has(name)) return undefined
  const known = Object.hasOwn(knownMisspellings, name) ? knownMisspellings[name] : undefined
  if (known !== undefined) return known
  const allowed = name.length < 8 ? 1 : 2
  const ranked = directiveNames
    .map((candidate) => ({ candidate, distance: editDistance(name.toUpperCase(), candidate) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1)
      current.push(best)
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}
