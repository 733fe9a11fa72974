import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileEre, ereFault, matchesEre, neverMatches } from '../../../src/conf/ere.ts'
import { run } from '../../../src/system/run.ts'

const subjects = [
  '6.8.0-45-generic',
  '5.14.0-427.el9.x86_64',
  '2.6.9-rt',
  '7d.1',
  'x86_64',
  'a',
  'aa',
  'ab',
  'ba',
  'b',
  '',
  'a^',
  '{1}',
  '*a',
  ')',
  'a-z',
  ']',
]

/** For each expression one digit per subject: what `[[ subject =~ expression ]]` returns. */
async function askBash(expressions: readonly string[]): Promise<string[]> {
  const script = `while IFS= read -r -d '' r; do out=; for s in "$@"; do [[ $s =~ $r ]] 2>/dev/null; out+=$?; done; echo "$out"; done`
  const input = expressions.map((expression) => `${expression}\0`).join('')
  const { stdout } = await run(['bash', '--norc', '-c', script, 'oracle', ...subjects], { input })
  return stdout.trimEnd().split('\n')
}

function askUs(expression: string): string {
  const refused = ereFault(expression) !== undefined
  return subjects.map((subject) => (refused ? '2' : matchesEre(expression, subject) ? '0' : '1')).join('')
}

const realOnes = [
  String.raw`^(([^0-6]|[0-9]{2,})\..*|6\.([^0-2]|[0-9]{2,})\..*)`,
  String.raw`^(6\.(1[6-9]|[2-9][0-9])|[7-9]\d*)\.`,
  String.raw`^((5\.[0-5]($|[.-]))|(4\.)|(3\.1[0-9]))`,
  String.raw`4\.19\.*`,
  '^2.6.[1-3][0-9]|3.*',
  String.raw`^2.6.28\-[0-9]*\-rt$`,
  '^(6\\.(8|9|1[0-9])|7\\.0)([.-]|$)',
  'REQUIRES CONFIG_VIDEO_DEV',
  'a^',
  '^do_not_build$',
  '',
]
const corners = [
  '*a',
  'b|*a',
  '(*a)',
  '^*a',
  '$*a',
  'a{',
  'a{1',
  'a{1,2',
  'a{x}',
  '{1}',
  '{x}',
  'a{,3}',
  'a{,}',
  'a{2,1}',
  'a{1,}',
  'a{99999}',
  'a{0}',
  '()',
  '(',
  ')',
  'a)',
  '[',
  'a\\',
  '\\d',
  '\\8',
  'a**',
  'a+?',
  'a*?b',
  '\\<a',
  'a\\b',
  '\\wa',
  '[]',
  '[]a]',
  '[^]a]',
  '[z-a]',
  '[[:foo:]]',
  '[[:digit:]x]',
  '[a-]',
  '[\\d]',
  '[\\]]',
  'a||b',
  '|a',
  'a|',
  '(|a)b',
  'a{1}{2}',
  '\\1',
  '(a)\\1',
  '(a)|\\1',
  '\\{',
  'a^b',
  'a$b',
  '(^a)',
  'b(^a)',
  'b*(^a)',
  'a$*',
  '[[.a.]]',
  '[[=a=]]',
  '[a-z-9]',
  '[--a]',
  '[a-c-e]',
  '\\`a',
  "a\\'",
  '\\/',
  '\\n',
  '\\Ba',
  '[[:alpha:]-z]',
  '[a\\-z]',
  '+',
  '?',
  'a{32768}',
  '[[:alnum:]_]+$',
  '(a|b)*$',
  '((a)(b))?$',
  'a{2}b?',
  '[^-]*-',
  '(a*)*b',
  '[a-a]',
  '[%--]',
  '[--]',
  '[-]',
  '[a',
  '[[:alpha:]',
  '[[.ab.]]',
]
const pieces = fc.constantFrom(
  'a',
  'b',
  '.',
  '^',
  '$',
  '|',
  '(',
  ')',
  '*',
  '+',
  '?',
  '[',
  ']',
  '[^',
  '[ab]',
  '{1}',
  '{0,2}',
  '{,1}',
  '{',
  '}',
  '-',
  '\\',
  '\\.',
  '\\w',
  '\\<',
  '\\b',
  '6',
  ',',
  '[a-z]',
  '[[:digit:]]',
)

describe('regular expressions', () => {
  it.each([...realOnes, ...corners])('match as in bash: %s', async (expression) => {
    expect(askUs(expression)).toBe((await askBash([expression]))[0])
  })

  it('match as in bash, whatever the expression', async () => {
    const expressions = fc
      .sample(fc.array(pieces, { maxLength: 7 }), { numRuns: 3000, seed: Number(process.env['CONF_SEED'] ?? 42) })
      .map((parts) => parts.join(''))
    const oracle = await askBash(expressions)
    const wrong = expressions.flatMap((expression, at) =>
      askUs(expression) === oracle[at] ? [] : [{ expression, ours: askUs(expression), theirs: oracle[at] }],
    )
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it('are the same for JavaScript', () => {
    for (const expression of [...realOnes, ...corners].filter((text) => ereFault(text) === undefined)) {
      const compiled = compileEre(expression)
      for (const subject of subjects) {
        expect({ expression, subject, matches: compiled.test(subject) }).toEqual({
          expression,
          subject,
          matches: matchesEre(expression, subject),
        })
      }
    }
  })

  it.each([
    '((a+)+)+$',
    '(a|a)*$',
    '(a*)*b',
    '(([a-z])+.)+[A-Z]([a-z])+$',
    '(a{0,30000}){0,30000}$',
  ])('take no time to speak of: %s', (expression) => {
    const started = performance.now()
    matchesEre(expression, `${'a'.repeat(200)}!`)
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it.each(['a^', '^a^b', '$a', 'a$b', 'x(a^|b$c)', '(^a){2}', 'a+^'])('can never match: %s', (expression) => {
    expect(neverMatches(expression)).toBe(true)
  })

  it.each([
    'a',
    '^$',
    '^^a',
    'a$$',
    'b*(^a)',
    '(^|a)b',
    '(a$|b)',
    '.*',
    '',
    'x*^a',
    '(a)\\1',
  ])('can match: %s', (expression) => {
    expect(neverMatches(expression)).toBe(false)
  })

  it('cannot match when a character is needed that does not occur', () => {
    const visible = (character: string) => character > ' '
    expect(neverMatches('REQUIRES CONFIG_X', visible)).toBe(true)
    expect(neverMatches('(REQUIRES CONFIG_X|6)', visible)).toBe(false)
    expect(neverMatches('a[ b]', visible)).toBe(false)
  })
})
