/**
 * What packages of built modules are like in the families of distributions that use RPM, as data. Sources: kmodtool of RPM
 * Fusion (fedora), kernel-srpm-macros of RHEL (rhel), kernel-module-subpackage of SUSE's kernel-source, rpm-config-SUSE and
 * suse-module-tools (suse, tumbleweed).
 */
import type { Kernel } from '../../domain.ts'
import { archNames } from '../../kernel/arch.ts'
import type { RpmRelation, RpmRelations, ScriptletPhase } from '../rpm/format/description.ts'

export type StyleName = 'rhel' | 'fedora' | 'suse' | 'tumbleweed'

export interface KmodStyle {
  readonly name: StyleName
  readonly modulesRoot: '/lib/modules' | '/usr/lib/modules'
  /** Where the modules go, below the kernel's directory. */
  directory(stem: string): string
  /**
   * Directories below the kernel's that belong to the package, outermost first, also where others share them: they are removed
   * with the last. Empty is the kernel's own.
   */
  ownDirectories(stem: string): readonly string[]
  /** The name of the source package that the packages for other kernels are built from. */
  sourceName(stem: string): string
  arch(kernel: Kernel): string
  packageName(subject: StyleSubject): string
  /** The version; it may hold that of the kernel. */
  version(subject: StyleSubject): string
  relations(subject: RelationSubject): RpmRelations
  /**
   * kabi: kernel(SYMBOL) for what the kernel exports, ksym(SYMBOL) for the rest. flavour: kernel(FLAVOUR:SET) for what is in
   * a set of symbols, ksym(FLAVOUR:SYMBOL) for the rest. none: the package is for one kernel, and requires that.
   */
  readonly symbols: 'kabi' | 'flavour' | 'none'
  /** Where the package tells its devices: as what it provides, as supplements of a flavour of the kernel, or nowhere. */
  readonly devices: 'provides' | 'supplements' | 'none'
  /** What `kmod(...)` says of a module `a-b`. */
  moduleFile(name: string): string
  /** Whether a package without files says which of the packages is for the newest kernel. */
  readonly metaPackage: boolean
  /** Templates below templates/kmp. */
  readonly scriptlets: Readonly<Partial<Record<ScriptletPhase, string>>>
}

export interface StyleSubject {
  /** The package's name as RPM has it. */
  readonly stem: string
  /** Without epoch and release. */
  readonly baseVersion: string
  readonly kernel: Kernel
}

export interface RelationSubject extends StyleSubject {
  /** `[epoch:]version` of the package the modules are of. */
  readonly epochVersion: string
  /** `[epoch:]version-release` of this package. */
  readonly evr: string
}

const rhel: KmodStyle = {
  name: 'rhel',
  modulesRoot: '/lib/modules',
  directory: (stem) => `extra/${stem}`,
  // Weak-modules keeps such packages longer than their kernel, and then nobody else would remove what they were in.
  ownDirectories: (stem) => ['', 'extra', `extra/${stem}`],
  sourceName: (stem) => stem,
  arch: ({ arch }) => archNames(arch).rpm,
  packageName: ({ stem, kernel }) => {
    const { variant } = redHatKernel(kernel)
    return variant === '' ? `kmod-${stem}` : `kmod-${stem}-${variant}`
  },
  version: ({ baseVersion }) => baseVersion,
  relations: ({ stem, kernel, evr }) => {
    const { release, variant } = redHatKernel(kernel)
    const version = asVersion(release)
    return {
      provides: [
        { name: 'kernel-modules', constraint: { operator: '>=', version: asVersion(kernel.release) } },
        { name: `kernel${dashed(variant)}-modules`, constraint: { operator: '>=', version } },
        { name: `${stem}-kmod`, constraint: { operator: '=', version: evr } },
      ],
      requires: ['/usr/sbin/depmod', '/usr/sbin/weak-modules'].map((name) => ({ name, uses: ['post', 'postun'] })),
    }
  },
  symbols: 'kabi',
  devices: 'provides',
  moduleFile: (name) => `${name}.ko`,
  metaPackage: false,
  scriptlets: { post: 'rhel-post.sh.hbs', postun: 'rhel-postun.sh.hbs' },
}

