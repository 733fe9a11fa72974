/** `--symvers FILE` and `--symvers K=FILE`. */
import type { AbsolutePath } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { absoluteFromHere } from '../system/env.ts'
import type { GivenOptions } from './options.ts'

/**
 * By the release of the kernel. A file without a kernel is that of the only one.
 *
 * @param releases of the kernels that are named
 * @throws {FactoryError} USAGE for a file without a kernel where there is not exactly one
 */
export function symversFiles(options: GivenOptions, releases: readonly string[]): ReadonlyMap<string, AbsolutePath> {
  const [first, ...others] = releases
  const files = (options.get('symvers') ?? []).map((value) => {
    const [, release = others.length === 0 ? first : undefined, file = value] = /^([^/=]+)=(.+)$/.exec(value) ?? []
    if (release !== undefined) return [release, absoluteFromHere(file)] as const
    throw new FactoryError('USAGE', `--symvers ${value} does not say which kernel it is of`, {
      hint: `name the kernel: --symvers ${first ?? 'K'}=${value}`,
    })
  })
  return new Map(files)
}
