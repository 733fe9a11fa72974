/**
 * The nouns every room shares, as docs/architecture.md ("Words") defines them. Values only: no disk, no clock.
 */

import { isAbsolute, normalize } from 'node:path'

declare const brand: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

/** An absolute, normalised path of the host. Made by {@link absolutePath} only. */
export type AbsolutePath = Branded<string, 'AbsolutePath'>

/** @throws {Error} (a bug) when the text is not absolute: the edge that reads a path from a person makes it so first. */
export function absolutePath(text: string): AbsolutePath {
  if (!isAbsolute(text)) throw new Error(`not an absolute path: ${JSON.stringify(text)}`)
  const normal = normalize(text)
  return (normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal) as AbsolutePath
}

/** @param parts joined below `base`; the caller vouches that they hold no `..` */
export function below(base: AbsolutePath, ...parts: readonly string[]): AbsolutePath {
  return absolutePath([base, ...parts].join('/'))
}

/** What names a package: PACKAGE_NAME and PACKAGE_VERSION, `module/module-version` on the command line. */
export interface PackageId {
  readonly name: string
  readonly version: string
}

/** A kernel release (`uname -r`) and an architecture (`uname -m`): what a package is built for. */
export interface Kernel {
  readonly release: string
  readonly arch: string
}

/** The places of the host this program may read and change. Handed in, never looked up. */
export interface Roots {
  /** The DKMS tree, by default /var/lib/dkms. */
  readonly dkmsTree: AbsolutePath
  /** Where package sources live, by default /usr/src. */
  readonly sourceTree: AbsolutePath
  /** Where kernels keep their modules, by default /lib/modules. */
  readonly installTree: AbsolutePath
  /** framework.conf, per-package overrides and user templates, by default /etc/dkms. */
  readonly etc: AbsolutePath
  /** Scratch space, by default $TMPDIR or /tmp. */
  readonly tmp: AbsolutePath
}

/** `name/version`, the form of the command line and of `status`. */
export function formatPackage(id: PackageId): string {
  return `${id.name}/${id.version}`
}

/** `release (arch)`, the form of messages. */
export function formatKernel(kernel: Kernel): string {
  return `${kernel.release} (${kernel.arch})`
}

export function samePackage(a: PackageId, b: PackageId): boolean {
  return a.name === b.name && a.version === b.version
}

export function sameKernel(a: Kernel, b: Kernel): boolean {
  return a.release === b.release && a.arch === b.arch
}
