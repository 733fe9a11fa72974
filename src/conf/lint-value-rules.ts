/** Rules about what a conf says, and whether the package holds what it names. */
import { debDkmsName, debVersion, type Mapping, rpmName, rpmVersion } from '../version/names.ts'
import { directives, findDirective } from './directives.ts'
import { ereFault, neverMatches } from './ere.ts'
import { lineOf } from './lines.ts'
import type { LintCodeName } from './lint-codes.ts'
import type { Finding, LintContext, LintRule } from './lint-context.ts'
import { isPlaceholder } from './placeholder.ts'

function findDeprecated(context: LintContext): Finding[] {
  return directives.flatMap(({ name, status, until, replacement }) => {
    if (status === 'current' || elements(context, name).every(([, value]) => value === '')) return []
    if (name === 'CLEAN' && /^(?:\/(?:usr\/)?bin\/)?true$/.test(value(context, name))) return []
    const since = until === undefined ? 'is deprecated' : `has had no effect after DKMS ${until}`
    const message = status === 'ignored' ? `${name} has no effect` : `${name} ${since}`
    const remedy = replacement === undefined ? 'remove it' : `use ${replacement}`
    return [{ code: 'DIRECTIVE_DEPRECATED', message, line: lineOf(context.sites, name), directive: name, remedy }]
  })
}

const expressions = {
  BUILD_EXCLUSIVE_KERNEL: 'kernel',
  MAKE_MATCH: 'kernel',
  PATCH_MATCH: 'kernel',
  BUILD_EXCLUSIVE_ARCH: 'architecture',
} as const

/** Kernel releases and architectures are made of visible ASCII characters. */
function isInRelease(character: string): boolean {
  return character > ' ' && character <= '~'
}

function findNeverMatching(context: LintContext): Finding[] {
  return Object.entries(expressions).flatMap(([name, what]) =>
    elements(context, name).flatMap(([index, expression]) => {
      if (expression === '' || ereFault(expression) !== undefined || !neverMatches(expression, isInRelease)) return []
      const message = `no ${what} can match ${name}[${index}] ${JSON.stringify(expression)}`
      return [
        { code: 'REGEX_NEVER_MATCHES' as const, message, line: lineOf(context.sites, name, index), directive: name },
      ]
    }),
  )
}

function findSeriesAsMaximum(context: LintContext): Finding[] {
  const name = 'BUILD_EXCLUSIVE_KERNEL_MAX'
  return elements(context, name).flatMap(([index, value]) => {
    if (!/^\d+\.\d+$/.test(value)) return []
    const message = `${name} ${value} excludes every ${value}.x kernel, since ${value}.1 is newer than ${value}`
    const remedy = `write ${value}.9999 to include them`
    return [{ code: 'KERNEL_MAX_PREFIX', message, line: lineOf(context.sites, name, index), directive: name, remedy }]
  })
}

function findIgnoredIndices(context: LintContext): Finding[] {
  return [...context.values].flatMap(([name, values]) => {
    if (findDirective(name)?.kind !== 'scalar') return []
    return [...values.keys()].filter(Boolean).map((index): Finding => {
      const message = `${name} has one value, and ${name}[${index}] is not read`
      return { code: 'INDEX_IGNORED', message, line: lineOf(context.sites, name, index), directive: name }
    })
  })
}

function findMissingPatches(context: LintContext): Finding[] {
  return elements(context, 'PATCH').flatMap(([index, patch]): Finding[] => {
    const place = { line: lineOf(context.sites, 'PATCH', index), directive: 'PATCH' }
    if (patch === '') return []
    if (patch.startsWith('/') || patch.split('/').includes('..')) {
      return [{ code: 'PATCH_OUTSIDE', message: `PATCH[${index}] ${patch} leaves the patches directory`, ...place }]
    }
    if (context.files === undefined || context.files.get(`patches/${patch}`)?.kind === 'file') return []
    return [{ code: 'PATCH_MISSING', message: `PATCH[${index}] patches/${patch} does not exist`, ...place }]
  })
}

