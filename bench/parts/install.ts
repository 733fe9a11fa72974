import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Context, contest, type Part } from '../context.ts'
import { addBuild, addPackage, arch, compileObject, writeSource } from '../packages.ts'
import { asHost, type Command } from '../programs.ts'
import { type Finding, findingOf } from '../report.ts'
import { type BenchRoots, emptyRoots } from '../roots.ts'

const tiny = { name: 'tiny', version: '1.0' }
const packages = 20

export const install: Part = {
  name: 'install',
  about: 'modules into and out of a kernel, in a host of their own',
  run(context: Context): readonly Finding[] {
    if (process.geteuid?.() !== 0) return [skipped('only root can give dkms a host of its own')]
    const release = readdirSync('/lib/modules').find((name) => existsSync(`/lib/modules/${name}/build/include`))
    if (release === undefined) return [skipped('no kernel headers are installed')]
    const object = compileObject(context.scratch, release)
    return [
      findingOf(
        'install',
        contest(context, (program, dir) => once(program, dir, release, object, 'install')),
        { atMost: 1 },
      ),
      findingOf(
        'uninstall',
        contest(context, (program, dir) => once(program, dir, release, object, 'uninstall')),
        {
          atMost: 1,
        },
      ),
      findingOf(
        `autoinstall of ${packages} packages, built first`,
        contest(context, (program, dir) => all(program, dir, release), { runs: 1, seconds: 600 }),
        { timesFaster: 1.3 },
      ),
    ]
  },
}

function once(program: string, dir: string, release: string, object: string, action: 'install' | 'uninstall'): Command {
  const roots = emptyRoots(dir)
  const words = [action, 'tiny/1.0', '-k', `${release}/${arch}`, '--sourcetree', roots.source]
  return {
    argv: asHost(roots, [program, ...words] as [string, ...string[]]),
    prepare: () => {
      const fresh = withKernel(dir, release)
      writeSource(fresh, tiny)
      addPackage(fresh, tiny)
      addBuild(fresh, tiny, { release, object, installed: action === 'uninstall' })
    },
  }
}

function all(program: string, dir: string, release: string): Command {
  const roots = emptyRoots(dir)
  return {
    argv: asHost(roots, [program, 'autoinstall', '-k', `${release}/${arch}`, '--sourcetree', roots.source]),
    prepare: () => {
      const fresh = withKernel(dir, release)
      for (let index = 0; index < packages; index += 1) {
        const id = { name: `package${String(index).padStart(2, '0')}`, version: '1.0' }
        writeSource(fresh, id)
        addPackage(fresh, id)
      }
    },
  }
}

/** A kernel with real headers and, so far, no modules. */
function withKernel(dir: string, release: string): BenchRoots {
  const roots = emptyRoots(dir)
  const kernel = join(roots.install, release)
  mkdirSync(kernel, { recursive: true })
  symlinkSync(`/usr/src/linux-headers-${release}`, join(kernel, 'build'))
  for (const name of ['modules.dep', 'modules.order', 'modules.builtin']) writeFileSync(join(kernel, name), '')
  return roots
}

function skipped(why: string): Finding {
  return { what: `install: skipped, ${why}`, ours: '', theirs: '', measure: '', runs: '', target: '', verdict: '' }
}