const fedora: KmodStyle = {
  name: 'fedora',
  modulesRoot: '/usr/lib/modules',
  directory: (stem) => `extra/${stem}`,
  ownDirectories: (stem) => ['extra', `extra/${stem}`],
  sourceName: akmodSourceName,
  arch: ({ arch }) => archNames(arch).rpm,
  packageName: ({ stem, kernel }) => `kmod-${stem}-${asName(kernel.release)}`,
  version: ({ baseVersion }) => baseVersion,
  relations: ({ stem, epochVersion, kernel, evr }) => ({
    provides: [
      { name: 'kernel-modules-for-kernel', constraint: { operator: '=', version: asVersion(kernel.release) } },
      { name: `${stem}-kmod`, constraint: { operator: '=', version: evr } },
    ],
    requires: [
      kernelItself(kernel),
      programsIfAny(stem, epochVersion),
      { name: '/usr/sbin/depmod', uses: ['post', 'postun'] },
    ],
  }),
  symbols: 'none',
  devices: 'none',
  moduleFile: (name) => `${name}.ko`,
  metaPackage: true,
  scriptlets: { post: 'depmod.sh.hbs', postun: 'depmod.sh.hbs' },
}

const suse: KmodStyle = {
  name: 'suse',
  modulesRoot: '/lib/modules',
  directory: () => 'updates',
  // The modules may outlive the kernel they were built for, or be installed without it.
  ownDirectories: () => ['', 'updates'],
  sourceName: (stem) => stem,
  arch: ({ arch }) => archNames(arch).suse,
  packageName: ({ stem, kernel }) => `${stem}-kmp-${suseKernel(kernel).flavour}`,
  version: ({ baseVersion, kernel }) => `${baseVersion}_${suseKernelPart(kernel)}`,
  relations: ({ stem, kernel, baseVersion }) => {
    const { flavour } = suseKernel(kernel)
    const forKernel = { name: `${stem}-kmp-${flavour}-${suseKernelPart(kernel)}` }
    // Without the epoch, as SUSE's macros have it: packages of programs ask for `foo-kmp = 1.0`.
    const provided = [`${baseVersion}_${suseKernelPart(kernel)}`, baseVersion]
    return {
      provides: [
        ...provided.map((version): RpmRelation => ({ name: `${stem}-kmp`, constraint: { operator: '=', version } })),
        { name: 'multiversion(kernel)' },
        forKernel,
      ],
      conflicts: [forKernel],
      requires: [
        { name: 'coreutils' },
        { name: 'grep' },
        suseScriptlets,
        { ...suseScriptlets, uses: ['pre', 'post', 'preun', 'postun'] },
      ],
      enhances: [{ name: `kernel-${flavour}` }],
      supplements: [{ name: besideKernel(kernel, flavour, stem) }],
    }
  },
  symbols: 'flavour',
  devices: 'supplements',
  moduleFile: (name) => `${name.replaceAll('-', '_')}.ko`,
  metaPackage: false,
  scriptlets: {
    pre: 'suse-scriptlet.sh.hbs',
    post: 'suse-scriptlet.sh.hbs',
    preun: 'suse-scriptlet.sh.hbs',
    postun: 'suse-scriptlet.sh.hbs',
    posttrans: 'suse-scriptlet.sh.hbs',
  },
}

/**
 * /lib is a link to /usr/lib there, and rpm is told the place itself. Its kernels keep no interface for modules of another,
 * and provide no symbols (`kmp.attr` of rpm-config-SUSE).
 */
const tumbleweed: KmodStyle = {
  ...suse,
  name: 'tumbleweed',
  modulesRoot: '/usr/lib/modules',
  relations: (subject) => {
    const { requires = [], ...relations } = suse.relations(subject)
    return { ...relations, requires: [...requires, suseKernelItself(subject.kernel)] }
  },
  symbols: 'none',
}

export const styles: Readonly<Record<StyleName, KmodStyle>> = { rhel, fedora, suse, tumbleweed }

/** From version 16 on, /lib is a link there, too. */
const suseUsrMerged: KmodStyle = { ...suse, modulesRoot: '/usr/lib/modules' }

export function findStyle(name: string): KmodStyle | undefined {
  return Object.values(styles).find((style) => style.name === name)
}

