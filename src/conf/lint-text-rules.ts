/** Rules about how a conf is written. */
import { findDirective, suggestDirective } from './directives.ts'
import type { AssignmentSite } from './lines.ts'
import type { Finding, LintContext, LintRule } from './lint-context.ts'
import { belongsToBash } from './shell-names.ts'

function findMisspeltDirectives(context: LintContext): Finding[] {
  return helperless(context).flatMap(({ name, line }) => {
    const meant = suggestDirective(name)
    if (meant === undefined) return []
    const message = `${name} is no directive and has no effect; probably ${meant} is meant`
    return [{ code: 'DIRECTIVE_MISSPELT', message, line, directive: meant, remedy: `write ${meant}` }]
  })
}

function findUnknownDirectives(context: LintContext): Finding[] {
  return helperless(context).flatMap(({ name, line }) => {
    if (!/^[A-Z][A-Z_]{3,}$/.test(name) || suggestDirective(name) !== undefined) return []
    return [{ code: 'DIRECTIVE_UNKNOWN', message: `${name} is set, and neither DKMS nor this file reads it`, line }]
  })
}

/** Names that are neither directives nor variables the conf itself uses or hands on. */
function helperless({ text, sites }: LintContext): AssignmentSite[] {
  const first = new Map<string, AssignmentSite>()
  for (const site of sites) if (!first.has(site.name)) first.set(site.name, site)
  return [...first.values()].filter(({ name }) => {
    if (findDirective(name) !== undefined || belongsToBash(name)) return false
    return !new RegExp(`[$!#{]${name}\\b|\\b(?:export|let|read)\\b[^\\n]*\\b${name}\\b`).test(text)
  })
}

function findUnquotedCommands({ sites }: LintContext): Finding[] {
  return sites.flatMap(({ name, line, rest }) => {
    if (findDirective(name) === undefined) return []
    const found = /^[^\s"'`$()\\;&|#]+[ \t]+([^\s#;&|=]+)(?![^\s]*=)/.exec(rest)
    if (found === null) return []
    const message = `the value of ${name} is not quoted, so ${JSON.stringify(found[1])} runs as a command when the file is read`
    return [{ code: 'VALUE_RUNS_COMMAND', message, line, directive: name }]
  })
}

function findSpacedAssignments({ text }: LintContext): Finding[] {
  return lines(text).flatMap(({ line, number }) => {
    const found = /^[ \t]*([A-Z_]+)(?:\[[^\]]*\])?(?:[ \t]+\+?=|\+?=[ \t]+["'])/.exec(line)
    const name = found?.[1] ?? ''
    if (findDirective(name) === undefined) return []
    const message = `blanks around the equals sign make this a command, and ${name} is not set`
    return [{ code: 'ASSIGNMENT_SPACED', message, line: number, directive: name }]
  })
}

/** `${kernelver:-$(uname -r)}` is fine: DKMS always sets kernelver. */
function findRunningKernel({ text }: LintContext): Finding[] {
  return lines(text).flatMap(({ line, number }): Finding[] => {
    const code = line.replace(/\$\{kernelver:?[-=][^}]*\}/g, '').replace(/(^|\s)#.*/, '')
    if (/\buname\s+-\w*r/.test(code)) {
      return [
        { code: 'RUNNING_KERNEL', message: '`uname -r` is the running kernel, not the one to build for', line: number },
      ]
    }
    if (/\buname\s+-\w*[mpi]\b|\$\(arch\)|`arch`/.test(code)) {
      return [{ code: 'RUNNING_ARCH', message: 'the architecture of the running machine is used', line: number }]
    }
    return []
  })
}

function findLineEndings({ text }: LintContext): Finding[] {
  const at = text.split('\n').findIndex((line) => line.endsWith('\r'))
  return at < 0 ? [] : [{ code: 'LINE_ENDINGS', message: 'lines end in CR/LF', line: at + 1 }]
}

/** Only in confs without conditions, where the first of two assignments certainly is lost. */
function findDoubleAssignments({ text, sites }: LintContext): Finding[] {
  if (/^[ \t]*(?:if|case|for|while)\b|&&|\|\|/m.test(text)) return []
  const seen = new Map<string, AssignmentSite>()
  const findings: Finding[] = []
  for (const site of sites) {
    if (findDirective(site.name) === undefined || site.index === undefined || site.append) continue
    const key = `${site.name}[${site.index}]`
    const first = seen.get(key)
    seen.set(key, site)
    if (first === undefined || new RegExp(`\\$\\{?${site.name}\\b`).test(text)) continue
    const message = `${key} is set here and was set in line ${first.line} already`
    findings.push({ code: 'ASSIGNED_TWICE', message, line: site.line, directive: site.name })
  }
  return findings
}

function lines(text: string): { readonly line: string; readonly number: number }[] {
  return text
    .split('\n')
    .map((line, at) => ({ line, number: at + 1 }))
    .filter(({ line }) => !line.trimStart().startsWith('#'))
}

export const textRules: readonly LintRule[] = [
  findMisspeltDirectives,
  findUnknownDirectives,
  findUnquotedCommands,
  findSpacedAssignments,
  findRunningKernel,
  findLineEndings,
  findDoubleAssignments,
]
