/** framework.conf and framework.conf.d/*.conf: shell like dkms.conf, read with the same discipline (DKMS man page). */
import { FactoryError } from '../errors.ts'
import { formatDiagnostic } from './diagnostic-text.ts'
import { type FoundSetting, type FrameworkProblem, readSettings } from './framework-files.ts'
import type { FrameworkSetting } from './framework-table.ts'
import type { FrameworkSettings } from './settings.ts'

export { type FrameworkSetting, frameworkSettings } from './framework-table.ts'

/** What the files say, as far as it can be used, and everything that is wrong with them. */
export interface FrameworkReading {
  /** A value that cannot be used counts as not set. */
  readonly settings: FrameworkSettings
  readonly problems: readonly FrameworkProblem[]
}

/**
 * @param variables what the files find set, `$kernelver` above all
 * @throws {FactoryError} CONF_INVALID with every problem, its file and line
 */
export async function loadFramework(
  etc: string,
  variables: Readonly<Record<string, string>>,
): Promise<FrameworkSettings> {
  const { settings, problems } = await readFramework(etc, variables)
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw invalidFramework(errors)
  return settings
}

export function invalidFramework(errors: readonly FrameworkProblem[]): FactoryError {
  return new FactoryError('CONF_INVALID', 'the framework configuration cannot be used as it is', {
    details: errors.map(formatDiagnostic),
    hint: 'correct it or remove the lines; nothing was changed',
  })
}

/** {@link loadFramework} for commands that can go on with the settings that are left. */
export async function readFramework(
  etc: string,
  variables: Readonly<Record<string, string>>,
): Promise<FrameworkReading> {
  const { found, problems } = await readSettings(etc, variables)
  const reader = new SettingsReader(found)
  return { settings: reader.read(), problems: [...problems, ...reader.problems] }
}

class SettingsReader {
  readonly problems: FrameworkProblem[] = []
  private readonly found: ReadonlyMap<string, FoundSetting>

  constructor(found: ReadonlyMap<string, FoundSetting>) {
    this.found = found
  }

  read(): FrameworkSettings {
    return {
      verbose: this.flag('verbose', false),
      symlinkModules: this.flag('symlink_modules', false),
      autoinstallAllKernels: this.flag('autoinstall_all_kernels', false),
      modprobeOnInstall: this.flag('modprobe_on_install', false),
      trySignModules: this.signing(),
      continueOnError: this.flag('continue_on_error', true),
      legacyDirectives: this.flag('legacy_directives', false),
      ...this.paths(),
      ...this.texts(),
      ...this.jobs(),
    }
  }

  /** Empty is the same as not set. */
  private text(name: FrameworkSetting): string | undefined {
    const value = this.found.get(name)?.value
    return value === '' ? undefined : value
  }

  private problem(name: FrameworkSetting, remedy: string): void {
    const { file, line, value } = this.found.get(name) ?? { file: 'framework.conf', line: undefined, value: '' }
    const place = line === undefined ? { file } : { file, line }
    this.problems.push({ severity: 'error', ...place, message: `${name} is ${JSON.stringify(value)}`, remedy })
  }

  private flag(name: FrameworkSetting, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase()
    if (value === undefined) return fallback
    if (['yes', 'y', 'true', 'on', '1'].includes(value)) return true
    if (['no', 'n', 'false', 'off', '0'].includes(value)) return false
    this.problem(name, 'write yes or no')
    return fallback
  }

  private signing(): FrameworkSettings['trySignModules'] {
    const value = this.text('try_sign_modules') ?? 'not_in_chroot'
    if (value === 'true' || value === 'false' || value === 'not_in_chroot') return value
    this.problem('try_sign_modules', 'write true, false or not_in_chroot')
    return 'not_in_chroot'
  }

  private jobs(): { parallelJobs?: number } {
    const value = this.text('parallel_jobs')
    if (value === undefined) return {}
    if (/^\d{1,5}$/.test(value)) return { parallelJobs: Number(value) }
    this.problem('parallel_jobs', 'write a number; 0 is no limit')
    return {}
  }

  private paths(): Partial<FrameworkSettings> {
    return {
      ...this.path('sourceTree', 'source_tree'),
      ...this.path('dkmsTree', 'dkms_tree'),
      ...this.path('installTree', 'install_tree'),
      ...this.path('tmpLocation', 'tmp_location'),
      ...this.path('buildEnvironment', 'build_environment'),
    }
  }

  private path<Key extends keyof FrameworkSettings>(key: Key, name: FrameworkSetting): { [Property in Key]?: string } {
    const value = this.text(name)
    if (value === undefined) return {}
    if (value.startsWith('/')) return this.entry(key, value)
    this.problem(name, 'write a path from the root')
    return {}
  }

  private texts(): Partial<FrameworkSettings> {
    return {
      ...this.entry('compressGzipOptions', this.text('compress_gzip_opts')),
      ...this.entry('compressXzOptions', this.text('compress_xz_opts')),
      ...this.entry('compressZstdOptions', this.text('compress_zstd_opts')),
      ...this.entry('postTransaction', this.text('post_transaction')),
      ...this.entry('signFile', this.text('sign_file')),
      ...this.entry('mokSigningKey', this.text('mok_signing_key')),
      ...this.entry('mokCertificate', this.text('mok_certificate')),
    }
  }

  private entry<Key extends keyof FrameworkSettings>(
    key: Key,
    value: string | undefined,
  ): { [Property in Key]?: string } {
    // A computed key widens to an index signature; the one key it has is Key.
    return value === undefined ? {} : ({ [key]: value } as { [Property in Key]?: string })
  }
}
