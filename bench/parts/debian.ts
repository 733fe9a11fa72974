import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { addBigPackage } from '../big-package.ts'
import type { Context, Part } from '../context.ts'
import { compare, type Effort } from '../measure.ts'
import { addPackage, writeSource } from '../packages.ts'
import { type Command, ours, timeOnce } from '../programs.ts'
import { type Finding, findingOf } from '../report.ts'
import { type BenchRoots, emptyRoots } from '../roots.ts'

/**
 * What DKMS 2.8.7, the last that had them, took for a package of three small files on a quiet machine of two processors
 * (Debian 12, medians of 15 runs), in milliseconds.
 */
const dkms28 = { mkdeb: 1373, mkdsc: 783 } as const

const tiny = { name: 'tiny', version: '1.0' }
const big = { name: 'big', version: '1.0' }
const mebibytes = 32

export const debian: Part = {
  name: 'debian',
  about: 'Debian packages of source, against the tools of Debian and what DKMS 2.8.7 took',
  run({ scratch }: Context): readonly Finding[] {
    const small = emptyRoots(join(scratch, 'small'))
    writeSource(small, tiny)
    addPackage(small, tiny)
    const large = emptyRoots(join(scratch, 'large'))
    addBigPackage(large, big, mebibytes)
    return [
      ...measure(small, 'tiny', { runs: 15, seconds: 20 }),
      ...recorded(small),
      ...measure(large, 'big', { runs: 5, seconds: 40 }),
    ]
  },
}

function makeCommand(roots: BenchRoots, verb: 'mkdeb' | 'mkdsc', name: string): Command {
  return { argv: [ours, verb, `${name}/1.0`, '--source-only', ...roots.options] }
}

/** Against programs that have the finished tree and only write it. */
function measure(roots: BenchRoots, name: string, effort: Effort): readonly Finding[] {
  const { packageTree, sourceTree } = unpacked(roots, name)
  const deb = ['dpkg-deb', '-Zgzip', '--build', packageTree, join(roots.dir, 'theirs.deb')] as const
  const source = `cd "$1/.." && dpkg-source --format="3.0 (native)" -Zgzip -b "$1"`
  const what = name === 'tiny' ? 'one small module' : `${mebibytes} MiB`
  return [
    findingOf(`mkdeb, ${what}: dpkg-deb`, compare(makeCommand(roots, 'mkdeb', name), { argv: [...deb] }, effort)),
    findingOf(
      `mkdsc, ${what}: dpkg-source`,
      compare(makeCommand(roots, 'mkdsc', name), { argv: ['sh', '-c', source, 'sh', sourceTree] }, effort),
    ),
    ...(name === 'tiny' ? [againstBuild(roots, sourceTree, effort)] : []),
  ]
}

/** What a packager does without us, with the source package at hand. */
function againstBuild(roots: BenchRoots, sourceTree: string, effort: Effort): Finding {
  const build = join(roots.dir, 'build')
  const theirs: Command = {
    argv: ['sh', '-c', 'cd "$1" && exec dpkg-buildpackage -b -us -uc 2>&1', 'sh', build],
    prepare: () => {
      rmSync(build, { recursive: true, force: true })
      cpSync(sourceTree, build, { recursive: true })
    },
  }
  const pair = compare(makeCommand(roots, 'mkdeb', 'tiny'), theirs, effort)
  return findingOf('mkdeb, one small module: dpkg-buildpackage', pair, { timesFaster: 8 })
}

function recorded(roots: BenchRoots): readonly Finding[] {
  const targets = { mkdeb: 8, mkdsc: 5 } as const
  return (['mkdeb', 'mkdsc'] as const).map((verb) => {
    const { ours: sample } = compare(makeCommand(roots, verb, 'tiny'), undefined, { runs: 15, seconds: 20 })
    const pair = { ours: sample, theirs: { median: dkms28[verb], runs: 15, stdout: '' } }
    return findingOf(`${verb}, one small module: DKMS 2.8.7, recorded`, pair, { timesFaster: targets[verb] })
  })
}

function unpacked(roots: BenchRoots, name: string): { packageTree: string; sourceTree: string } {
  for (const verb of ['mkdeb', 'mkdsc'] as const) timeOnce(makeCommand(roots, verb, name))
  const version = join(roots.tree, name, '1.0')
  const packageTree = join(roots.dir, 'package')
  const sources = join(roots.dir, 'sources')
  mkdirSync(sources, { recursive: true })
  const [deb = ''] = readdirSync(join(version, 'deb'))
  const dsc = readdirSync(join(version, 'dsc')).find((file) => file.endsWith('.dsc')) ?? ''
  mustRun(['dpkg-deb', '-R', join(version, 'deb', deb), packageTree])
  mustRun(['dpkg-source', '--no-check', '-x', join(version, 'dsc', dsc), join(sources, 'unpacked')])
  return { packageTree, sourceTree: join(sources, 'unpacked') }
}

function mustRun([file, ...args]: readonly [string, ...string[]]): void {
  const { status, stderr, error } = spawnSync(file, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}\nended with ${status}\n${stderr}`)
}
