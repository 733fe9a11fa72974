/** Which program signs. */
import { join } from 'node:path'
import { findOnPath } from '../kernel/toolchain.ts'
import { childEnvironment, type Environment } from '../system/env.ts'
import { withKernel } from './kernel-variable.ts'
import type { KeyPairRequest } from './model.ts'

/**
 * In the order in which they are tried: `sign_file` of framework.conf alone when it is set, else the distribution's
 * places, else what the headers of the kernel bring along.
 */
export function signToolCandidates(
  request: Pick<KeyPairRequest, 'distro' | 'settings' | 'kernel' | 'roots' | 'kernelSourceDir'>,
): string[] {
  const { settings, kernel, distro, roots, kernelSourceDir } = request
  if (settings.signFile !== undefined) return [withKernel(settings.signFile, kernel)]
  const own = distro.signTools(kernel.release).map((tool) => (tool.kind === 'path' ? tool.path : tool.name))
  const headers = [join(roots.installTree, kernel.release, 'build'), kernelSourceDir]
  return [...new Set([...own, ...headers.map((directory) => join(directory, 'scripts/sign-file'))])]
}

/** The first candidate that can be run. A name without a slash is looked for on PATH. */
export function findSignTool(candidates: readonly string[], environment: Environment): string | undefined {
  const searchPath = childEnvironment({}, environment)['PATH'] ?? ''
  for (const candidate of candidates) {
    const found = findOnPath(candidate, searchPath)
    if (found !== undefined) return found
  }
  return undefined
}
