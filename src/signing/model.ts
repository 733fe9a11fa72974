/** What signing works with and what it decides. */
import type { FrameworkSettings } from '../conf/settings.ts'
import type { Distro } from '../distro/model.ts'
import type { AbsolutePath, Kernel, Roots } from '../domain.ts'
import type { Report } from '../report.ts'
import type { Environment } from '../system/env.ts'
import type { RootFacts } from './chroot.ts'

/** The part of framework.conf that is about signing. Values may hold `$kernelver`. */
export type SigningSettings = Pick<
  FrameworkSettings,
  'signFile' | 'mokSigningKey' | 'mokCertificate' | 'trySignModules'
>

/** How the modules of one kernel are signed, or why they are not. */
export type SigningPlan = SignPlan | UnsignedPlan

export interface SignPlan {
  readonly kind: 'sign'
  /** The program; hash, key, certificate and module follow. */
  readonly command: readonly [string, ...string[]]
  /** CONFIG_MODULE_SIG_HASH of the kernel, such as `sha256`. */
  readonly hash: string
  /** A path, or a `pkcs11:` URI. */
  readonly key: string
  readonly certificate: string
  /** The pair did not exist and was made now; in a dry run: would be made. */
  readonly generated: boolean
}

export interface UnsignedPlan {
  readonly kind: 'unsigned'
  readonly reason: UnsignedReason
  /** One sentence without a full stop. */
  readonly text: string
  readonly hint?: string
}

export type UnsignedReason = keyof typeof unsignedReasons

/**
 * Whether a reason is somebody's choice or the nature of the kernel (a note), or something went wrong that the
 * administrator wants to know about (a warning).
 */
export const unsignedReasons = {
  DISABLED: 'note',
  IN_CHROOT: 'note',
  KERNEL_CONFIG_MISSING: 'note',
  KERNEL_DOES_NOT_SIGN: 'note',
  TOOL_MISSING: 'warning',
  KEY_PATH_RELATIVE: 'warning',
  KEY_PAIR_INCOMPLETE: 'warning',
  KEY_PAIR_MISMATCHED: 'warning',
  KEY_PAIR_NOT_MADE: 'warning',
} as const

/** What finding the key pair takes. */
export interface KeyPairRequest {
  readonly roots: Pick<Roots, 'dkmsTree' | 'installTree' | 'tmp'>
  readonly distro: Pick<Distro, 'signTools' | 'signingKeys'>
  readonly settings: SigningSettings
  readonly kernel: Kernel
  readonly kernelSourceDir: AbsolutePath
  /** The configuration of the kernel: --config, or what findKernelConfig found. */
  readonly kernelConfig: AbsolutePath | undefined
  /** PATH, and on some distributions variables that name the keys. */
  readonly environment: Environment
}

export interface MakePairOptions {
  readonly roots: Pick<Roots, 'tmp'>
  readonly environment: Environment
  /** A person is there whom the distribution's program may ask for a password. */
  readonly interactive: boolean
  readonly report: Report
}

export interface SigningRequest extends KeyPairRequest {
  readonly rootFacts: RootFacts
  readonly interactive: boolean
  readonly dryRun: boolean
  readonly report: Report
}
