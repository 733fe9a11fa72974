/** The distribution's dkms, as the other side of comparisons, in private roots only. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Roots } from '../../../src/domain.ts'

const program = '/usr/sbin/dkms'

/** Why comparisons with dkms cannot be made here; undefined when they can. */
export function dkmsMissing(): string | undefined {
  if (!existsSync(program)) return 'dkms is not installed'
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  if (!stdout.startsWith('dkms-3.0.')) return `dkms is ${stdout.trim()}, not 3.0`
  return process.geteuid?.() === 0 ? undefined : 'dkms adds directories as root only'
}

export interface DkmsRun {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export function dkms(roots: Roots, ...args: readonly string[]): DkmsRun {
  const places = ['--dkmstree', roots.dkmsTree, '--sourcetree', roots.sourceTree, '--installtree', roots.installTree]
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TMPDIR: roots.tmp }
  const { status, stdout, stderr } = spawnSync(program, [...args, ...places], { encoding: 'utf8', env, cwd: roots.tmp })
  return { status, stdout, stderr }
}

/** The status lines of 3.0.10 in the words of 3.0.13 and newer; it repeats a complaint for each module. */
export function newerWords(stdout: string): string[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .replace(' (original_module exists)', ' (Original modules exist)')
        .replace(
          /(?: \(WARNING! Diff between built and installed module!\))+/,
          ' (Differences between built and installed modules)',
        ),
    )
}
