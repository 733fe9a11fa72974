import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { evaluateWithBash } from '../../../src/conf/bash.ts'
import { type FactoryError, isFactoryError } from '../../../src/errors.ts'
import { toPlain } from './real-bash.ts'

const directory = mkdtempSync(join(tmpdir(), 'conf-bash-'))
afterAll(() => rmSync(directory, { recursive: true }))
const file = join(directory, 'dkms.conf')

function evaluate(text: string, more: { timeoutMs?: number } = {}) {
  return evaluateWithBash(text, { file, variables: { kernelver: '6.1' }, trust: 'trusted', ...more })
}

async function failureOf(work: Promise<unknown>): Promise<FactoryError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (isFactoryError(error, 'CONF_UNREADABLE')) return error
  throw new Error(`no such failure: ${String(error)}`)
}

/** Of all processes that still run. */
function commandLines(): string[] {
  return execFileSync('ps', ['-e', '-o', 'stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => !line.startsWith('Z'))
    .map((line) => line.replace(/^\S+\s+/, ''))
}

const builtins = [
  'printf',
  'builtin',
  'unset',
  'trap',
  'exit',
  'enable',
  'set',
  'declare',
  'eval',
  'for',
  '.',
  '[',
  'test',
  ':',
].filter((name) => name !== 'for')

describe('a conf in bash', () => {
  it.each(builtins)('may define a function named %s and keeps its values', async (name) => {
    const { values } = await evaluate(`STRIP=no\nfunction ${name} { echo hijacked; return 1; }\nMAKE=x\n`)
    expect(toPlain(values)).toEqual({ MAKE: { 0: 'x' }, STRIP: { 0: 'no' } })
  })

  it.each([
    ['exit', 'exit 7'],
    ['a trap of its own', "trap 'echo bye' EXIT"],
    ['a trap of its own and exit', "trap 'echo bye; MAKE=z' EXIT\nexit 3"],
    ['set -e and a failing command', 'set -e\nfalse'],
    ['set -u and an unset variable', 'set -u\n: $none'],
    ['set -x', 'set -x'],
    ['another IFS', 'IFS=01'],
    ['a read-only directive', 'readonly MAKE'],
    ['posix mode', 'set -o posix'],
    ['disabled builtins', 'enable -n printf'],
    ['closed outputs', 'exec 1>&- 2>&-'],
    ['a changed PATH', 'PATH=/nonexistent'],
    ['another working directory', 'cd /'],
    ['aliases', "shopt -s expand_aliases\nalias printf='echo no'\nalias builtin=false"],
    ['a read-only mode switch', 'readonly IFS'],
    ['output', 'echo "PACKAGE_NAME=evil"; printf "MAKE\\0000\\0evil\\0"'],
    ['something in the background', 'sleep 30 &'],
    ['no final newline', 'true'],
  ])('keeps its values through %s', async (_, text) => {
    const started = performance.now()
    expect(toPlain((await evaluate(`MAKE=x\nPATCH[3]="a\nb"\n${text}`)).values)).toEqual({
      MAKE: { 0: 'x' },
      PATCH: { 3: 'a\nb' },
    })
    expect(performance.now() - started).toBeLessThan(8000)
  })

  it('gets its variables and nothing of the caller', async () => {
    process.env['CONF_TEST_SECRET'] = 'secret'
    const { values } = await evaluate('MAKE="$kernelver|$CONF_TEST_SECRET|$HOME|$LC_ALL"')
    delete process.env['CONF_TEST_SECRET']
    expect(toPlain(values)).toEqual({ MAKE: { 0: '6.1|||C.UTF-8' } })
  })

  it('runs in the directory of the file, which $BASH_SOURCE names', async () => {
    const text = 'PACKAGE_VERSION=$(cat VERSION)\nMAKE=$BASH_SOURCE'
    writeFileSync(file, text)
    writeFileSync(join(directory, 'VERSION'), '1.2\n')
    const { values } = await evaluate(text)
    expect(toPlain(values)).toEqual({ MAKE: { 0: file }, PACKAGE_VERSION: { 0: '1.2' } })
  })

  it('has every byte of a value read back', async () => {
    const bytes = Array.from({ length: 255 }, (_, at) => at + 1).filter((byte) => byte < 128)
    const quoted = bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
    const { values } = await evaluate(`MAKE=$'${quoted}é'`)
    expect(values.get('MAKE')?.get(0)).toBe(`${String.fromCharCode(...bytes)}é`)
  })

  it('has the complaints of bash reported with their lines', async () => {
    const { diagnostics } = await evaluate('MAKE=x\nno_such_command_at_all a\n')
    expect(diagnostics).toMatchObject([
      {
        severity: 'warning',
        code: 'SHELL_MESSAGE',
        file,
        line: 2,
        message: expect.stringContaining('no_such_command'),
      },
    ])
  })

  it('reads back only what is asked for', async () => {
    const options = { file, variables: {}, trust: 'trusted', names: ['verbose'] } as const
    expect(toPlain((await evaluateWithBash('verbose=$((1+1)); MAKE=x', options)).values)).toEqual({
      verbose: { 0: '2' },
    })
  })

  it.each([
    ['if [ x\n', 3, 'unexpected end of file'],
    ['fi\nMAKE=y\n', 2, '`fi'],
    ['MAKE="y\n', 2, 'matching `"'],
  ])('has one syntax error reported with its line: %j', async (text, line, what) => {
    const { values, diagnostics } = await evaluate(`MAKE=x\n${text}`)
    expect(toPlain(values)).toEqual({ MAKE: { 0: 'x' } })
    expect(diagnostics).toMatchObject([{ severity: 'error', code: 'SHELL_SYNTAX', file, line }])
    expect(diagnostics[0]?.message).toContain(what)
  })

  it.each([
    ['goes round for ever', 'while :; do :; done'],
    ['waits', 'sleep 4713'],
  ])('is stopped when it %s, in words of its own and with what it started', async (_, text) => {
    const { message, hint, details } = await failureOf(evaluate(text, { timeoutMs: 300 }))
    expect(message).toBe(`${file} did not end after 0.3 seconds`)
    expect(hint).toContain('a command that waits')
    expect(details).toEqual([])
    expect(commandLines()).not.toContain('sleep 4713')
  })

  it.each(['exec true', 'kill -9 $$'])('is refused when it ends its shell by %s', async (text) => {
    await expect(evaluate(`MAKE=x\n${text}`)).rejects.toMatchObject({ code: 'CONF_UNREADABLE' })
  })
})
