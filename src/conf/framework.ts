/** framework.conf and framework.conf.d/*.conf: shell like dkms.conf, read with the same discipline (DKMS man page). */
import { readdirSync } from 'node:fs'
import { FactoryError } from '../errors.ts'
import { fileError, isFile, systemErrorCode } from '../system/fs.ts'
import { type EvaluateOptions, evaluateConf, expandAgain, type RawValues, withoutCarriageReturn } from './evaluate.ts'
import { readConfFile } from './read-file.ts'
import type { FrameworkSettings } from './settings.ts'

/** What may be set; everything else in the files stays inside of them, functions and internals of DKMS above all. */
export const frameworkSettings = {
  source_tree: 'where package sources are, by default /usr/src',
  dkms_tree: 'the DKMS tree, by default /var/lib/dkms',
  install_tree: 'where kernels keep their modules, by default /lib/modules',
  tmp_location: 'where temporary files go, by default $TMPDIR or /tmp',
  verbose: 'whether commands are shown as they run',
  symlink_modules: 'whether modules are installed as links into the tree',
  autoinstall_all_kernels: 'whether a package is built for all kernels when it is installed',
  modprobe_on_install: 'whether devices get their modules loaded after an install',
  parallel_jobs: 'number of jobs of make, 0 for no limit, by default one per processor',
  compress_gzip_opts: 'options of gzip for modules',
  compress_xz_opts: 'options of xz for modules',
  compress_zstd_opts: 'options of zstd for modules',
  post_transaction: 'command that runs after an action that changed what is installed',
  sign_file: 'program that signs modules',
  mok_signing_key: 'private key modules are signed with',
  mok_certificate: 'certificate that belongs to the key',
  try_sign_modules: 'whether modules are signed: true, false or not_in_chroot, the default',
  build_environment: 'file that is sourced before a build',
  continue_on_error: 'whether one failing kernel lets the others go on, by default true',
  legacy_directives: 'whether MODULES_CONF and REMAKE_INITRD act as in DKMS 2.x; a setting of dkms-factory',
} as const

export type FrameworkSetting = keyof typeof frameworkSettings

const names = Object.keys(frameworkSettings)

/**
 * @param variables what the files find set, `$kernelver` above all
 * @throws {FactoryError} CONF_INVALID with every value that cannot be understood; CONF_UNREADABLE
 */
export async function loadFramework(
  etc: string,
  variables: Readonly<Record<string, string>>,
): Promise<FrameworkSettings> {
  const found = new Map<string, { readonly value: string; readonly file: string }>()
  for (const file of frameworkFiles(etc)) {
    for (const [name, value] of await readSettings(file, variables)) found.set(name, { value, file })
  }
  return new SettingsReader(found).read()
}

/** framework.conf, then the parts in the order of their names. */
export function frameworkFiles(etc: string): string[] {
  const parts = `${etc}/framework.conf.d`
  const main = `${etc}/framework.conf`
  const files = listParts(parts).map((name) => `${parts}/${name}`)
  return [main, ...files].filter(isFile)
}

function listParts(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
      .sort()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return []
    throw fileError(error, 'list', directory)
  }
}

async function readSettings(file: string, variables: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const options: EvaluateOptions = { file, variables, trust: 'trusted', names }
  const { values } = await evaluateConf(readConfFile(file), options)
  const own = new Map([...values].filter(([name, elements]) => elements.get(0) !== variables[name]))
  const expanded = await expandAgain(own, options, (name) => name === 'post_transaction')
  return scalars(expanded.values)
}

function scalars(values: RawValues): Map<string, string> {
  const result = new Map<string, string>()
  for (const [name, elements] of values) {
    const value = elements.get(0)
    if (value !== undefined) result.set(name, withoutCarriageReturn(value))
  }
  return result
}

class SettingsReader {
  private readonly found: ReadonlyMap<string, { readonly value: string; readonly file: string }>
  private readonly problems: string[] = []

  constructor(found: ReadonlyMap<string, { readonly value: string; readonly file: string }>) {
    this.found = found
  }

  read(): FrameworkSettings {
    const settings: FrameworkSettings = {
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
    if (this.problems.length === 0) return settings
    throw new FactoryError('CONF_INVALID', `the framework configuration has values that cannot be used`, {
      details: this.problems,
      hint: 'correct them or remove the lines',
    })
  }

  /** Empty is the same as not set. */
  private text(name: FrameworkSetting): string | undefined {
    const value = this.found.get(name)?.value
    return value === '' ? undefined : value
  }

  private problem(name: FrameworkSetting, wanted: string): void {
    const place = this.found.get(name)?.file ?? 'framework.conf'
    this.problems.push(`${place}: ${name} is ${JSON.stringify(this.text(name))}; ${wanted}`)
  }

  private flag(name: FrameworkSetting, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase()
    if (value === undefined) return fallback
    if (['yes', 'y', 'true', 'on', '1'].includes(value)) return true
    if (!['no', 'n', 'false', 'off', '0'].includes(value)) this.problem(name, 'write yes or no')
    return false
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
    if (!/^\d{1,5}$/.test(value)) this.problem('parallel_jobs', 'write a number; 0 is no limit')
    return { parallelJobs: Number(value) }
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
    if (!value.startsWith('/')) this.problem(name, 'write a path from the root')
    return this.entry(key, value)
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