/** The style of the distribution a kernel is of, as its release tells it; RHEL's, which others follow, when it does not. */
export function styleOf({ release }: Pick<Kernel, 'release'>): KmodStyle {
  if (/\.fc\d+/.test(release)) return fedora
  if (/\.el\d+/.test(release)) return rhel
  // Revisions of SLE and Leap have dots; those of other distributions that end in a flavour have none.
  const [, service] = /^\d[\d.]*-(\d+)(?:\.\d+)+-[a-z]\w*$/.exec(release) ?? []
  // Since 15.3 the revision begins with the product: 150300, 160000.
  if (service !== undefined) return Number(service) >= 160_000 ? suseUsrMerged : suse
  return /^\d[\d.]*-\d+(?:\.g[0-9a-f]+)?-(?:default|longterm|vanilla|pae|kvmsmall|64kb|lpae)$/.test(release)
    ? styles.tumbleweed
    : rhel
}

/** `5.14.0-427.el9.x86_64+debug` is the variant debug of 5.14.0-427.el9.x86_64; RHEL 7 wrote `.debug`. */
export function redHatKernel({ release, arch }: Kernel): { readonly release: string; readonly variant: string } {
  const end = release.indexOf(`.${arch}`)
  const plain = end < 0 ? release.replace(/\+.*$/, '') : release.slice(0, end + 1 + arch.length)
  return { release: plain, variant: release.slice(plain.length).replace(/^[+.]/, '') }
}

/** `5.14.21-150500.55.7-default` is flavour default of 5.14.21-150500.55.7. */
export function suseKernel({ release }: Pick<Kernel, 'release'>): {
  readonly version: string
  readonly flavour: string
} {
  const dash = release.lastIndexOf('-')
  return dash < 0
    ? { version: release, flavour: 'default' }
    : { version: release.slice(0, dash), flavour: release.slice(dash + 1) }
}

/**
 * Where both are, the package belongs too. rpm of SLE 12 refuses a package with a condition in it, so for kernels of that time
 * it is the older form, which the resolvers still take; SUSE's macros changed from one to the other.
 */
function besideKernel({ release }: Pick<Kernel, 'release'>, flavour: string, stem: string): string {
  return Number.parseInt(release, 10) >= 5 ? `(kernel-${flavour} and ${stem})` : `packageand(kernel-${flavour}:${stem})`
}

/** The end of the version of SUSE's packages: `k5.14.21_150500.55.7`. */
function suseKernelPart(kernel: Pick<Kernel, 'release'>): string {
  return `k${suseKernel(kernel).version.replaceAll('-', '_')}`
}

/** The name of the source package that Fedora's conventions give modules. */
export function akmodSourceName(stem: string): string {
  return stem.endsWith('-kmod') ? stem : `${stem}-kmod`
}

export const suseScriptlets: RpmRelation = { name: 'suse-kernel-rpm-scriptlets' }

/** Of programs that belong to the modules; modules that come with a dkms.conf seldom have any. */
export function programsIfAny(stem: string, epochVersion: string): RpmRelation {
  return { name: `(${programsPackage(stem)} >= ${epochVersion} if ${programsPackage(stem)})` }
}

/** The package of Fedora's conventions that modules of every kernel share: programs, rules for udev, documentation. */
export function programsPackage(stem: string): string {
  return `${stem}-kmod-common`
}

/** What kernel packages provide for their `uname -r`. */
export function kernelItself({ release }: Pick<Kernel, 'release'>): RpmRelation {
  return { name: 'kernel-uname-r', constraint: { operator: '=', version: asVersion(release) } }
}

/** SUSE's kernels provide it with all dashes that it has, which rpmbuild elsewhere would not let pass. */
export function suseKernelItself({ release }: Pick<Kernel, 'release'>): RpmRelation {
  return { name: 'kernel-uname-r', constraint: { operator: '=', version: withoutOddities(release) } }
}

/** A version has one dash, before the release. */
function asVersion(release: string): string {
  const [version = '', ...others] = withoutOddities(release).split('-')
  return others.length === 0 ? version : `${version}-${others.join('_')}`
}

function withoutOddities(release: string): string {
  return release.replace(/[^A-Za-z0-9._+~^-]/g, '_')
}

function asName(text: string): string {
  return text.replace(/[^A-Za-z0-9._+-]/g, '_')
}

function dashed(variant: string): string {
  return variant === '' ? '' : `-${variant}`
}
