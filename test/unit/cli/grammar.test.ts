import { describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../../src/cli/grammar.ts'
import { isFactoryError } from '../../../src/errors.ts'

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (isFactoryError(error)) return error.code
    throw error
  }
  return 'none'
}

function parse(text: string) {
  return parseCommandLine(text.split(' ').filter((word) => word !== ''))
}

describe('the command line of dkms(8)', () => {
  it('takes options and the action in any order', () => {
    const line = parse('-m foo build -v 1.0 -k 6.1 --force')
    expect(line.verb).toBe('build')
    expect(line.options.get('module')).toEqual(['foo'])
    expect(line.options.get('package-version')).toEqual(['1.0'])
    expect(line.options.get('kernelver')).toEqual(['6.1'])
    expect(line.options.get('force')).toEqual([])
  })

  it.each([
    ['--moduleX foo', 'module', 'foo'],
    ['--module=foo/1', 'module', 'foo/1'],
    ['--kernelversion 6.1', 'kernelver', '6.1'],
    ['--archive-file x.tar', 'archive', 'x.tar'],
    ['--arch x86_64', 'arch', 'x86_64'],
    ['--architecture=x86_64', 'arch', 'x86_64'],
    ['--config /boot/config', 'config', '/boot/config'],
    ['--dkmstreeroot=/t', 'dkmstree', '/t'],
    ['--directive A=b=c', 'directive', 'A=b=c'],
    ['-j 4', 'jobs', '4'],
  ] as const)('understands %s', (text, name, value) => {
    expect(parse(`status ${text}`).options.get(name)).toEqual([value])
  })

  it('collects an option that is repeated', () => {
    expect(parse('build -k a -k b --kernelver=c').options.get('kernelver')).toEqual(['a', 'b', 'c'])
  })

  it('trims the blanks around a value and keeps those inside', () => {
    expect(parseCommandLine(['status', '-m', '  foo ']).options.get('module')).toEqual(['foo'])
    expect(parseCommandLine(['build', '--directive', 'MAKE=make all']).options.get('directive')).toEqual([
      'MAKE=make all',
    ])
  })

  it.each([
    ['status -m=foo', 'USAGE'],
    ['status --nonsense', 'USAGE'],
    ['status -x', 'USAGE'],
    ['status -m', 'USAGE'],
    ['status --force=yes', 'USAGE'],
    ['add build', 'SECOND_ACTION'],
    ['mktarball --binaries-only --source-only', 'CONFLICTING_FLAGS'],
    ['remove -k 6.1 --all', 'KERNEL_WITH_ALL'],
    ['build -k 6.1 --all-kernels', 'KERNEL_WITH_ALL'],
    ['remove -a x86_64 --all', 'ARCH_WITH_ALL'],
  ])('refuses %s with %s', (text, code) => {
    expect(codeOf(() => parse(text))).toBe(code)
  })

  it.each([
    ['build --all', 'name kernels with -k, or give --all-kernels for every kernel whose headers are installed'],
    ['mkkmp --all', 'name kernels with -k'],
  ])('tells for %s what to give in its place', (text, hint) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'ALL_NOT_ALLOWED', hint }))
  })

  it('lets --all-kernels go with an architecture', () => {
    expect(codeOf(() => parse('build --all-kernels -a x86_64'))).toBe('none')
  })

  it('takes words after -- as they are', () => {
    expect(parse('lint -- --force build').words).toEqual(['--force', 'build'])
  })

  it('takes a path named like an action after lint as a path', () => {
    expect(parse('lint build')).toMatchObject({ verb: 'lint', words: ['build'] })
    expect(parse('inspect install')).toMatchObject({ verb: 'inspect', words: ['install'] })
  })

  it('gives no verb where none is named', () => {
    expect(parse('foo/1.0').verb).toBeUndefined()
  })
})
