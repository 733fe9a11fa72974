/** What real confs rely on, one property at a time, in every evaluator that answers. */
import { describe, expect, it } from 'vitest'
import { evaluateWithBash } from '../../../src/conf/bash.ts'
import { evaluateConf, expandAgain } from '../../../src/conf/evaluate.ts'
import { evaluatePlain } from '../../../src/conf/plain.ts'
import { evaluateInSandbox } from '../../../src/conf/sandbox.ts'
import { toPlain } from './real-bash.ts'

const variables = { kernelver: '6.8.0-45-generic', arch: 'x86_64', parallel_jobs: '8', kernel_source_dir: '/k/build' }
const names = ['MAKE', 'BUILT_MODULE_NAME', 'BUILD_DEPENDS', 'STRIP', 'PATCH', 'BUILD_EXCLUSIVE_KERNEL']

const table: [string, string, Record<string, Record<string, string>>][] = [
  [
    'a default does not run its command when the variable is set',
    'MAKE="${kernelver:-$(exit 9; echo no)}"',
    { MAKE: { 0: '6.8.0-45-generic' } },
  ],
  [
    'a nested default assigns',
    ': ${kernel_source_dir=${kernel_source}}\nMAKE=${none=${kernel_source_dir}}$none',
    { MAKE: { 0: '/k/build/k/build' } },
  ],
  [
    'an index is arithmetic',
    'i=2 BUILT_MODULE_NAME[i]=a BUILT_MODULE_NAME[$i+1]=b',
    { BUILT_MODULE_NAME: { 2: 'a', 3: 'b' } },
  ],
  [
    'an index has side effects',
    'n=0; BUILT_MODULE_NAME[$((n++))]=a; BUILT_MODULE_NAME[$((n++))]=b',
    { BUILT_MODULE_NAME: { 0: 'a', 1: 'b' } },
  ],
  [
    'an array grows by its own length',
    'BUILD_DEPENDS[${#BUILD_DEPENDS[@]}]=a\nBUILD_DEPENDS[${#BUILD_DEPENDS[@]}]=b',
    { BUILD_DEPENDS: { 0: 'a', 1: 'b' } },
  ],
  ['an array is appended to', 'PATCH=()\nPATCH+=("a b")\nPATCH+=(c)', { PATCH: { 0: 'a b', 1: 'c' } }],
  ['a scalar is appended to', 'MAKE="make"\nMAKE+=" all"', { MAKE: { 0: 'make all' } }],
  [
    'quotes close and open within a value of several lines',
    'MAKE="a \'"$arch"\' \\\n  b\n c"',
    { MAKE: { 0: "a 'x86_64'   b\n c" } },
  ],
  [
    'case and quotes stand in a substitution',
    'MAKE="$(case "$arch" in x86*) echo "it\'s" ;; esac # c\n)"',
    { MAKE: { 0: "it's" } },
  ],
  [
    'patterns are replaced at the end',
    'x=/lib/k/build; MAKE=${x/%build/source} STRIP=${x##*/}',
    { MAKE: { 0: '/lib/k/source' }, STRIP: { 0: 'build' } },
  ],
  ['case is changed', 'x=YES; STRIP=${x,,}', { STRIP: { 0: 'yes' } }],
  [
    'extended patterns work after shopt',
    'shopt -s extglob\nx=y\nif [[ $x == @(y|yes) ]]; then STRIP=yes; fi',
    { STRIP: { 0: 'yes' } },
  ],
  [
    'prefixes and suffixes are cut',
    'PATCH=${kernelver%%-*} MAKE=${kernelver#*.}',
    { PATCH: { 0: '6.8.0' }, MAKE: { 0: '8.0-45-generic' } },
  ],
  ['an alternative is used when set', 'MAKE="make ${parallel_jobs+-j$parallel_jobs}"', { MAKE: { 0: 'make -j8' } }],
  [
    'backslashes in double quotes',
    'BUILD_EXCLUSIVE_KERNEL="^5\\\\.4\\.$" MAKE="\\"a\\" \\$LLVM"',
    { BUILD_EXCLUSIVE_KERNEL: { 0: '^5\\.4\\.$' }, MAKE: { 0: '"a" $LLVM' } },
  ],
  [
    'a hash in quotes or in a word is no comment',
    'MAKE="#a#" STRIP=#b# # c',
    { MAKE: { 0: '#a#' }, STRIP: { 0: '#b#' } },
  ],
  ['unset variables are empty', 'MAKE="x${kernel_source}y"', { MAKE: { 0: 'xy' } }],
  [
    'an unknown command sets its status and nothing ends',
    'no_such_command_at_all\nSTRIP=$?\nMAKE=x',
    { STRIP: { 0: '127' }, MAKE: { 0: 'x' } },
  ],
  [
    'loops and conditions',
    'for m in a b; do BUILT_MODULE_NAME+=($m); done; [ "$arch" = x86_64 ] && STRIP=no',
    { BUILT_MODULE_NAME: { 0: 'a', 1: 'b' }, STRIP: { 0: 'no' } },
  ],
  ['functions', 'f() { local x=$1; PATCH[$x]=p$x; }\nf 3', { PATCH: { 3: 'p3' } }],
  ['text tools', 'PATCH=$(echo "$kernelver" | sed "s/-.*//" | cut -d. -f1,2)', { PATCH: { 0: '6.8' } }],
  ['exit keeps what was set before', 'MAKE=x\nexit 3\nMAKE=y', { MAKE: { 0: 'x' } }],
  ['return keeps what was set before', 'MAKE=x\nreturn 3\nMAKE=y', { MAKE: { 0: 'x' } }],
  [
    'exit in a subshell is not the end',
    'MAKE=x\n( MAKE=z; exit 3 )\nPATCH=$(echo p; exit 2)\nSTRIP=no',
    { MAKE: { 0: 'x' }, PATCH: { 0: 'p' }, STRIP: { 0: 'no' } },
  ],
  [
    'a syntax error keeps what stands before it',
    'MAKE=x\nSTRIP=no\nfi\nMAKE=y',
    { MAKE: { 0: 'x' }, STRIP: { 0: 'no' } },
  ],
]

