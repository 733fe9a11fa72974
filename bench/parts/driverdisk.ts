import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Context, Part } from '../context.ts'
import { compare } from '../measure.ts'
import { addBuild, addPackage, compileObject, writeSource } from '../packages.ts'
import { type Command, ours, peakMemory } from '../programs.ts'
import { type Finding, formatTime } from '../report.ts'
import { type BenchRoots, emptyRoots } from '../roots.ts'

const id = { name: 'bench', version: '1.0' }
const releases = ['5.14.0-362.8.1.el9_3.x86_64', '5.14.21-150500.53-default', '5.15.0-25-generic']

const disks: readonly (readonly [what: string, options: readonly string[]])[] = [
  ['redhat3 ISO', ['--format', 'redhat3']],
  ['universal ISO', ['--format', 'universal', '--dist', 'sle15sp5', '--dist', 'ubuntu/trusty']],
  // Of the same files: what is more in the line above is xorriso.
  [
    'universal tar, which needs no other program',
    ['--format', 'universal', '--dist', 'sle15sp5', '--dist', 'ubuntu/trusty', '--media', 'tar'],
  ],
]

export const driverdisk: Part = {
  name: 'driverdisk',
  about: `driver disks of one module for ${releases.length} kernels: time, and the most memory our process ever holds`,
  async run({ scratch }: Context): Promise<readonly Finding[]> {
    const roots = emptyRoots(join(scratch, 'driverdisk'))
    fill(roots)
    const findings: Finding[] = []
    for (const [what, options] of disks) findings.push(await measure(what, makeDisk(roots, options)))
    return findings
  },
}

function fill(roots: BenchRoots): void {
  writeSource(roots, id)
  addPackage(roots, id)
  const objects = join(roots.dir, 'objects')
  mkdirSync(objects)
  for (const release of releases) {
    addBuild(roots, id, { release, object: compileObject(objects, release), installed: false })
  }
}

function makeDisk(roots: BenchRoots, options: readonly string[]): Command {
  const output = join(roots.dir, 'disk')
  return {
    argv: [ours, 'mkdriverdisk', 'bench/1.0', '--all', ...options, '--output', output, ...roots.options],
    prepare: () => rmSync(output, { force: true }),
  }
}

async function measure(what: string, command: Command): Promise<Finding> {
  const { ours: sample } = compare(command, undefined, { runs: 9, seconds: 20 })
  const { mebibytes } = await peakMemory(command)
  return {
    what,
    ours: formatTime(sample.median),
    theirs: '',
    measure: `${mebibytes.toFixed(0)} MiB`,
    runs: String(sample.runs),
    target: '',
    verdict: '',
  }
}