const scripts = ['POST_ADD', 'PRE_BUILD', 'POST_BUILD', 'PRE_INSTALL', 'POST_INSTALL', 'POST_REMOVE'] as const

function findUnusableScripts(context: LintContext): Finding[] {
  return scripts.flatMap((name): Finding[] => {
    const path = (value(context, name).trim().split(/\s+/)[0] ?? '').replace(/^(?:\.\/)+/, '')
    if (context.files === undefined || path === '' || /^\/|[$`]/.test(path)) return []
    const place = { line: lineOf(context.sites, name), directive: name }
    const file = context.files.get(path)
    if (file?.kind !== 'file') {
      return [{ code: 'SCRIPT_MISSING', message: `${name} ${path} does not exist in the package`, ...place }]
    }
    if (file.executable) return []
    const message = `${name} ${path} is not executable, so it will not run`
    return [{ code: 'SCRIPT_NOT_EXECUTABLE', message, ...place, remedy: `chmod +x ${path}` }]
  })
}

function findDestinationDots(context: LintContext): Finding[] {
  const name = 'DEST_MODULE_LOCATION'
  return elements(context, name).flatMap(([index, location]) => {
    if (!location.split('/').includes('..')) return []
    const message = `${name}[${index}] ${location} goes up with ..`
    return [{ code: 'DEST_MODULE_LOCATION_DOTS', message, line: lineOf(context.sites, name, index), directive: name }]
  })
}

function findModuleDirectories(context: LintContext): Finding[] {
  return ['BUILT_MODULE_NAME', 'DEST_MODULE_NAME'].flatMap((name) =>
    elements(context, name).flatMap(([index, module]) => {
      if (!module.includes('/')) return []
      const message = `${name}[${index}] ${module} holds a directory`
      return [
        { code: 'MODULE_NAME_SLASH' as const, message, line: lineOf(context.sites, name, index), directive: name },
      ]
    }),
  )
}

function findFormatSpellings(context: LintContext): Finding[] {
  const name = value(context, 'PACKAGE_NAME')
  const version = value(context, 'PACKAGE_VERSION')
  return [
    ...spellings(context, 'PACKAGE_NAME', name, [
      ['an RPM', rpmName],
      ['a Debian', debDkmsName],
    ]),
    ...spellings(context, 'PACKAGE_VERSION', version, [
      ['an RPM', rpmVersion],
      ['a Debian', debVersion],
    ]),
  ]
}

function spellings(
  context: LintContext,
  directive: 'PACKAGE_NAME' | 'PACKAGE_VERSION',
  text: string,
  formats: readonly (readonly [string, (text: string) => Mapping])[],
): Finding[] {
  if (text === '' || isPlaceholder(text)) return []
  const line = lineOf(context.sites, directive)
  const what = directive === 'PACKAGE_NAME' ? 'NAME' : 'VERSION'
  return formats.flatMap(([format, map]): Finding[] => {
    const mapped = map(text)
    const code = (suffix: 'REFUSED' | 'CHANGED'): LintCodeName => `${what}_${suffix}`
    if (mapped.kind === 'refused') {
      return [{ code: code('REFUSED'), message: `${directive}: ${mapped.reason}`, line, directive }]
    }
    if (!mapped.changed) return []
    const message = `${directive} ${text} becomes ${mapped.value} in ${format} package: ${mapped.reason ?? ''}`
    return [{ code: code('CHANGED'), message, line, directive }]
  })
}

function elements({ values }: LintContext, name: string): [number, string][] {
  return [...(values.get(name) ?? [])]
}

function value({ values }: LintContext, name: string): string {
  return values.get(name)?.get(0) ?? ''
}

export const valueRules: readonly LintRule[] = [
  findDeprecated,
  findNeverMatching,
  findSeriesAsMaximum,
  findIgnoredIndices,
  findMissingPatches,
  findUnusableScripts,
  findDestinationDots,
  findModuleDirectories,
  findFormatSpellings,
]
