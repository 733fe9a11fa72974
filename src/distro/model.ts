/** What differs between distributions and matters to kernel modules. One file per family holds the values. */

export type DistroFamily = 'debian' | 'ubuntu' | 'fedora' | 'rhel' | 'suse' | 'arch' | 'gentoo' | 'mandriva' | 'generic'

/** What the family says. */
export interface DistroTraits {
  readonly family: DistroFamily
  /** Where modules go below INSTALLTREE/RELEASE, whatever dkms.conf says; undefined leaves it to dkms.conf. */
  readonly moduleDestination: string | undefined
  /** The package that brings the headers of a kernel, as well as a release tells it. */
  headersPackage(release: string): string
  /** The command to which package names are added; undefined where it is not known. */
  readonly install: string | undefined
  /** Programs that sign a module, in order; the kernel's own scripts/sign-file is the last resort and not listed. */
  signTools(release: string): readonly SignTool[]
  readonly signingKeys: SigningKeys
  readonly weakModules: WeakModules | undefined
  /**
   * Ends with status 0 when a package owns the path that is added; undefined where packages own no directory below
   * INSTALLTREE/RELEASE that holds nothing else.
   */
  readonly ownerQuery: readonly [string, ...string[]] | undefined
  /**
   * Prints name and architecture of the packages that own the path that is added, a line for each; undefined where DKMS
   * does not ask, and takes the architecture of the machine for that of every kernel.
   */
  readonly archQuery: readonly [string, ...string[]] | undefined
}

export interface Distro extends DistroTraits {
  /** ID of os-release. */
  readonly id: string
}

export type SignTool =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'command'; readonly name: string }

export interface SigningKeys {
  readonly privateKey: string
  readonly certificate: string
  /** Commands that make the pair, in order, with the environment they need; undefined when we make it with openssl. */
  readonly madeBy: readonly MakeKeysStep[] | undefined
  /** Places asked before `privateKey` and `certificate`, for distributions whose administrators configure them elsewhere. */
  readonly configuredIn: KeySettings | undefined
}

export interface MakeKeysStep {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
}

/** Variables that name the key and the certificate, and the shell file and kernel configuration symbol that may too. */
export interface KeySettings {
  readonly keyVariable: string
  readonly certificateVariable: string
  readonly file: string
  readonly kernelConfigSymbol: string
}

/** The program that links a module into the trees of other kernels with the same interface. */
export interface WeakModules {
  readonly path: string
  /** Arguments; the module paths follow on standard input. */
  add(release: string): readonly string[]
  remove(release: string): readonly string[]
  readonly environment: Readonly<Record<string, string>>
}
