/** Keeps the place where a module was built out of the module: it must not differ between a build alone and among others. */
import { readFileSync, writeFileSync } from 'node:fs'
import { run } from '../../system/run.ts'

/**
 * @param compiler of the kernel; `gcc` when the kernel does not say
 * @returns variables for make's environment, by which the compiler writes `to` wherever it would write `from` (kbuild,
 *   "KCPPFLAGS"; gcc 8 and clang 10, "-ffile-prefix-map"); nothing for a compiler that cannot
 */
export async function pathMap(
  compiler: string | undefined,
  from: string,
  to: string,
  environment: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  if (from === to || /\s/.test(from + to)) return {}
  const flag = `-ffile-prefix-map=${from}=${to}`
  const argv = [compiler ?? 'gcc', flag, '-E', '-x', 'c', '/dev/null'] as const
  const { exitCode } = await run([...argv], { expected: [1, 2, 127], purpose: 'build modules' })
  if (exitCode !== 0) return {}
  return { KCPPFLAGS: [environment['KCPPFLAGS'], flag].filter(Boolean).join(' ') }
}

/** Module.symvers names modules by path; dependants that read it later find them below the tree only by the shared one. */
export function copySymvers(from: string, to: string, privateDir: string, sharedDir: string): void {
  writeFileSync(
    to,
    readFileSync(from, 'utf8').replaceAll(`${privateDir}/`, () => `${sharedDir}/`),
  )
}
