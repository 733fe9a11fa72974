/** Packages to measure with: made here, so that their number and size can be chosen. */
import { spawnSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchRoots } from './roots.ts'

export const arch = spawnSync('uname', ['-m'], { encoding: 'utf8' }).stdout.trim()

export interface PackageName {
  readonly name: string
  readonly version: string
}

/** The source of a package of one module; `make` of it compiles NAME.c and what `objects` lists. */
export function writeSource(
  roots: BenchRoots,
  { name, version }: PackageName,
  objects: readonly string[] = [],
): string {
  const dir = join(roots.source, `${name}-${version}`)
  mkdirSync(dir, { recursive: true })
  const conf = [
    `PACKAGE_NAME="${name}"`,
    `PACKAGE_VERSION="${version}"`,
    `BUILT_MODULE_NAME[0]="${name}"`,
    `DEST_MODULE_LOCATION[0]="/updates/dkms"`,
    `AUTOINSTALL="yes"`,
  ]
  writeFileSync(join(dir, 'dkms.conf'), `${conf.join('\n')}\n`)
  writeFileSync(join(dir, 'Makefile'), makefile(name, objects))
  writeFileSync(join(dir, `${name}.c`), moduleSource(name))
  return dir
}

function makefile(name: string, objects: readonly string[]): string {
  const parts = objects.length === 0 ? '' : `${name}-y := ${objects.map((object) => `${object}.o`).join(' ')}\n`
  return (
    `obj-m := ${name}.o\n${parts}\nKDIR ?= /lib/modules/$(KERNELRELEASE)/build\n\n` +
    `all:\n\t$(MAKE) -C $(KDIR) M=$(CURDIR) modules\n\nclean:\n\t$(MAKE) -C $(KDIR) M=$(CURDIR) clean\n`
  )
}

export function moduleSource(name: string): string {
  return `#include <linux/module.h>
static int __init ${name}_init(void) { pr_info("${name}\\n"); return 0; }
static void __exit ${name}_exit(void) { }
module_init(${name}_init);
module_exit(${name}_exit);
MODULE_DESCRIPTION("${name}, made to be measured");
MODULE_LICENSE("GPL");
`
}

/**
 * A small real ELF object with the .modinfo section of a module for that kernel, which is what modinfo and both programs
 * read of a module; the compiler makes it without the headers of the kernel.
 */
export function compileObject(dir: string, release: string): string {
  const file = join(dir, `${release}.ko`)
  const info = [
    'license=GPL',
    'version=1.0',
    'srcversion=0123456789ABCDEF0123456',
    `vermagic=${release} SMP mod_unload`,
  ]
  const lines = info.map(
    (text, index) => `static const char i${index}[] __attribute__((section(".modinfo"), used)) = "${text}";`,
  )
  const input = `${lines.join('\n')}\nint init_module(void) { return 0; }\n`
  const { status, stderr } = spawnSync('gcc', ['-O2', '-c', '-x', 'c', '-', '-o', file], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`gcc cannot compile a module object: ${stderr}`)
  return file
}

/** Gives an object a section of that many bytes which no compressor makes smaller than half. */
export function enlargeObject(file: string, bytes: number): void {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 3), Buffer.alloc(16)).update(Buffer.alloc(bytes / 2))
  const section = `${file}.section`
  // Hexadecimal digits: about as dense as machine code.
  writeFileSync(section, noise.toString('hex'))
  const { status, stderr } = spawnSync('objcopy', ['--add-section', `.bench=${section}`, file], { encoding: 'utf8' })
  rmSync(section)
  if (status !== 0) throw new Error(`objcopy cannot enlarge a module object: ${stderr}`)
}

/** What `add` leaves in the tree. */
export function addPackage(roots: BenchRoots, { name, version }: PackageName): void {
  const dir = join(roots.tree, name, version)
  mkdirSync(join(dir, 'build'), { recursive: true })
  symlinkSync(join(roots.source, `${name}-${version}`), join(dir, 'source'))
}

/** What `build` and, if asked for, `install` leave in the tree and below the kernels. */
export function addBuild(
  roots: BenchRoots,
  { name, version }: PackageName,
  build: { readonly release: string; readonly object: string; readonly installed: boolean },
): void {
  const dir = join(roots.tree, name, version, build.release, arch)
  mkdirSync(join(dir, 'module'), { recursive: true })
  mkdirSync(join(dir, 'log'), { recursive: true })
  copyFileSync(build.object, join(dir, 'module', `${name}.ko`))
  writeFileSync(
    join(dir, 'log', 'make.log'),
    `DKMS make.log for ${name}-${version} for kernel ${build.release} (${arch})\n`,
  )
  if (!build.installed) return
  const destination = join(roots.install, build.release, 'updates/dkms')
  mkdirSync(destination, { recursive: true })
  copyFileSync(build.object, join(destination, `${name}.ko`))
  symlinkSync(join(version, build.release, arch), join(roots.tree, name, `kernel-${build.release}-${arch}`))
}
