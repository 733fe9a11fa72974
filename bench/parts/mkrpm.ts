import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context, Part } from '../context.ts'
import { compare, type Effort } from '../measure.ts'
import { writeSource } from '../packages.ts'
import { type Command, ours, timeOnce } from '../programs.ts'
import { type Finding, findingOf, type Target } from '../report.ts'
import { type BenchRoots, emptyRoots } from '../roots.ts'

interface Subject {
  readonly what: string
  readonly level: 'same' | 'own'
  readonly files: number
  /** Bytes of each. */
  readonly bytes: number
  readonly effort: Effort
}

const target: Target = { timesFaster: 3 }

/** rpmbuild as it is configured here, which is what a vendor has; and beside it with our level of compression. */
const subjects: readonly Subject[] = [
  { what: 'a small package', level: 'own', files: 0, bytes: 0, effort: { runs: 25, seconds: 30 } },
  { what: '400 files, 11 MB', level: 'own', files: 400, bytes: 27_500, effort: { runs: 9, seconds: 40 } },
  {
    what: '400 files, 11 MB, rpmbuild at our level',
    level: 'same',
    files: 400,
    bytes: 27_500,
    effort: { runs: 9, seconds: 40 },
  },
]

const id = { name: 'bench', version: '1.0' }

/** The same level of the same compressor. */
const sameLevel: readonly (readonly [string, string])[] = [
  ['_binary_payload', 'w6.gzdio'],
  ['_source_payload', 'w6.gzdio'],
]

export const mkrpm: Part = {
  name: 'mkrpm',
  about: 'package and source package of a source, beside rpmbuild -ba of the same spec and content',
  run(context: Context): readonly Finding[] {
    const hasRpmbuild = spawnSync('rpmbuild', ['--version']).status === 0
    const dirOf = (index: number) => join(context.scratch, String(index))
    const findings = subjects.map((subject, index) => measure(dirOf(index), subject, hasRpmbuild))
    return [...findings, measureFloor(dirOf(subjects.length), hasRpmbuild)]
  },
}

/**
 * What is left of the target for a small package: an RPM needs digests and a compressor, and a program that loads those
 * of Node and ends has used it up. It is no target of its own; whoever reads that the one above is missed can see by it
 * how much of the time is ours.
 */
function measureFloor(dir: string, hasRpmbuild: boolean): Finding {
  const roots = emptyRoots(dir)
  const source = writeSource(roots, id)
  const floor: Command = { argv: [process.execPath, '-e', 'require("node:crypto"); require("node:zlib")'] }
  const theirs = hasRpmbuild ? rpmbuild(roots, source, 'own') : undefined
  const effort: Effort = { runs: 25, seconds: 20 }
  return findingOf(
    'Node alone, crypto and zlib loaded',
    compare(floor, theirs, effort),
    {},
    'rpmbuild is not installed',
  )
}

function measure(dir: string, { what, level, files, bytes, effort }: Subject, hasRpmbuild: boolean): Finding {
  const roots = emptyRoots(dir)
  const source = writeSource(roots, id)
  writeFiles(join(source, 'data'), files, bytes)
  const pair = compare(makeOurs(roots, source), hasRpmbuild ? rpmbuild(roots, source, level) : undefined, effort)
  return findingOf(`mkrpm, ${what}`, pair, target, 'rpmbuild is not installed')
}

function makeOurs(roots: BenchRoots, source: string): Command {
  const output = join(roots.dir, 'ours')
  return {
    argv: [ours, 'mkrpm', source, '--output', output],
    prepare: () => rmSync(output, { recursive: true, force: true }),
  }
}

/** rpmbuild starts from the spec and the archive in our own source package, so both make the same packages. */
function rpmbuild(roots: BenchRoots, source: string, level: Subject['level']): Command {
  const topdir = join(roots.dir, 'rpmbuild')
  const made = join(roots.dir, 'for-rpmbuild')
  timeOnce({ argv: [ours, 'mkrpm', source, '--output', made] })
  const define = [['_topdir', topdir] as const, ...(level === 'same' ? sameLevel : [])].flatMap(([name, value]) => [
    '--define',
    `${name} ${value}`,
  ])
  const database = ['--dbpath', join(roots.dir, 'rpmdb')]
  timeOnce({ argv: ['rpm', ...define, ...database, '-i', join(made, 'bench-1.0-1dkms.src.rpm')] })
  return {
    argv: ['rpmbuild', ...define, '-ba', join(topdir, 'SPECS/bench.spec')],
    prepare: () => {
      for (const part of ['BUILD', 'BUILDROOT', 'RPMS', 'SRPMS']) {
        rmSync(join(topdir, part), { recursive: true, force: true })
      }
    },
  }
}

/** Source as kernels have it: what the headers of one that is installed say, in files of one size. */
function writeFiles(directory: string, files: number, bytes: number): void {
  if (files === 0) return
  mkdirSync(directory)
  const text = headerText(files * bytes)
  for (let file = 0; file < files; file += 1) {
    writeFileSync(join(directory, `part-${file}.c`), text.subarray(file * bytes, (file + 1) * bytes))
  }
}

/** @throws {Error} where no headers are installed, or only a few */
function headerText(bytes: number): Buffer {
  const parts: Buffer[] = []
  let have = 0
  for (const path of globSync('/usr/src/{linux-headers-*,kernels/*,linux-*}/include/**/*.h').toSorted()) {
    if (have >= bytes) break
    const part = readFileSync(path)
    parts.push(part)
    have += part.length
  }
  if (have < bytes) throw new Error(`the headers of kernels below /usr/src hold ${have} bytes, and ${bytes} are needed`)
  return Buffer.concat(parts)
}
