import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Context, contest, type Part } from '../context.ts'
import { addBuild, addPackage, arch, compileObject, writeSource } from '../packages.ts'
import { type Command, ours, timeOnce } from '../programs.ts'
import { type Finding, findingOf } from '../report.ts'
import { type BenchRoots, emptyRoots } from '../roots.ts'

const tiny = { name: 'tiny', version: '1.0' }
const release = '6.1.0-56-amd64'
const kernel = ['-k', `${release}/${arch}`]

interface ShortCommand {
  readonly words: (dir: string) => readonly string[]
  readonly from: 'nothing' | 'source' | 'added' | 'built'
}

const commands: readonly ShortCommand[] = [
  { words: () => ['add', 'tiny/1.0'], from: 'source' },
  { words: () => ['status'], from: 'built' },
  { words: () => ['unbuild', 'tiny/1.0', ...kernel], from: 'built' },
  { words: () => ['remove', 'tiny/1.0', '--all'], from: 'added' },
  { words: (dir) => ['mktarball', 'tiny/1.0', ...kernel, '--archive', join(dir, 'out.tar.gz')], from: 'built' },
  { words: (dir) => ['ldtarball', join(dir, 'in.tar.gz')], from: 'nothing' },
]

export const short: Part = {
  name: 'short',
  about: 'short commands on a package of one small module',
  run(context: Context): readonly Finding[] {
    const object = compileObject(context.scratch, release)
    const archive = packOnce(context.scratch, object)
    return commands.map((command) => {
      const pair = contest(context, (program, dir) => commandOf(program, dir, command, { object, archive }))
      return findingOf(command.words('')[0] ?? '', pair, { atMost: 1 })
    })
  },
}

interface Ingredients {
  readonly object: string
  readonly archive: string
}

function commandOf(program: string, dir: string, command: ShortCommand, { object, archive }: Ingredients): Command {
  const { options } = emptyRoots(dir)
  return {
    argv: [program, ...command.words(dir), ...options] as [string, ...string[]],
    prepare: () => {
      prepare(emptyRoots(dir), command.from, object)
      copyFileSync(archive, join(dir, 'in.tar.gz'))
    },
  }
}

function prepare(roots: BenchRoots, from: ShortCommand['from'], object: string): void {
  if (from === 'nothing') return
  writeSource(roots, tiny)
  if (from === 'source') return
  addPackage(roots, tiny)
  if (from === 'built') addBuild(roots, tiny, { release, object, installed: false })
}

/** A tarball that both programs load. */
function packOnce(scratch: string, object: string): string {
  const roots = emptyRoots(join(scratch, 'packed'))
  prepare(roots, 'built', object)
  const archive = join(scratch, 'tiny.dkms.tar.gz')
  writeFileSync(archive, '')
  timeOnce({ argv: [ours, 'mktarball', 'tiny/1.0', ...kernel, '--archive', archive, ...roots.options] })
  return archive
}
