import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { addBigPackage } from '../big-package.ts'
import { type Context, contest, type Part } from '../context.ts'
import { ours, timeOnce } from '../programs.ts'
import { type Finding, findingOf } from '../report.ts'
import { type BenchRoots, emptyRoots } from '../roots.ts'

const id = { name: 'big', version: '1.0' }
const mebibytes = 100
const compressions = ['gz', 'zst']
const effort = { runs: 5, seconds: 60 }

export const big: Part = {
  name: 'big',
  about: `a package of ${mebibytes} MiB, source only, at the same compressor`,
  run(context: Context): readonly Finding[] {
    const filled = emptyRoots(join(context.scratch, 'big'))
    addBigPackage(filled, id, mebibytes)
    return compressions.flatMap((suffix) => [pack(context, filled, suffix), load(context, filled, suffix)])
  },
}

function packCommand(program: string, roots: BenchRoots, archive: string): [string, ...string[]] {
  return [program, 'mktarball', 'big/1.0', '--source-only', '--archive', archive, ...roots.options]
}

function pack(context: Context, roots: BenchRoots, suffix: string): Finding {
  const pair = contest(
    context,
    (program, dir) => {
      const archive = join(emptyRoots(dir).dir, `big.tar.${suffix}`)
      return { argv: packCommand(program, roots, archive), prepare: () => rmSync(archive, { force: true }) }
    },
    effort,
  )
  return findingOf(`mktarball, ${mebibytes} MiB, .tar.${suffix}`, pair, { atMost: 1 })
}

function load(context: Context, roots: BenchRoots, suffix: string): Finding {
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
  return findingOf(`ldtarball, ${mebibytes} MiB, .tar.${suffix}`, pair, { atMost: 1 })
}
