/** A DKMS tree with two modules that the compiler built for a real kernel: one exports what the other needs. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { absolutePath, type Kernel, type Roots } from '../../../../src/domain.ts'
import type { KmodRequest } from '../../../../src/packaging/kmod/model.ts'
import { planFromTree } from '../../../../src/packaging/plan/plan.ts'

/** Seconds since the epoch: the SOURCE_DATE_EPOCH of what is made here. */
export const epoch = 1_700_000_000
export const pair = { name: 'kmod-pair', version: '1.0' }

const source: Readonly<Record<string, string>> = {
  'dkms.conf': `PACKAGE_NAME="kmod-pair"
PACKAGE_VERSION="1.0"
BUILT_MODULE_NAME[0]="pair_giver"
DEST_MODULE_LOCATION[0]="/updates"
BUILT_MODULE_NAME[1]="pair_taker"
DEST_MODULE_LOCATION[1]="/updates"
`,
  Makefile: 'obj-m := pair_giver.o pair_taker.o\n',
  'pair_giver.c': `#include <linux/module.h>
int pair_answer(int question);
int pair_answer(int question) { return question + 42; }
EXPORT_SYMBOL_GPL(pair_answer);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Gives answers");
`,
  'pair_taker.c': `#include <linux/module.h>
int pair_answer(int question);
static int __init taker_init(void) { pr_info("%d\\n", pair_answer(1)); return 0; }
static void __exit taker_exit(void) { }
module_init(taker_init);
module_exit(taker_exit);
MODULE_ALIAS("pci:v00001234d00000001sv*sd*bc*sc*i*");
MODULE_ALIAS("pci:v00001234d00000002sv*sd*bc*sc*i*");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Takes answers");
MODULE_VERSION("2.5");
`,
}

/** A kernel of this machine whose headers tell the symbols; undefined when there is none. */
export function kernelWithSymvers(): Kernel | undefined {
  const root = '/lib/modules'
  const release = (existsSync(root) ? readdirSync(root).sort() : []).find((one) =>
    existsSync(join(root, one, 'build/Module.symvers')),
  )
  return release === undefined
    ? undefined
    : { release, arch: execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim() }
}

export interface BuiltTree {
  readonly roots: Roots
  readonly kernel: Kernel
  /** Where the built files lie. */
  readonly modules: string
}

export function rootsIn(scratch: string): Roots {
  const place = (name: string) => absolutePath(join(scratch, name))
  for (const name of ['tree', 'src', 'etc', 'tmp']) mkdirSync(place(name), { recursive: true })
  return {
    dkmsTree: place('tree'),
    sourceTree: place('src'),
    installTree: absolutePath('/lib/modules'),
    etc: place('etc'),
    tmp: place('tmp'),
  }
}

export function writePairSource(directory: string): string {
  mkdirSync(directory, { recursive: true })
  for (const [name, text] of Object.entries(source)) writeFileSync(join(directory, name), text)
  return directory
}

export function buildPair(scratch: string, kernel: Kernel): BuiltTree {
  const roots = rootsIn(scratch)
  const directory = writePairSource(join(roots.sourceTree, 'kmod-pair-1.0'))
  const work = writePairSource(join(scratch, 'work'))
  execFileSync('make', ['-C', `/lib/modules/${kernel.release}/build`, `M=${work}`, 'modules'], { stdio: 'pipe' })
  const version = join(roots.dkmsTree, 'kmod-pair/1.0')
  const modules = join(version, kernel.release, kernel.arch, 'module')
  mkdirSync(modules, { recursive: true })
  symlinkSync(directory, join(version, 'source'))
  for (const name of ['pair_giver.ko', 'pair_taker.ko']) copyFileSync(join(work, name), join(modules, name))
  return { roots, kernel, modules }
}

export async function requestFor(
  { roots, kernel }: BuiltTree,
  output: string,
  given: Partial<KmodRequest> = {},
): Promise<KmodRequest> {
  const plan = await planFromTree({
    roots,
    runningKernel: kernel,
    options: {},
    package: pair,
    content: 'binaries-only',
    kernels: [kernel],
    sourceDateEpoch: epoch,
  })
  return {
    plan,
    roots,
    output: absolutePath(output),
    compression: 'gzip',
    dryRun: false,
    report: () => {},
    ...given,
  }
}
