/** Packages of the distribution as test material: fetched once, unpacked, never installed. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { checkout } from './program.ts'

interface Unavailable {
  /** Without apt or without a network. */
  readonly kind: 'unavailable'
  readonly reason: string
}

export type Unpacked = { readonly kind: 'unpacked'; readonly dir: string } | Unavailable
export type Fetched = { readonly kind: 'fetched'; readonly deb: string } | Unavailable

export function unpackedPackage(name: string): Unpacked {
  const path = fetch(name, '--extract', name)
  return typeof path === 'string' ? { kind: 'unpacked', dir: path } : path
}

/** A package of any release of Debian, by its place in the archive and its digest. */
export function fetchedFromPool(file: string, sha256: string): Unpacked {
  const path = fetch(file, '--extract', '--pool', file, sha256)
  return typeof path === 'string' ? { kind: 'unpacked', dir: path } : path
}

export function fetchedPackage(name: string): Fetched {
  const path = fetch(name, name)
  return typeof path === 'string' ? { kind: 'fetched', deb: path } : path
}

function fetch(name: string, ...words: readonly string[]): string | Unavailable {
  const script = resolve(checkout, 'scripts/fetch-deb.sh')
  const { status, stdout, stderr } = spawnSync(script, words, { encoding: 'utf8' })
  if (status === 0) return stdout.trim()
  return { kind: 'unavailable', reason: `${name} cannot be fetched: ${stderr.trim().split('\n').at(-1) ?? ''}` }
}

export interface PackagedSource {
  readonly dir: string
  /** `NAME-VERSION`, the name of its directory. */
  readonly sourceName: string
}

/** The one source below usr/src of an unpacked -dkms package. */
export function sourceOf(dir: string): PackagedSource {
  const sources = join(dir, 'usr/src')
  const [sourceName] = readdirSync(sources)
  if (sourceName === undefined) throw new Error(`${sources} is empty`)
  return { dir: join(sources, sourceName), sourceName }
}
