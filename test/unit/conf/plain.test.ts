import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { directiveNames } from '../../../src/conf/directives.ts'
import { evaluatePlain, expandPlain } from '../../../src/conf/plain.ts'
import { belongsToBash } from '../../../src/conf/shell-names.ts'
import { run } from '../../../src/system/run.ts'
import { evaluateAll, toPlain } from './real-bash.ts'

const variables = { kernelver: '6.1.0-56-amd64', arch: 'x86_64', kernel_source_dir: '/lib/modules/k/build', n: '3' }
const names = ['A', 'B', 'MAKE', 'kernelver', 'n', 'i']

describe('the plain evaluator', () => {
  const table: [string, string, Record<string, Record<string, string>>][] = [
    ['an unquoted value', 'A=x', { A: { 0: 'x' } }],
    ['comments, blank lines and blanks before a name', '# c\n\n  A=1 # d\n\t#e\n', { A: { 0: '1' } }],
    ['a hash within a word', 'A=#x\nB=a#b', { A: { 0: '#x' }, B: { 0: 'a#b' } }],
    ['single quotes', `A='$x "b" \\n'`, { A: { 0: '$x "b" \\n' } }],
    ['backslashes in double quotes', String.raw`A="\\. \" \$ \a \`" `, { A: { 0: String.raw`\. " $ \a ` + '`' } }],
    ['a dollar before no name', `A="^5$" B='x'$ `, { A: { 0: '^5$' }, B: { 0: 'x$' } }],
    ['quotes closing and opening again', `A="a"'b'c"d"`, { A: { 0: 'abcd' } }],
    ['a value over several lines', 'A="a\nb \\\nc"', { A: { 0: 'a\nb c' } }],
    ['a continued line', 'A=a\\\nb \\\n B=2', { A: { 0: 'ab' }, B: { 0: '2' } }],
    ['variables', 'A=$kernelver-${arch}', { A: { 0: '6.1.0-56-amd64-x86_64' } }],
    ['unset variables', 'A=x$nothing${none}', { A: { 0: 'x' } }],
    ['defaults', 'A=${none:-d} B=${arch:-$(uname -m)}', { A: { 0: 'd' }, B: { 0: 'x86_64' } }],
    ['a default that assigns', 'A=${B=${n}} MAKE=$B', { A: { 0: '3' }, B: { 0: '3' }, MAKE: { 0: '3' } }],
    ['alternatives', 'A=${n+-j$n} B=${none+x}', { A: { 0: '-j3' }, B: { 0: '' } }],
    ['literal indices and holes', 'A[0]=a\nA[7]=b', { A: { 0: 'a', 7: 'b' } }],
    ['computed indices', 'i=1\nA[i]=x A[$n]=y A[$i+1]=z A[none]=0', { A: { 0: '0', 1: 'x', 2: 'z', 3: 'y' } }],
    ['arithmetic', 'i=1 A=$(($n + 1 - i))', { A: { 0: '3' } }],
    ['compound arrays', 'A=(a "b c" # d\n $arch [7]=e f)', { A: { 0: 'a', 1: 'b c', 2: 'x86_64', 7: 'e', 8: 'f' } }],
    ['appending', 'A=x A+=y B=() B+=(1 2) B+=(3)', { A: { 0: 'xy' }, B: { 0: '1', 1: '2', 2: '3' } }],
    ['scalar and element 0 as one cell', 'A=x\nA[1]=y\nA+=z', { A: { 0: 'xz', 1: 'y' } }],
    ['elements read back', 'A=(x y)\nB=${A[1]}$A', { A: { 0: 'x', 1: 'y' }, B: { 0: 'yx' } }],
    ['carriage returns, kept as bash keeps them', 'A="x"\r\n\r\nB=y\r\n', { A: { 0: 'x\r' }, B: { 0: 'y\r' } }],
    ['separators', 'A=1;B=2 ; MAKE=3;', { A: { 0: '1' }, B: { 0: '2' }, MAKE: { 0: '3' } }],
    ['an empty array as nothing', 'A=()', {}],
  ]

  it.each(table)('reads %s', (_, text, expected) => {
    const values = evaluatePlain(text, variables, ['A', 'B', 'MAKE'])
    expect(values && toPlain(values)).toEqual(expected)
  })

  it.each(table)('gives for %s what bash gives', async (_, text) => {
    const [oracle] = await evaluateAll([text], names, variables)
    expect(toPlain(evaluatePlain(text, variables, names) ?? new Map())).toEqual(oracle)
  })

  it.each([
    'A=$(uname -r)',
    'A=`uname`',
    'foo',
    'A=1 foo',
    'if true; then A=1; fi',
    'A=x >file',
    'A=a&B=b',
    'A="open',
    "A='open",
    'A=~/x',
    'A=(x*)',
    'A=({a,b})',
    'A=($none)',
    "A=$'x'",
    'A=$"x"',
    'A=$1',
    'A=$_',
    'A=$RANDOM',
    'PATH=/x',
    'IFS=x',
    'A[-1]=x',
    'A[08]=x',
    'A[x=1]=y',
    'A[0] = "x"',
    'A=1;;B=2',
    ';A=1',
    'A=(x',
    'A=1 \r\n',
    '{ A=1; }',
    'export A=1',
    'declare -n A=B',
    'A=${B/x/y}',
    'A=${#B}',
    'A=${!B}',
    'A=${none:?message}',
    'A=\u0001',
    'A=1\0',
  ])('declines to answer for %j', (text) => {
    expect(evaluatePlain(text, variables, names)).toBeUndefined()
  })

  it('knows every variable that a fresh bash has', async () => {
    const { stdout } = await run(['bash', '--norc', '-c', 'compgen -v'], { wholeEnv: { PATH: '/usr/bin:/bin' } })
    expect(stdout.split('\n').filter((name) => name !== '' && !belongsToBash(name))).toEqual([])
  })
})

