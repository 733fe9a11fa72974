/** A module as a toy kernel's own: compiled straight into the install tree, under no DKMS. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { World } from './world.ts'

export interface ToyModule {
  readonly kernel: string
  /** Below the kernel's directory, such as `kernel/drivers/hello.ko`. */
  readonly path: string
  /** Without one the module has no version. */
  readonly version?: string
  /** Text that tells it from another of the same version. */
  readonly description?: string
}

export function putToyModule({ modules }: World, { kernel, path, version, description = 'toy' }: ToyModule): void {
  const output = join(modules, kernel, path)
  mkdirSync(dirname(output), { recursive: true })
  const headers = realpathSync(join(modules, kernel, 'build'))
  const source = [
    '#include <linux/module.h>',
    `MODULE_DESCRIPTION("${description}");`,
    version === undefined ? '' : `MODULE_VERSION("${version}");`,
    '',
  ].join('\n')
  const flags = ['-O1', '-fno-pic', '-nostdinc', '-I', join(headers, 'include'), `-DTOY_RELEASE="${kernel}"`]
  const { status, stderr } = spawnSync('gcc', [...flags, '-x', 'c', '-c', '-o', output, '-'], {
    input: source,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`gcc: ${stderr}`)
}
