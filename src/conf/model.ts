/** What a dkms.conf says, typed. Made by interpret.ts; facts in runtime.md section 3 and 0b. */
import type { PackageId } from '../domain.ts'

export interface DkmsConf {
  readonly package: PackageId
  /** Records 0..n-1; holes are errors, so the index of a record is its place here. */
  readonly modules: readonly ModuleRecord[]
  /** MAKE and MAKE_MATCH by index, holes left out, in index order. Commands are shell lines, not yet expanded. */
  readonly make: readonly MakeRule[]
  /** CLEAN: never run (as DKMS since 3.1.7). */
  readonly clean: string | undefined
  readonly patches: readonly PatchRule[]
  /** Script path and arguments as written, one line each. */
  readonly scripts: Readonly<Partial<Record<ScriptName, string>>>
  readonly autoinstall: boolean
  readonly buildDepends: readonly string[]
  readonly buildDependsRebuild: boolean
  /** The unindexed BUILD_EXCLUSIVE_* (index 0): they speak for the whole package too. */
  readonly exclusive: ExclusiveConditions
  readonly obsoleteBy: string | undefined
  readonly noWeakModules: boolean
  readonly legacy: LegacyDirectives
  /** Deprecated directives that are set, in the order of the directive table. */
  readonly deprecated: readonly string[]
}

export interface ModuleRecord {
  readonly index: number
  readonly builtName: string
  /** Relative to the build directory; empty or ending in a slash. */
  readonly builtLocation: string
  readonly destName: string
  /** Begins with /kernel, /updates or /extra; the distribution may override it. */
  readonly destLocation: string
  readonly strip: boolean
  /** Conditions of this record alone (DKMS 3.3 and newer). */
  readonly exclusive: ExclusiveConditions
}

export interface ExclusiveConditions {
  /** POSIX extended regular expression on the kernel release. */
  readonly kernel?: string
  readonly kernelMin?: string
  readonly kernelMax?: string
  /** POSIX extended regular expression on the architecture. */
  readonly arch?: string
  /** `CONFIG_X` must be y or m; `!CONFIG_X` must not. */
  readonly config?: readonly string[]
}

export interface MakeRule {
  readonly index: number
  readonly command: string
  /** POSIX extended regular expression on the kernel release. */
  readonly match: string | undefined
}

export interface PatchRule {
  readonly index: number
  /** Relative to the package's patches directory. */
  readonly file: string
  readonly match: string | undefined
}

export type ScriptName = 'post_add' | 'pre_build' | 'post_build' | 'pre_install' | 'post_install' | 'post_remove'

export interface LegacyDirectives {
  readonly remakeInitrd: boolean
  readonly modulesConf: readonly string[]
  readonly modulesConfObsoletes: readonly (string | undefined)[]
  readonly modulesConfAliasType: readonly (string | undefined)[]
  readonly modulesConfObsoleteOnly: readonly (string | undefined)[]
}

/** One finding about a conf file. `code` is stable and documented (docs/lint.md). */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly file: string
  readonly line?: number
  /** The directive it is about, where it is about one. */
  readonly directive?: string
  readonly remedy?: string
}