const fragment = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('a', 'b', '1', '0', '.', '/', '-', '_', ' ', '  ', 'make', '#', ':', ',', 'é'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('"', "'", '\\', '$', '`', '\n', '\t', ';', '\r\n', '\\\n', '"$', '$"', '&&'),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '$A',
      '${A}',
      '${B[1]}',
      '$n',
      '${none}',
      '$kernelver',
      '${none:-x}',
      '${A+y}',
      '${B:=z}',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('(', ')', '[', ']', '{', '}', '*', '?', '~', '!', '=', '+=', '^', '%', '|', '<'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('$((', '))', '${', '$(echo x)', '${A-$(x)}', '${A[0]}', '$(( n + 1 ))', "$'", '\u001f'),
  },
)
const value = fc.oneof(
  fc.array(fragment, { maxLength: 6 }).map((parts) => parts.join('')),
  fc.array(fragment, { maxLength: 6 }).map((parts) => `"${parts.join('').replace(/["\\`]/g, '')}"`),
  fc.array(fragment, { maxLength: 6 }).map((parts) => `'${parts.join('').replaceAll("'", '')}'`),
  fc
    .array(
      fc.constantFrom(
        'a',
        '"b c"',
        "'d'",
        '$n',
        '"$A"',
        '[3]=x',
        '[5]+="y"',
        '#c\n',
        '\n',
        '  ',
        'a*',
        '\\ ',
        '""',
        'b#c',
      ),
      {
        maxLength: 5,
      },
    )
    .map((words) => `(${words.join(' ')})`),
)
const target = fc.constantFrom('A', 'B', 'A[0]', 'B[1]', 'A[n]', 'B[$n]', 'A[$i]', 'i', 'MAKE[12]', 'B[n+1]', 'A[ 1 ]')
const assignment = fc.tuple(target, fc.constantFrom('=', '=', '=', '+='), value).map((parts) => parts.join(''))
const separator = fc.constantFrom('\n', '\n', '\n\n', ' ', ';', '; ', ' ;\n', ' # c\n', '\\\n', '\r\n', '\n#c\n', '\t')
const confText = fc
  .array(fc.tuple(assignment, separator), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.flat().join(''))

describe('the plain evaluator against bash', () => {
  it('gives exactly what bash gives wherever it answers', async () => {
    const texts = fc.sample(confText, { numRuns: 3000, seed: Number(process.env['CONF_SEED'] ?? 42) })
    const answered = texts.filter((text) => evaluatePlain(text, variables, names) !== undefined)
    expect(answered.length).toBeGreaterThan(500)
    const oracle = await evaluateAll(answered, names, variables)
    const wrong = answered.flatMap((text, at) => {
      const ours = JSON.stringify(toPlain(evaluatePlain(text, variables, names) ?? new Map()))
      const theirs = JSON.stringify(oracle[at])
      return ours === theirs ? [] : [{ text, ours, theirs }]
    })
    expect(wrong.slice(0, 5)).toEqual([])
  })

  it('never throws, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        evaluatePlain(text, variables, [...directiveNames])
      }),
    )
  })
})

describe('the second expansion', () => {
  it.each([
    ['a  b * "c"', 'a  b * "c"'],
    ['make KVER=$kernelver', 'make KVER=6.1.0-56-amd64'],
    ['^5\\.4$', '^5\\.4$'],
    ['\\$HOME \\\\', '$HOME \\'],
    ['x\\', 'x\\'],
    ['^6$|a$64$-$*$', '^6$|a$64$-$*$'],
    ['${none:-a b}', 'a b'],
  ])('turns %j into %j', (text, expected) => {
    expect(expandPlain(text, variables)).toBe(expected)
  })

  it.each(['$(uname -r)', '`uname`', '$HOME', '${x/a/b}'])('leaves %j to a shell', (text) => {
    expect(expandPlain(text, variables)).toBeUndefined()
  })
})
