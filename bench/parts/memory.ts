import { rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { addBigPackage } from '../big-package.ts'
import type { Context, Part } from '../context.ts'
import { ours, peakMemory } from '../programs.ts'
import { type Finding, formatTime } from '../report.ts'
import { emptyRoots } from '../roots.ts'

const mostMebibytes = 200
const packageMebibytes = 1024
/** Source, archive, a staged and a final copy. */
const neededBytes = 4 * packageMebibytes * 2 ** 20

export const memory: Part = {
  name: 'memory',
  about: 'a package of 1 GiB: the most memory our process ever holds',
  async run({ scratch }: Context): Promise<readonly Finding[]> {
    const { bavail, bsize } = statfsSync(scratch)
    if (bavail * bsize < neededBytes) return [skipped(`needs 4 GiB free in ${scratch}`)]
    const filled = emptyRoots(join(scratch, 'memory'))
    addBigPackage(filled, { name: 'huge', version: '1.0' }, packageMebibytes)
    const archive = join(scratch, 'huge.tar.gz')
    const pack = await peakMemory({
      argv: [ours, 'mktarball', 'huge/1.0', '--source-only', '--archive', archive, ...filled.options],
    })
    rmSync(filled.dir, { recursive: true })
    const empty = emptyRoots(join(scratch, 'memory'))
    const load = await peakMemory({ argv: [ours, 'ldtarball', archive, ...empty.options] })
    return [describe('mktarball, 1 GiB, .tar.gz', pack), describe('ldtarball, 1 GiB, .tar.gz', load)]
  },
}

function describe(what: string, peak: { readonly mebibytes: number; readonly milliseconds: number }): Finding {
  return {
    what,
    ours: formatTime(peak.milliseconds),
    theirs: '',
    measure: `${peak.mebibytes.toFixed(0)} MiB`,
    runs: '1',
    target: `under ${mostMebibytes} MiB`,
    verdict: peak.mebibytes < mostMebibytes ? 'met' : 'missed',
  }
}

function skipped(why: string): Finding {
  return { what: `1 GiB: skipped, ${why}`, ours: '', theirs: '', measure: '', runs: '', target: '', verdict: '' }
}
