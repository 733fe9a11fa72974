/**
 * Raw values of a conf -> what they mean, with every problem found on the way. Rules as in the DKMS 3.4 man page and
 * conf checks, where they differ from 2.x the newer one.
 */
import { nameFault } from '../tree/names.ts'
import { directives } from './directives.ts'
import { withoutCarriageReturn } from './evaluate.ts'
import type { RawValues } from './evaluation.ts'
import { readExclusive, words } from './interpret-exclusive.ts'
import { interpretModules } from './interpret-modules.ts'
import { Reading, type Strictness, type Where } from './interpret-reading.ts'
import type { Diagnostic, DkmsConf, LegacyDirectives, MakeRule, ScriptName } from './model.ts'
import { isPlaceholder } from './placeholder.ts'

export interface InterpretOptions {
  readonly file: string
  /** strict: add, build, install. lenient: the rest, so that what is bad can still be looked at and removed. */
  readonly strictness: Strictness
  /** File and line of a directive, for messages; by default the file alone. */
  readonly where?: Where
}

export interface Interpretation {
  /** Absent when there is an error among the diagnostics. */
  readonly conf?: DkmsConf
  readonly diagnostics: readonly Diagnostic[]
}

export function interpretConf(values: RawValues, options: InterpretOptions): Interpretation {
  const where = options.where ?? (() => ({ file: options.file }))
  const reading = new Reading(cleanValues(values), options.strictness, where)
  const name = readIdentity(reading, 'PACKAGE_NAME')
  const version = readIdentity(reading, 'PACKAGE_VERSION')
  const exclusive = readExclusive(reading, 0)
  const conf: DkmsConf = {
    package: { name: name ?? '', version: version ?? '' },
    modules: interpretModules(reading, name, exclusive),
    make: readMakeRules(reading),
    clean: reading.scalar('CLEAN'),
    patches: readPatches(reading),
    scripts: readScripts(reading),
    autoinstall: reading.yesOrNo('AUTOINSTALL'),
    buildDepends: words(reading.list('BUILD_DEPENDS')),
    buildDependsRebuild: reading.yesOrNo('BUILD_DEPENDS_REBUILD'),
    exclusive,
    obsoleteBy: reading.scalar('OBSOLETE_BY'),
    noWeakModules: reading.yesOrNo('NO_WEAK_MODULES'),
    legacy: readLegacy(reading),
    deprecated: deprecatedInUse(reading),
  }
  const { diagnostics } = reading
  return diagnostics.some(({ severity }) => severity === 'error') ? { diagnostics } : { conf, diagnostics }
}

function cleanValues(values: RawValues): RawValues {
  return new Map(
    [...values].map(([name, elements]) => [
      name,
      new Map([...elements].map(([index, value]) => [index, withoutCarriageReturn(value)])),
    ]),
  )
}

function readIdentity(reading: Reading, name: 'PACKAGE_NAME' | 'PACKAGE_VERSION'): string | undefined {
  const value = reading.scalar(name)
  const what = name === 'PACKAGE_NAME' ? 'name' : 'version'
  const example = name === 'PACKAGE_NAME' ? 'NAME' : '1.2.3'
  if (value === undefined) {
    reading.error(`${name}_MISSING`, `${name} is not set: the package has no ${what}`, name, undefined, `set ${name}`)
    return undefined
  }
  if (isPlaceholder(value)) {
    const message = `${name} is the placeholder ${JSON.stringify(value)}, which nothing has replaced yet`
    const remedy = `give the ${what} with --directive ${name}=${example}, or write it into the file`
    if (reading.strictness === 'strict') reading.error(`${name}_PLACEHOLDER`, message, name, 0, remedy)
    else reading.warning(`${name}_PLACEHOLDER`, message, name, 0, remedy)
  }
  const fault = value === '' ? undefined : nameFault(`package ${what}`, value)
  if (fault !== undefined) {
    reading.error('NAME_UNSAFE', `${name} ${fault.text} ${fault.what}`, name, 0, fault.remedy)
  }
  return value
}

function readMakeRules(reading: Reading): MakeRule[] {
  const rules: MakeRule[] = []
  for (const index of reading.indices('MAKE', 'MAKE_MATCH')) {
    const command = reading.element('MAKE', index)
    const match = reading.expression('MAKE_MATCH', index)
    if (command !== undefined) rules.push({ index, command, match })
    checkMakeRule(reading, index, command, match)
  }
  return rules
}

function checkMakeRule(reading: Reading, index: number, command: string | undefined, match: string | undefined): void {
  if (command !== undefined && match === undefined && index > 0) {
    const message = `MAKE[${index}] is never used: only MAKE[0] can do without a MAKE_MATCH`
    reading.warning('MAKE_IGNORED', message, 'MAKE', index, `set MAKE_MATCH[${index}] or remove the entry`)
  }
  if (command === undefined && match !== undefined) {
    const message = `MAKE_MATCH[${index}] has no MAKE[${index}] to choose`
    reading.warning('MAKE_MATCH_IGNORED', message, 'MAKE_MATCH', index, `set MAKE[${index}] or remove the entry`)
  }
}

function readPatches(reading: Reading): DkmsConf['patches'] {
  return reading.indices('PATCH').flatMap((index) => {
    const file = reading.element('PATCH', index)
    return file === undefined ? [] : [{ index, file, match: reading.expression('PATCH_MATCH', index) }]
  })
}

const scriptNames: readonly ScriptName[] = [
  'post_add',
  'pre_build',
  'post_build',
  'pre_install',
  'post_install',
  'post_remove',
]

function readScripts(reading: Reading): DkmsConf['scripts'] {
  const scripts: Partial<Record<ScriptName, string>> = {}
  for (const script of scriptNames) {
    const line = reading.scalar(script.toUpperCase())
    if (line !== undefined) scripts[script] = line
  }
  return scripts
}

function readLegacy(reading: Reading): LegacyDirectives {
  return {
    remakeInitrd: /^y/i.test(reading.scalar('REMAKE_INITRD') ?? ''),
    modulesConf: reading.list('MODULES_CONF'),
    modulesConfObsoletes: reading.sparse('MODULES_CONF_OBSOLETES'),
    modulesConfAliasType: reading.sparse('MODULES_CONF_ALIAS_TYPE'),
    modulesConfObsoleteOnly: reading.sparse('MODULES_CONF_OBSOLETE_ONLY'),
  }
}

const harmlessClean = new Set(['true', '/bin/true', '/usr/bin/true'])

function deprecatedInUse(reading: Reading): string[] {
  return directives
    .filter(({ name, status }) => status === 'deprecated' && reading.isSet(name))
    .filter(({ name }) => name !== 'CLEAN' || !harmlessClean.has(reading.scalar('CLEAN') ?? 'true'))
    .map(({ name }) => name)
}
