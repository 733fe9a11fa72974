/** framework.conf and framework.conf.d, typed (runtime.md sections 3.7 and 0b). */
export interface FrameworkSettings {
  readonly sourceTree?: string
  readonly dkmsTree?: string
  readonly installTree?: string
  readonly tmpLocation?: string
  readonly verbose: boolean
  readonly symlinkModules: boolean
  readonly autoinstallAllKernels: boolean
  readonly modprobeOnInstall: boolean
  /** 0 is unlimited. */
  readonly parallelJobs?: number
  readonly compressGzipOptions?: string
  readonly compressXzOptions?: string
  readonly compressZstdOptions?: string
  /** Shell line, not yet expanded. */
  readonly postTransaction?: string
  readonly signFile?: string
  readonly mokSigningKey?: string
  readonly mokCertificate?: string
  readonly trySignModules: 'true' | 'false' | 'not_in_chroot'
  /** File sourced before a build; its exported variables reach make and the scripts. */
  readonly buildEnvironment?: string
  readonly continueOnError: boolean
  readonly legacyDirectives: boolean
}
