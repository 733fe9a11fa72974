import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { addBigPackage } from '../big-package.ts'
import { type Context, contest, type Part } from '../context.ts'
import type { Effort } from '../measure.ts'
import { ours, timeOnce } from '../programs.ts'
import { type Finding, findingOf, type Target } from '../report.ts'
import { type BenchRoots, emptyRoots } from '../roots.ts'

const id = { name: 'big', version: '1.0' }
const mebibytes = 100
const noSlower: Target = { atMost: 1 }
/** bzip2 and xz are the same program on both sides, and take nearly all of the time: few runs, and within their noise. */
const level: Target = { atMost: 1.03 }

interface Compression {
  readonly suffix: string
  readonly effort: Effort
  readonly target: Target
}

const compressions: readonly Compression[] = [
  { suffix: 'gz', effort: { runs: 5, seconds: 60 }, target: noSlower },
  { suffix: 'zst', effort: { runs: 9, seconds: 60 }, target: noSlower },
  { suffix: 'bz2', effort: { runs: 3, seconds: 60 }, target: level },
  { suffix: 'xz', effort: { runs: 3, seconds: 60 }, target: level },
]

export const big: Part = {
  name: 'big',
  about: `a package of ${mebibytes} MiB, source only, at the same compressor`,
  run(context: Context): readonly Finding[] {
    const filled = emptyRoots(join(context.scratch, 'big'))
    addBigPackage(filled, id, mebibytes)
    return compressions.flatMap((one) => [pack(context, filled, one), load(context, filled, one)])
  },
}

function packCommand(program: string, roots: BenchRoots, archive: string): [string, ...string[]] {
  return [program, 'mktarball', 'big/1.0', '--source-only', '--archive', archive, ...roots.options]
}

function pack(context: Context, roots: BenchRoots, { suffix, effort, target }: Compression): Finding {
  const pair = contest(
    context,
    (program, dir) => {
      const archive = join(emptyRoots(dir).dir, `big.tar.${suffix}`)
      return { argv: packCommand(program, roots, archive), prepare: () => rmSync(archive, { force: true }) }
    },
    effort,
  )
  return findingOf(`mktarball, ${mebibytes} MiB, .tar.${suffix}`, pair, target)
}

function load(context: Context, roots: BenchRoots, { suffix, effort, target }: Compression): Finding {
  const packed = join(context.scratch, `big.tar.${suffix}`)
  timeOnce({ argv: packCommand(ours, roots, packed) })
  const pair = contest(
    context,
    (program, dir) => {
      const empty = emptyRoots(dir)
      const archive = join(context.scratch, `${program === ours ? 'ours' : 'dkms'}-load.tar.${suffix}`)
      copyFileSync(packed, archive)
      return { argv: [program, 'ldtarball', archive, ...empty.options], prepare: () => void emptyRoots(dir) }
    },
    effort,
  )
  return findingOf(`ldtarball, ${mebibytes} MiB, .tar.${suffix}`, pair, target)
}
