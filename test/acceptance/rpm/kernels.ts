/** Toy kernels of the distributions that have rpm, a package built for each, and an rpm of its own to install them with. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeRpm } from '../../../src/packaging/rpm/format/write.ts'
import { type Run, runFile } from '../../support/program.ts'
import { writeToyHeaders } from '../../support/toy-kernel.ts'
import { makeWorld, putFile, runWithOptions, type World } from '../../support/world.ts'

export const kernels = {
  rhel: '5.14.0-427.el9.x86_64',
  fedora: '6.8.9-300.fc40.x86_64',
  fedoraNewer: '6.10.3-200.fc40.x86_64',
  suse: '5.14.21-150500.55.7-default',
  tumbleweed: '6.9.1-1-default',
} as const

/** Checksums of symbols: of the kernel, and of another module. */
export const checksums = { printk: 0x0040afbe, elsewhere: 0x12345678 } as const

/** With symbol versions, which toy headers know nothing of, and aliases. */
const code = `#include <linux/module.h>
struct modversion_info { unsigned long crc; char name[64 - sizeof(unsigned long)]; };
static const struct modversion_info versions[] __attribute__((section("__versions"), used)) = {
  { 0x${checksums.printk.toString(16)}, "printk" },
  { 0x${checksums.elsewhere.toString(16)}, "elsewhere" },
};
TOY_INFO("alias=pci:v00001234d00000001sv*sd*bc*sc*i*")
MODULE_DESCRIPTION("A driver")
MODULE_LICENSE("GPL")
MODULE_VERSION("1.0")
`

export const conf = `PACKAGE_NAME="foo"
PACKAGE_VERSION="1.0"
BUILT_MODULE_NAME[0]="foo-bar"
DEST_MODULE_LOCATION[0]="/updates"
STRIP[0]="no"
AUTOINSTALL="yes"
`

export function writeSource(directory: string, dkmsConf = conf): string {
  const files = { 'dkms.conf': dkmsConf, Makefile: 'obj-m := foo-bar.o\n', 'foo-bar.c': code }
  for (const [name, text] of Object.entries(files)) putFile(join(directory, name), text)
  return directory
}

export function symversText(): string {
  return `0x${checksums.printk.toString(16).padStart(8, '0')}\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n`
}

/** Where rpmbuild's spec files and packages of kernels expect headers: with the target and the header that they ask. */
export function writeHeaders(directory: string, release: string): string {
  writeToyHeaders(directory, release)
  const makefile = join(directory, 'Makefile')
  writeFileSync(makefile, `${readFileSync(makefile, 'utf8')}\nmodules: all\n`)
  putFile(join(directory, 'include/generated/utsrelease.h'), `#define UTS_RELEASE "${release}"\n`)
  return directory
}

/** The package is added and built for every kernel. */
export async function makeKernelWorld(dir: string): Promise<World> {
  const releases = Object.values(kernels)
  const world = makeWorld(
    join(dir, 'world'),
    releases.map((release) => ({ release, headers: writeHeaders(join(dir, 'headers', release), release) })),
  )
  writeFileSync(join(dir, 'headers', kernels.rhel, 'Module.symvers'), symversText())
  await must(world, 'add', writeSource(join(world.source, 'foo-1.0')))
  await must(world, 'build', 'foo/1.0', ...releases.flatMap((release) => ['-k', `${release}/x86_64`]))
  return world
}

export async function must(world: World, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runWithOptions(world, args)
  if (status === 0) return stdout
  throw new Error(`${args.join(' ')}\nended with ${status}\n${stdout}${stderr}`)
}

export function wrote(stdout: string): string[] {
  return stdout.split('\n').flatMap((line) => /^Wrote: (.+)$/.exec(line)?.slice(1) ?? [])
}

const mounts = `
set -e
mount -t overlay overlay -o "lowerdir=/usr,upperdir=$0/usr,workdir=$0/work" /usr
mount --bind "$0/modules" /lib/modules
mount -t tmpfs tmpfs /etc/uefi 2>/dev/null || true
exec "$@"
`

/** A system with an rpm of its own, laid over the host in a mount namespace. Nothing of the host is changed. */
export class RpmSystem {
  readonly #dir: string
  readonly #log: string

  /** @param programs stand-ins below /usr that write down how they are called and what they are given */
  constructor(dir: string, programs: readonly string[]) {
    this.#dir = dir
    this.#log = join(dir, 'log')
    for (const name of ['usr', 'work', 'modules', 'db']) mkdirSync(join(dir, name), { recursive: true })
    for (const program of programs) {
      const text = `#!/bin/sh\nexec >>'${this.#log}'\necho "\${0##*/}\${KMP_NEEDS_MKINITRD+ with initrd}" "$@"\n[ -t 0 ] || sed 's/^/  /'\n`
      putFile(join(dir, program), text, 0o755)
    }
  }

  run(...command: readonly string[]): Promise<Run> {
    return runFile('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', mounts, this.#dir, ...command])
  }

  rpm(...args: readonly string[]): Promise<Run> {
    return this.run('rpm', '--dbpath', join(this.#dir, 'db'), ...args)
  }

  /** How the stand-ins were called since this was asked last. */
  calls(): string[] {
    if (!existsSync(this.#log)) return []
    const lines = readFileSync(this.#log, 'utf8').split('\n').slice(0, -1)
    writeFileSync(this.#log, '')
    return lines
  }

  /** As a kernel that is installed has it; depmod asks for it. */
  addKernel(release: string): void {
    const directory = join(this.#dir, 'modules', release)
    mkdirSync(directory, { recursive: true })
    for (const name of ['System.map', 'modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
      writeFileSync(join(directory, name), '')
  }

  readModuleFile(release: string, name: string): string {
    const path = join(this.#dir, 'modules', release, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  /** A package without files that provides what is said. */
  async provide(name: string, provides: Readonly<Record<string, string>>): Promise<string> {
    const path = join(this.#dir, `${name}.rpm`)
    await writeRpm(
      {
        kind: 'binary',
        name,
        version: '1',
        release: '1',
        arch: 'noarch',
        summary: 'What a system has',
        description: 'Nothing.',
        license: 'MIT',
        buildHost: 'reproducible',
        buildTime: 1_700_000_000,
        entries: [],
        relations: {
          provides: Object.entries(provides).map(([what, version]) =>
            version === '' ? { name: what } : { name: what, constraint: { operator: '=', version } },
          ),
        },
      },
      path,
    )
    return path
  }
}
