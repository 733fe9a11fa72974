import type { Kernel } from '../domain.ts'

/** Replaces `$kernelver` in a setting (DKMS man page, framework.conf), which may come unexpanded. */
export function withKernel(value: string, kernel: Pick<Kernel, 'release'>): string {
  return value.replace(/\$(?:kernelver\b|\{kernelver\})/g, () => kernel.release)
}
