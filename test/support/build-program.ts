/** Global set-up of the tests that start the program: dist/ is what the sources make. */
import { spawnSync } from 'node:child_process'
import { checkout } from './program.ts'

export default function buildProgram(): void {
  // A make that started the tests hands its flags on, and this one is not part of it.
  const { MAKEFLAGS: _flags, MFLAGS: _old, MAKELEVEL: _level, ...env } = process.env
  const { status, error } = spawnSync('make', ['--silent', 'build'], { cwd: checkout, stdio: 'inherit', env })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error('make build failed: the program cannot be tested')
}
