/** The forms in which distributions have their modules, and hosts that have them so. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type Host, makeHost } from './host.ts'
import { type BootableKernel, makeInstallTree, runDepmod } from './kernel.ts'

export interface Form {
  /** undefined: the tree is that of the kernel's package, whole. */
  readonly compressor: string | undefined
  readonly suffix: string
  readonly signed: boolean
}

export const forms = {
  plain: { compressor: undefined, suffix: '', signed: false },
  xz: { compressor: 'xz --check=crc32', suffix: '.xz', signed: true },
  zstd: { compressor: 'zstd -q --rm', suffix: '.zst', signed: true },
} as const satisfies Record<string, Form>

export type FormName = keyof typeof forms

export const formNames = ['plain', 'xz', 'zstd'] as const satisfies readonly FormName[]

/** A host with that kernel. Where modules are compressed its only module is dummy.ko: the others would say no more. */
export async function makeHostOf({ compressor, signed }: Form, kernel: BootableKernel): Promise<Host> {
  const host = makeHost(kernel.release, signed ? [] : ['try_sign_modules="false"'])
  if (compressor === undefined) {
    await makeInstallTree(host.modules, kernel)
    return host
  }
  const own = join(host.modules, kernel.release)
  const net = join(own, 'kernel/drivers/net')
  mkdirSync(net, { recursive: true })
  copyFileSync(join(kernel.modules, 'kernel/drivers/net/dummy.ko'), join(net, 'dummy.ko'))
  execFileSync('sh', ['-c', `${compressor} dummy.ko`], { cwd: net })
  symlinkSync(kernel.headers, join(own, 'build'))
  await runDepmod(host.modules, kernel.release)
  return host
}
