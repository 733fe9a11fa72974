/** A kernel of the distribution that can be booted: its image and modules, unpacked from its package, never installed. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

export const checkout = resolve(import.meta.dirname, '../../..')

const start = promisify(execFile)

export interface BootableKernel {
  readonly release: string
  readonly image: string
  /** Its own modules, as the package has them: depmod never ran there. Read only. */
  readonly modules: string
  /** Where its headers are installed on this machine. */
  readonly headers: string
}

const needed: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  cpio: 'cpio',
  modprobe: 'kmod',
  dash: 'dash',
  'apt-get': 'apt, which fetches the kernel',
}

/** Why no kernel can be booted on this machine; undefined when one can. */
export function bootImpossible(): string | undefined {
  if (process.arch !== 'x64') return `the kernel that is booted is for x86-64, not ${process.arch}`
  for (const [program, provider] of Object.entries(needed)) {
    if (spawnSync('sh', ['-c', 'command -v "$0"', program]).status !== 0) return `${program} is missing (${provider})`
  }
  if (spawnSync('sh', ['-c', 'ldd "$(command -v busybox)"']).status === 0) return 'busybox is not busybox-static'
  return newestHeaders() === undefined ? 'no kernel headers of the form N-amd64 are installed' : undefined
}

/** The newest release of the plain flavour whose headers are installed. */
function newestHeaders(): string | undefined {
  if (!existsSync('/lib/modules')) return undefined
  return readdirSync('/lib/modules')
    .filter((release) => /^[\d.]+-\d+-amd64$/.test(release) && existsSync(`/lib/modules/${release}/build/include`))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1)
}

/** Downloads the package on first use, about 70 MB. */
export async function fetchKernel(): Promise<BootableKernel> {
  const release = newestHeaders()
  if (release === undefined) throw new Error('bootImpossible() was not asked')
  const fetch = join(checkout, 'scripts/fetch-deb.sh')
  const { stdout } = await start(fetch, ['--extract', `linux-image-${release}`])
  const root = stdout.trim()
  return {
    release,
    image: join(root, 'boot', `vmlinuz-${release}`),
    modules: join(root, 'lib/modules', release),
    headers: `/lib/modules/${release}/build`,
  }
}

/**
 * Makes `dir` a /lib/modules with this kernel, as on a host where its package and headers are installed. Its modules are
 * hard links where the file system allows it: whoever changes one in place, rather than replacing it, breaks the rules
 * of the runtime and the cache of these tests.
 */
export async function makeInstallTree(dir: string, kernel: BootableKernel): Promise<void> {
  const own = join(dir, kernel.release)
  await start('mkdir', ['--parents', dir])
  await start('cp', ['--archive', '--link', kernel.modules, own]).catch(async () => {
    await start('rm', ['--recursive', '--force', own])
    await start('cp', ['--archive', kernel.modules, own])
  })
  symlinkSync(kernel.headers, join(own, 'build'))
  await runDepmod(dir, kernel.release)
}

/** @param dir a directory that ends in lib/modules, as depmod has it below its base */
export async function runDepmod(dir: string, release: string): Promise<void> {
  await start('depmod', ['-b', resolve(dir, '../..'), release])
}