describe('a conf', () => {
  it.each(table)('%s', async (_, text, expected) => {
    const bash = await evaluateWithBash(text, { file: 'dkms.conf', variables, names, trust: 'trusted' })
    const sandbox = await evaluateInSandbox(text, { file: 'dkms.conf', variables, names, trust: 'untrusted' })
    const plain = evaluatePlain(text, variables, names)
    const want = Object.fromEntries(Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1)))
    expect(toPlain(bash.values)).toEqual(want)
    expect(toPlain(sandbox.values)).toEqual(want)
    if (plain !== undefined) expect(toPlain(plain)).toEqual(want)
  })

  it('sees kernel configurations through a sourced file', async () => {
    const text = '. ./config\nif [ "$CONFIG_X" = m ]; then STRIP=no; fi'
    const options = {
      file: 'dkms.conf',
      variables,
      names,
      trust: 'untrusted',
      files: { config: 'CONFIG_X=m\n' },
    } as const
    expect(toPlain((await evaluateInSandbox(text, options)).values)).toEqual({ STRIP: { 0: 'no' } })
  })
})

describe('the second expansion', () => {
  async function twice(text: string, trust: 'trusted' | 'untrusted') {
    const options = { file: 'dkms.conf', variables, names, trust }
    const { values } = await evaluateConf(text, options)
    const again = await expandAgain(values, options, (name) => name === 'MAKE')
    return { values: toPlain(again.values), diagnostics: again.diagnostics }
  }

  it.each([
    ['variables', `PATCH='$kernelver/\${arch}.patch'`, '6.8.0-45-generic/x86_64.patch'],
    ['commands', `PATCH='$(echo "a  b" | tr a c).patch'`, 'c  b.patch'],
    ['backticks', "PATCH='`echo x`.patch'", 'x.patch'],
    ['earlier values of the conf', `STRIP=no PATCH='$STRIP'`, 'no'],
    ['blanks, globs and quotes as they are', `PATCH='a  b * "c  d" ?'`, 'a  b * "c  d" ?'],
    ['quotes beside a command as they are', `PATCH='"$(echo x)"  *'`, '"x"  *'],
    ['newlines as they are', `PATCH='a\n$(echo b)\n'`, 'a\nb\n'],
  ])('leaves %s', async (_, text, expected) => {
    for (const trust of ['trusted', 'untrusted'] as const) {
      expect((await twice(text, trust)).values['PATCH']).toEqual({ 0: expected })
    }
  })

  it('leaves what the build expands to the build', async () => {
    expect((await twice(`MAKE='make KVER=$kernelver $(nproc)'`, 'trusted')).values).toEqual({
      MAKE: { 0: 'make KVER=$kernelver $(nproc)' },
    })
  })

  it('says which directive of an untrusted conf it could not expand', async () => {
    const { diagnostics } = await twice(`PATCH='$(modinfo -F version x).patch'`, 'untrusted')
    expect(diagnostics).toMatchObject([{ code: 'NEEDS_BASH', severity: 'error', directive: 'PATCH' }])
  })
})
