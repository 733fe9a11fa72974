import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { directiveNames } from '../../../src/conf/directives.ts'
import { interpretConf } from '../../../src/conf/interpret.ts'
import { lintCodes } from '../../../src/conf/lint-codes.ts'
import type { DkmsConf } from '../../../src/conf/model.ts'
import { evaluatePlain } from '../../../src/conf/plain.ts'

function interpret(text: string, strictness: 'strict' | 'lenient' = 'strict') {
  const values = evaluatePlain(text, {})
  if (values === undefined) throw new Error(`not plain: ${text}`)
  return interpretConf(values, { file: 'dkms.conf', strictness })
}

function conf(text: string, strictness: 'strict' | 'lenient' = 'strict'): DkmsConf {
  const result = interpret(text, strictness)
  if (result.conf === undefined) throw new Error(JSON.stringify(result.diagnostics))
  return result.conf
}

function codes(text: string, strictness: 'strict' | 'lenient' = 'strict'): string[] {
  return interpret(text, strictness).diagnostics.map(({ severity, code }) => `${severity} ${code}`)
}

const named = 'PACKAGE_NAME=p\nPACKAGE_VERSION=1.0\n'
const one = `${named}DEST_MODULE_LOCATION=/extra\n`

describe('a valid conf', () => {
  it('needs a name, a version and a place for one module', () => {
    expect(conf(one)).toEqual({
      package: { name: 'p', version: '1.0' },
      modules: [
        {
          index: 0,
          builtName: 'p',
          builtLocation: '',
          destName: 'p',
          destLocation: '/extra',
          strip: true,
          exclusive: {},
        },
      ],
      make: [],
      clean: undefined,
      patches: [],
      scripts: {},
      autoinstall: false,
      buildDepends: [],
      buildDependsRebuild: false,
      exclusive: {},
      obsoleteBy: undefined,
      noWeakModules: false,
      legacy: {
        remakeInitrd: false,
        modulesConf: [],
        modulesConfObsoletes: [],
        modulesConfAliasType: [],
        modulesConfObsoleteOnly: [],
      },
      deprecated: [],
    })
  })

  it('names one record by the highest index of four arrays', () => {
    const text = `${named}BUILT_MODULE_NAME=(a b) BUILT_MODULE_LOCATION[1]=src DEST_MODULE_NAME[0]=c DEST_MODULE_LOCATION=(/extra /updates-foo)`
    expect(
      conf(text).modules.map(({ builtName, builtLocation, destName, destLocation }) => [
        builtName,
        builtLocation,
        destName,
        destLocation,
      ]),
    ).toEqual([
      ['a', '', 'c', '/extra'],
      ['b', 'src/', 'b', '/updates-foo'],
    ])
  })

  it.each([
    ['', [true, true, true]],
    ['STRIP=no', [false, false, false]],
    ['STRIP=(no yes)', [false, true, false]],
    ['STRIP[1]=N', [true, false, true]],
    ['STRIP[2]=never', [true, true, false]],
    ['STRIP=(maybe No "")', [true, false, true]],
  ])('strips with %j: %j', (strip, expected) => {
    const three = `${named}BUILT_MODULE_NAME=(a b c) DEST_MODULE_LOCATION=(/extra /extra /extra)\n`
    expect(conf(three + strip).modules.map((module) => module.strip)).toEqual(expected)
  })

  it.each([
    ['yes', true],
    ['YES', true],
    ['Yes', true],
    ['no', false],
    ['NO', false],
    ['""', false],
  ])('takes AUTOINSTALL=%s as %s', (value, expected) => {
    expect(conf(`${one}AUTOINSTALL=${value}`).autoinstall).toBe(expected)
  })

  it('keeps commands, patches and scripts by index', () => {
    const read = conf(
      `${one}MAKE[0]=a MAKE[3]=b MAKE_MATCH[3]=^6 CLEAN='make clean' PATCH[5]=x PATCH[2]=y PATCH_MATCH[2]=^5 PRE_BUILD='s a  b' POST_REMOVE=r`,
    )
    expect(read.make).toEqual([
      { index: 0, command: 'a', match: undefined },
      { index: 3, command: 'b', match: '^6' },
    ])
    expect(read.patches).toEqual([
      { index: 2, file: 'y', match: '^5' },
      { index: 5, file: 'x', match: undefined },
    ])
    expect(read.scripts).toEqual({ pre_build: 's a  b', post_remove: 'r' })
    expect(read.clean).toBe('make clean')
  })

  it('reads BUILD_EXCLUSIVE_* for the package and for each module', () => {
    const read = conf(
      `${named}BUILT_MODULE_NAME=(a b) DEST_MODULE_LOCATION=(/extra /extra)\nBUILD_EXCLUSIVE_KERNEL=^6 BUILD_EXCLUSIVE_KERNEL_MIN[1]=6.1 BUILD_EXCLUSIVE_CONFIG[1]="CONFIG_A  !CONFIG_B"`,
    )
    expect(read.exclusive).toEqual({ kernel: '^6' })
    expect(read.modules[1]?.exclusive).toEqual({ kernelMin: '6.1', config: ['CONFIG_A', '!CONFIG_B'] })
  })

  it('takes several names in one BUILD_DEPENDS', () => {
    expect(conf(`${one}BUILD_DEPENDS=("a b" c)`).buildDepends).toEqual(['a', 'b', 'c'])
  })

  it('drops the carriage returns of a CR/LF file', () => {
    const read = conf('PACKAGE_NAME="p"\r\nPACKAGE_VERSION=1\r\nDEST_MODULE_LOCATION=/extra\r\nAUTOINSTALL="yes"\r\n')
    expect([read.package, read.modules[0]?.destLocation, read.autoinstall]).toEqual([
      { name: 'p', version: '1' },
      '/extra',
      true,
    ])
  })

  it('lists deprecated directives in use, a harmless CLEAN left out', () => {
    expect(conf(`${one}REMAKE_INITRD=no CLEAN=true OBSOLETE_BY=6.1 MODULES_CONF=("alias a b")`).deprecated).toEqual([
      'OBSOLETE_BY',
      'REMAKE_INITRD',
      'MODULES_CONF',
    ])
    expect(conf(`${one}CLEAN="make clean"`).deprecated).toEqual(['CLEAN'])
  })
})

