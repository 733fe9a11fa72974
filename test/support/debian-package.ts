/** Packages of the distribution as test material: fetched once, unpacked, never installed. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { checkout } from './program.ts'

export type Unpacked =
  | { readonly kind: 'unpacked'; readonly dir: string }
  /** Without apt or without a network. */
  | { readonly kind: 'unavailable'; readonly reason: string }

export function unpackedPackage(name: string): Unpacked {
  const script = resolve(checkout, 'scripts/fetch-deb.sh')
  const { status, stdout, stderr } = spawnSync(script, ['--extract', name], { encoding: 'utf8' })
  if (status === 0) return { kind: 'unpacked', dir: stdout.trim() }
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
