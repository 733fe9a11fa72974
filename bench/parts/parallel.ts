import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context, Part } from '../context.ts'
import { median } from '../measure.ts'
import { addPackage, arch, moduleSource, type PackageName, writeSource } from '../packages.ts'
import { apartFromHost, ours, timeOnce } from '../programs.ts'
import { type Finding, findingOf, type Target } from '../report.ts'
import { type BenchRoots, emptyRoots } from '../roots.ts'

const wanted = 3
const rounds = 3
const target: Target = { timesFaster: 1.6 }

interface Subject {
  readonly id: PackageName
  readonly files: number
}

/**
 * dkms runs the make of one kernel with as many jobs as there are processors, so the more files a package has, the less
 * time is left to gain.
 */
const packages: readonly Subject[] = [
  { id: { name: 'onefile', version: '1.0' }, files: 1 },
  { id: { name: 'eightfiles', version: '1.0' }, files: 8 },
]

export const parallel: Part = {
  name: 'parallel',
  about: 'one build for three kernels on two processors, against dkms build three times',
  run(context: Context): readonly Finding[] {
    const releases = buildableReleases().slice(0, wanted)
    if (releases.length < wanted) return [skipped(`headers of ${releases.length} kernels are installed, not ${wanted}`)]
    return packages.map(({ id, files }) => {
      const pair = measure(context, id, files, releases)
      return findingOf(`build for ${wanted} kernels, ${files} file${files === 1 ? '' : 's'}`, pair, target)
    })
  },
}

function buildableReleases(): string[] {
  return readdirSync('/lib/modules').filter((release) => existsSync(`/lib/modules/${release}/build/include`))
}

function measure(context: Context, id: PackageName, files: number, releases: readonly string[]) {
  const name = `${id.name}/${id.version}`
  const kernels = releases.map((release) => `${release}/${arch}`)
  const together: number[] = []
  const apart: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const mine = prepare(join(context.scratch, 'ours'), id, files, releases)
    const all = kernels.flatMap((kernel) => ['-k', kernel])
    together.push(timeOnce({ argv: [ours, 'build', name, ...all, '-j', '2', ...mine.options] }).milliseconds)
    if (context.dkms === undefined) continue
    const { dkms } = context
    const theirs = prepare(join(context.scratch, 'dkms'), id, files, releases)
    const times = kernels.map((kernel) =>
      timeOnce({ argv: apartFromHost([dkms, 'build', name, '-k', kernel, ...theirs.options]) }),
    )
    apart.push(times.reduce((sum, { milliseconds }) => sum + milliseconds, 0))
  }
  const sample = { median: median(together), runs: rounds, stdout: '' }
  return apart.length === 0 ? { ours: sample } : { ours: sample, theirs: { ...sample, median: median(apart) } }
}

function prepare(dir: string, id: PackageName, files: number, releases: readonly string[]): BenchRoots {
  const roots = emptyRoots(dir)
  const parts = Array.from({ length: files - 1 }, (_, index) => `part${index}`)
  const source = writeSource(roots, id, parts.length === 0 ? [] : ['main', ...parts])
  for (const part of parts) {
    writeFileSync(join(source, `${part}.c`), `#include <linux/module.h>\n#include <linux/pci.h>\nint ${part};\n`)
  }
  if (parts.length > 0) writeFileSync(join(source, 'main.c'), moduleSource(id.name))
  addPackage(roots, id)
  for (const release of releases) {
    mkdirSync(join(roots.install, release), { recursive: true })
    symlinkSync(`/lib/modules/${release}/build`, join(roots.install, release, 'build'))
  }
  return roots
}

function skipped(why: string): Finding {
  return { what: `build: skipped, ${why}`, ours: '', theirs: '', measure: '', runs: '', target: '', verdict: '' }
}
