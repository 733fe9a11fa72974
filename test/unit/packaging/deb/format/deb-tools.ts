/** The real dpkg and its companions, run in places of their own. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type AbsolutePath, absolutePath } from '../../../../../src/domain.ts'

/** A directory that is gone when the tests of the file are over. */
export function scratchDirectory(name: string): AbsolutePath {
  const path = absolutePath(mkdtempSync(join(tmpdir(), `${name}-`)))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** For `describe.skipIf`: true when one is missing. */
export function lacks(...names: readonly string[]): boolean {
  return names.some((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
}

export const isRoot = process.geteuid?.() === 0

interface ToolOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

function environmentOf({ env = {} }: ToolOptions): Record<string, string | undefined> {
  return { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env }
}

export function tool(argv: readonly [string, ...string[]], options: ToolOptions = {}): string {
  return toolBytes(argv, options).toString('utf8')
}

export function toolBytes([command, ...args]: readonly [string, ...string[]], options: ToolOptions = {}): Buffer {
  return execFileSync(command, args, {
    env: environmentOf(options),
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
}

/** Whatever the program says and however it ends. */
export function attempt(
  [command, ...args]: readonly [string, ...string[]],
  options: ToolOptions = {},
): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: environmentOf(options),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  return { status, output: `${stdout}${stderr}` }
}
