/**
 * Checks what the documents claim about the checkout: that links lead somewhere, that named files exist, that `make`
 * targets and `dkms-factory` actions do. Prints each wrong claim as FILE:LINE and ends with 1 if there are any.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isVerb } from '../src/cli/verbs.ts'

export interface Claims {
  /** Whether a file or directory exists; the path is relative to the root of the checkout. */
  readonly exists: (path: string) => boolean
  readonly headings: (path: string) => ReadonlySet<string>
  readonly isMakeTarget: (name: string) => boolean
  readonly isAction: (name: string) => boolean
}

/** @returns one message per wrong claim of one document, each beginning with its line number */
export function wrongClaims(path: string, text: string, claims: Claims): string[] {
  const found: string[] = []
  let fenced = false
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('```')) fenced = !fenced
    const prose = fenced ? '' : line
    const code = fenced ? [line] : [...line.matchAll(/`([^`]+)`/g)].map(([, inside = '']) => inside)
    const wrong = [
      ...wrongLinks(path, prose, claims),
      ...code.flatMap((inside) => [...wrongCommands(inside, claims), ...wrongPaths(inside, claims)]),
    ]
    found.push(...wrong.map((message) => `${index + 1}: ${message}`))
  }
  return found
}

function wrongLinks(path: string, line: string, claims: Claims): string[] {
  const wrong: string[] = []
  for (const [, target = ''] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue
    const [file = '', heading] = target.split('#')
    const linked = file === '' ? path : join(dirname(path), file)
    if (!claims.exists(linked)) wrong.push(`the link ${target} leads nowhere`)
    else if (heading !== undefined && !claims.headings(linked).has(heading)) wrong.push(`no heading for ${target}`)
  }
  return wrong
}

function wrongCommands(code: string, claims: Claims): string[] {
  const targets = [...code.matchAll(/(?:^|[\s$&;])make ([a-z]+)(?=$|[\s;&|])/g)]
    .map(([, name = '']) => name)
    .filter((name) => !claims.isMakeTarget(name))
    .map((name) => `the Makefile has no target ${name}`)
  const actions = [...code.matchAll(/(?:^|[\s/$&;])dkms-factory ([a-z_]+)(?=$|[\s;&|])/g)]
    .map(([, name = '']) => name)
    .filter((name) => !claims.isAction(name))
    .map((name) => `dkms-factory has no action ${name}`)
  return [...targets, ...actions]
}

function wrongPaths(code: string, claims: Claims): string[] {
  const path = /^(?:\.\/)?((?:src|test|scripts|docs|bin|templates|fixtures|bench)\/[\w./-]+)$/.exec(code)?.[1]
  return path === undefined || claims.exists(path) ? [] : [`${path} does not exist`]
}

/** The anchor that GitHub gives a heading. */
export function headingAnchors(text: string): ReadonlySet<string> {
  const titles = [...text.matchAll(/^#+ +(.+?) *$/gm)].map(([, title = '']) => title)
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

function claimsOf(root: string): Claims {
  const makefile = readFileSync(join(root, 'Makefile'), 'utf8')
  return {
    exists: (path) => existsSync(join(root, path)),
    headings: (path) => headingAnchors(readFileSync(join(root, path), 'utf8')),
    isMakeTarget: (name) => new RegExp(`^${name}:`, 'm').test(makefile),
    isAction: isVerb,
  }
}

function main(root: string): void {
  const claims = claimsOf(root)
  let wrong = 0
  for (const path of globSync(['*.md', 'docs/**/*.md'], { cwd: root }).toSorted()) {
    for (const message of wrongClaims(path, readFileSync(join(root, path), 'utf8'), claims)) {
      console.log(`${path}:${message}`)
      wrong += 1
    }
  }
  if (wrong > 0) process.exitCode = 1
}

if (process.argv[1] === import.meta.filename) main(resolve(import.meta.dirname, '..'))
