import { join } from 'node:path'
import { type Context, contest, type Part } from '../context.ts'
import { compare, type Pair } from '../measure.ts'
import { addBuild, addPackage, compileObject, writeSource } from '../packages.ts'
import { ours, timeOnce } from '../programs.ts'
import { type Finding, findingOf, formatNumber } from '../report.ts'
import { type BenchRoots, emptyRoots, rootsAt } from '../roots.ts'

const releases = ['6.1.0-55-amd64', '6.1.0-56-amd64']

/** dkms needs 0.1 s per package and kernel: beyond this many packages one run of it takes minutes, and is enough. */
const mostForManyRuns = 100

export const status: Part = {
  name: 'status',
  about: `trees of packages, each installed for ${releases.length} kernels`,
  run(context: Context): readonly Finding[] {
    const objects = releases.map((release) => compileObject(context.scratch, release))
    const pairs = new Map<number, Pair>()
    for (const packages of [1, 20, 100, 1000]) {
      const roots = emptyRoots(join(context.scratch, `status-${packages}`))
      fill(roots, packages, objects)
      pairs.set(packages, measure(context, roots, packages))
    }
    return [
      ...[...pairs].map(([packages, pair]) => describe(packages, pair)),
      findingOf('status --json, 1000 x 2, beside plain status', json(context, pairs.get(1000)), { atMost: 1 }),
      growth(pairs),
    ]
  },
}

/** dkms has no --json: what it is compared with is the time dkms took to say the same in lines. */
function json(context: Context, plain: Pair | undefined): Pair {
  const { options } = rootsAt(join(context.scratch, 'status-1000'))
  const { ours: sample } = compare({ argv: [ours, 'status', '--json', ...options] }, undefined, few)
  return plain?.theirs === undefined ? { ours: sample } : { ours: sample, theirs: plain.theirs }
}

function fill(roots: BenchRoots, packages: number, objects: readonly string[]): void {
  for (let index = 0; index < packages; index += 1) {
    const id = { name: `module${String(index).padStart(4, '0')}`, version: '1.0' }
    writeSource(roots, id)
    addPackage(roots, id)
    for (const [at, release] of releases.entries()) {
      addBuild(roots, id, { release, object: objects[at] ?? '', installed: true })
    }
  }
}

const few = { runs: 5, seconds: 60 }

function measure(context: Context, roots: BenchRoots, packages: number): Pair {
  const pair =
    packages > mostForManyRuns
      ? onceForDkms(context, roots)
      : contest(
          context,
          (program) => ({ argv: [program, 'status', ...roots.options] }),
          packages === mostForManyRuns ? few : { runs: 15, seconds: 60 },
        )
  assertSameAnswer(pair, packages)
  return pair
}

function onceForDkms({ dkms }: Context, { options }: BenchRoots): Pair {
  const { ours: sample } = compare({ argv: [ours, 'status', ...options] }, undefined, few)
  if (dkms === undefined) return { ours: sample }
  const { milliseconds, stdout } = timeOnce({ argv: [dkms, 'status', ...options] })
  return { ours: sample, theirs: { median: milliseconds, runs: 1, stdout } }
}

/** A fast wrong answer would be worth nothing. */
function assertSameAnswer({ ours: first, theirs }: Pair, packages: number): void {
  const lines = first.stdout.trim().split('\n')
  if (lines.length !== packages * releases.length) throw new Error(`status printed ${lines.length} lines`)
  if (theirs !== undefined && theirs.stdout !== first.stdout) {
    throw new Error(`status differs\nours:\n${first.stdout}\ndkms:\n${theirs.stdout}`)
  }
}

function describe(packages: number, pair: Pair): Finding {
  const what = `status, ${packages} x ${releases.length}`
  return findingOf(what, pair, packages < 100 ? { atMost: 1 } : { timesFaster: 100 })
}

/** Ten times the packages may take at most ten times as long; start-up makes it less. */
function growth(pairs: ReadonlyMap<number, Pair>): Finding {
  const [hundred, thousand] = [pairs.get(100), pairs.get(1000)]
  if (hundred === undefined || thousand === undefined) throw new Error('status was not measured')
  const factor = thousand.ours.median / hundred.ours.median
  return {
    what: 'status, 1000 against 100',
    ours: `${formatNumber(factor)} x`,
    theirs: '',
    measure: '',
    runs: '',
    target: '10 x or less',
    verdict: factor <= 10 ? 'met' : 'missed',
  }
}