describe('a conf with mistakes', () => {
  it.each([
    ['', ['error PACKAGE_NAME_MISSING', 'error PACKAGE_VERSION_MISSING', 'warning NO_MODULES']],
    [named, ['warning NO_MODULES']],
    ['PACKAGE_VERSION=""\nPACKAGE_NAME=p DEST_MODULE_LOCATION=/extra', ['error PACKAGE_VERSION_MISSING']],
    [`${named}BUILT_MODULE_NAME=a.ko`, ['error MODULE_NAME_SUFFIX', 'error DEST_MODULE_LOCATION_MISSING']],
    [`${one}DEST_MODULE_NAME=b.o`, ['error MODULE_NAME_SUFFIX']],
    [`${named}DEST_MODULE_LOCATION=/lib`, ['error DEST_MODULE_LOCATION_PREFIX']],
    [`${named}DEST_MODULE_LOCATION=kernel`, ['error DEST_MODULE_LOCATION_PREFIX']],
    [`${named}DEST_MODULE_LOCATION=/kernel/../../etc`, ['error DEST_MODULE_LOCATION_ESCAPES']],
    [`${named}DEST_MODULE_LOCATION=/kernel/../extra/x`, []],
    [
      `${named}BUILT_MODULE_NAME[1]=b DEST_MODULE_LOCATION[1]=/extra`,
      ['error BUILT_MODULE_NAME_MISSING', 'error DEST_MODULE_LOCATION_MISSING'],
    ],
    [`${named}BUILT_MODULE_NAME[999999]=b`, ['error INDEX_TOO_LARGE']],
    [`${one}AUTOINSTALL="YES please"`, ['error NOT_YES_OR_NO']],
    [`${one}NO_WEAK_MODULES=1 BUILD_DEPENDS_REBUILD=true`, ['error NOT_YES_OR_NO', 'error NOT_YES_OR_NO']],
    [`${one}MAKE[1]=x MAKE_MATCH[2]=y`, ['warning MAKE_IGNORED', 'warning MAKE_MATCH_IGNORED']],
    [`${one}BUILD_EXCLUSIVE_KERNEL='^(6' PATCH=p PATCH_MATCH='*'`, ['warning REGEX_INVALID', 'warning REGEX_INVALID']],
    [
      'PACKAGE_NAME=a/b PACKAGE_VERSION=1/../../x DEST_MODULE_LOCATION=/extra',
      ['error NAME_UNSAFE', 'error NAME_UNSAFE'],
    ],
    ['PACKAGE_NAME=-rf PACKAGE_VERSION="1 2" DEST_MODULE_LOCATION=/extra', ['error NAME_UNSAFE', 'error NAME_UNSAFE']],
    [
      `PACKAGE_NAME=${'n'.repeat(129)} PACKAGE_VERSION=${'1'.repeat(97)} DEST_MODULE_LOCATION=/extra`,
      ['error NAME_UNSAFE', 'error NAME_UNSAFE'],
    ],
    ['PACKAGE_NAME=.. PACKAGE_VERSION=. DEST_MODULE_LOCATION=/extra', ['error NAME_UNSAFE', 'error NAME_UNSAFE']],
  ])('is told about everything at once: %j', (text, expected) => {
    expect(codes(text)).toEqual(expected)
  })

  it('has duplicates reported only when it is about to be used', () => {
    const text = `${named}BUILT_MODULE_NAME=(a a b) BUILT_MODULE_LOCATION=(x x/) DEST_MODULE_NAME[2]=a DEST_MODULE_LOCATION=(/extra /extra /extra)`
    expect(codes(text)).toEqual(['error MODULE_DUPLICATE', 'error MODULE_DUPLICATE', 'error MODULE_DUPLICATE'])
    expect(codes(text, 'lenient')).toEqual([])
  })

  it('can still be read leniently where a yes or no is something else', () => {
    expect(conf(`${one}AUTOINSTALL="YES please"`, 'lenient').autoinstall).toBe(true)
    expect(conf(`${one}AUTOINSTALL=maybe`, 'lenient').autoinstall).toBe(false)
    expect(codes(`${one}AUTOINSTALL=maybe`, 'lenient')).toEqual(['warning NOT_YES_OR_NO'])
  })

  it.each([
    '#MODULE_VERSION#',
    '@VERSION@',
    '@PKGVER@',
    '__VERSION__',
    '%VERSION%',
    '{VER}',
    '{{version}}',
    'VERSION_SET_BY_MAKEFILE',
    'COMMIT_ID_VERSION',
    '1.0-@REV@',
    '__VERSION_STRING',
    '<version>',
  ])('is told which option replaces the placeholder %s', (version) => {
    const text = `PACKAGE_NAME=p PACKAGE_VERSION="${version}" DEST_MODULE_LOCATION=/extra`
    const [found] = interpret(text).diagnostics
    expect(found).toMatchObject({ severity: 'error', code: 'PACKAGE_VERSION_PLACEHOLDER' })
    expect(found?.remedy).toContain('--directive PACKAGE_VERSION=')
    expect(interpret(text, 'lenient').conf?.package.version).toBe(version)
  })

  it.each([
    '1.0',
    'git',
    'trunk',
    'bc9e28f',
    'v1.2',
    '2.0+git#5',
    'S2.39N2.60',
    '7.3-rc1',
    'a@b',
  ])('may have the version %s', (version) => {
    expect(codes(`PACKAGE_NAME=p PACKAGE_VERSION='${version}' DEST_MODULE_LOCATION=/extra`)).toEqual([])
  })

  it('gets the place of each problem from its caller', () => {
    const values = evaluatePlain(`${one}AUTOINSTALL=x`, {}) ?? new Map()
    const where = (name: string, index?: number) => ({ file: `${name}.conf`, line: (index ?? 8) + 1 })
    const { diagnostics } = interpretConf(values, { file: 'dkms.conf', strictness: 'strict', where })
    expect(diagnostics).toMatchObject([{ file: 'AUTOINSTALL.conf', line: 1, directive: 'AUTOINSTALL' }])
  })

  it('never makes interpretation fail, and gets only documented codes', () => {
    const values = fc.dictionary(
      fc.constantFrom<string>(...directiveNames),
      fc.dictionary(
        fc.constantFrom('0', '1', '2', '9', '70000'),
        fc.oneof(fc.string(), fc.constantFrom('/extra', 'a', 'yes', '^6', '(')),
      ),
    )
    fc.assert(
      fc.property(values, fc.constantFrom('strict' as const, 'lenient' as const), (given, strictness) => {
        const raw = new Map(
          Object.entries(given).map(([name, elements]) => [
            name,
            new Map(Object.entries(elements).map(([index, value]) => [Number(index), value])),
          ]),
        )
        const { conf, diagnostics } = interpretConf(raw, { file: 'f', strictness })
        expect(conf === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
        for (const { code } of diagnostics) expect(Object.keys(lintCodes)).toContain(code)
      }),
    )
  })
})
