/** The guest's file system: busybox, the host's kmod with the libraries it needs, trees of modules, and the steps. */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { copyModuleTree, type ModuleTree } from './module-tree.ts'

export interface GuestStep {
  /** Which of the trees is /lib/modules while the step runs. */
  readonly tree: string
  /** Lines for dash. modprobe, insmod, lsmod, rmmod and modinfo are kmod's, the rest is busybox. */
  readonly script: string
}

const kmodNames = ['modprobe', 'insmod', 'lsmod', 'rmmod', 'modinfo', 'depmod']

/** @param dir an empty directory to gather the files in; the archive becomes `dir`.cpio */
export function writeInitramfs(
  dir: string,
  trees: Readonly<Record<string, ModuleTree>>,
  steps: readonly GuestStep[],
): string {
  for (const name of ['bin', 'sbin', 'lib', 'proc', 'sys', 'dev', 'tmp', 'etc/modprobe.d']) {
    mkdirSync(join(dir, name), { recursive: true })
  }
  copyFileSync(pathOf('busybox'), join(dir, 'bin/busybox'))
  copyFileSync(join(import.meta.dirname, 'guest-init.sh'), join(dir, 'init'))
  chmodSync(join(dir, 'init'), 0o755)
  copyKmod(dir)
  // The shell of busybox would run the modprobe of busybox, whatever PATH says.
  copyProgram(pathOf('dash'), dir, 'sbin/dash')
  for (const [name, tree] of Object.entries(trees)) copyModuleTree(tree, join(dir, 'trees', name))
  for (const [index, step] of steps.entries()) writeStep(join(dir, 'steps', String(index).padStart(3, '0')), step)
  return pack(dir)
}

function writeStep(dir: string, { tree, script }: GuestStep): void {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'tree'), tree)
  writeFileSync(join(dir, 'script'), script)
}

function copyKmod(dir: string): void {
  const kmod = execFileSync('readlink', ['--canonicalize', pathOf('modprobe')], { encoding: 'utf8' }).trim()
  copyProgram(kmod, dir, 'sbin/kmod')
  for (const name of kmodNames) symlinkSync('kmod', join(dir, 'sbin', name))
}

function copyProgram(program: string, dir: string, name: string): void {
  copyFileSync(program, join(dir, name))
  for (const library of librariesOf(program)) {
    mkdirSync(dirname(join(dir, library)), { recursive: true })
    copyFileSync(library, join(dir, library))
  }
}

/** The shared objects that ldd(1) names, and the loader among them. */
function librariesOf(program: string): string[] {
  const text = execFileSync('ldd', [program], { encoding: 'utf8' })
  return [...text.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map((found) => found[1] ?? '')
}

function pathOf(program: string): string {
  return execFileSync('sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' }).trim()
}

function pack(dir: string): string {
  const archive = `${dir}.cpio`
  execFileSync('sh', ['-c', 'find . | cpio --create --quiet --format=newc --owner=0:0 >"$0"', archive], { cwd: dir })
  return archive
}
