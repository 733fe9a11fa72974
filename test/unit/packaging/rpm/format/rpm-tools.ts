/** The real rpm and its companions, run in places of their own. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { afterAll } from 'vitest'
import { type AbsolutePath, absolutePath } from '../../../../../src/domain.ts'

/** A directory that is gone when the tests of the file are over. */
export function scratchDirectory(name: string): AbsolutePath {
  const path = absolutePath(mkdtempSync(join(tmpdir(), `${name}-`)))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export function hasTool(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

/** For `describe.skipIf`: true when one is missing. */
export function lacks(...names: readonly string[]): boolean {
  return names.some((name) => !hasTool(name))
}

export const isRoot = process.geteuid?.() === 0

const environment = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' }

export function tool(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
}

export function rpm(...args: readonly string[]): string {
  return tool('rpm', ...args)
}

/** Whatever the program says and however it ends. */
export function attempt(command: string, ...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: environment })
  return { status, output: `${stdout}${stderr}` }
}

export interface Built {
  readonly binary: string
  readonly source: string
}

/** Runs rpmbuild on a spec with sources of the given texts. */
export function rpmbuild(
  topdir: string,
  spec: string,
  sources: Readonly<Record<string, string>>,
  options: { readonly epoch: number; readonly binary: string; readonly source: string },
): Built {
  mkdirSync(join(topdir, 'SOURCES'), { recursive: true })
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(topdir, 'SOURCES', name), text)
  const specFile = join(topdir, 'package.spec')
  writeFileSync(specFile, spec)
  execFileSync('rpmbuild', ['-ba', '--nodeps', '--define', `_topdir ${topdir}`, specFile], {
    env: { ...environment, SOURCE_DATE_EPOCH: String(options.epoch) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return {
    binary: join(topdir, 'RPMS', 'noarch', options.binary),
    source: join(topdir, 'SRPMS', options.source),
  }
}

/** The lines of a spec that make rpmbuild as reproducible as it gets, and leave files as they are. */
export const quietSpec = `
%global _buildhost reproducible
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _binary_payload w6.gzdio
%global _source_payload w6.gzdio
%global __os_install_post %{nil}
`

/** Every tag of a package as `rpm --xml` shows it: numbers and texts as texts, bytes in base64. */
export function rpmXml(path: string): Map<string, string[]> {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    trimValues: false,
    parseTagValue: false,
    processEntities: true,
    isArray: (name) => ['rpmTag', 'string', 'integer', 'base64'].includes(name),
  })
  const document = parser.parse(rpm('-qp', '--nosignature', '--xml', path)) as {
    rpmHeader: { rpmTag: readonly Record<string, unknown>[] }
  }
  return new Map(
    document.rpmHeader.rpmTag.map((tag) => {
      const values = (tag['string'] ?? tag['integer'] ?? tag['base64'] ?? []) as readonly unknown[]
      return [String(tag['@name']).toUpperCase(), values.map(String)]
    }),
  )
}
