import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { type ConfRequest, loadConf, loadConfPlain, loadConfText } from '../../../src/conf/load.ts'
import { absolutePath, below } from '../../../src/domain.ts'
import type { FactoryError } from '../../../src/errors.ts'

const base = absolutePath(mkdtempSync(join(tmpdir(), 'conf-load-')))
afterAll(() => rmSync(base, { recursive: true }))

const etc = below(base, 'etc')
const source = below(base, 'src/p-1.0')
const confFile = below(source, 'dkms.conf')
const kernel = { release: '6.1.0-56-amd64', arch: 'x86_64' }

function request(more: Partial<ConfRequest> = {}): ConfRequest {
  const roots = {
    dkmsTree: below(base, 'tree'),
    sourceTree: below(base, 'src'),
    installTree: below(base, 'modules'),
    etc,
    tmp: base,
  }
  return {
    confFile,
    package: { name: 'p', version: '1.0' },
    kernel,
    roots,
    strictness: 'strict',
    trust: 'trusted',
    ...more,
  }
}

const plainConf =
  'PACKAGE_NAME=p\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=(a b)\nDEST_MODULE_LOCATION=(/extra /extra)\nMAKE="make K=$kernelver"\n'

beforeEach(() => {
  rmSync(etc, { recursive: true, force: true })
  mkdirSync(etc, { recursive: true })
  mkdirSync(source, { recursive: true })
  writeFileSync(confFile, plainConf)
})

async function failure(promise: Promise<unknown>): Promise<FactoryError> {
  return promise.then(
    () => expect.fail('it succeeded'),
    (error: FactoryError) => error,
  )
}

describe('a conf that breaks off in the middle', () => {
  const broken = `${plainConf}if [ x\n`

  it.each(['trusted', 'untrusted'] as const)('is refused with the line when it is strict and %s', async (trust) => {
    const { code, details } = await failure(loadConfText(broken, request({ trust })))
    expect(code).toBe('CONF_INVALID')
    expect(details).toEqual([expect.stringMatching(/^\/.*\/dkms\.conf:\d: bash cannot parse/)])
  })

  it('can still be looked at when it is lenient, with a warning', async () => {
    const { conf, diagnostics } = await loadConfText(broken, request({ strictness: 'lenient' }))
    expect(conf.modules).toHaveLength(2)
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'SHELL_SYNTAX', line: 7 }])
  })

  it('has the syntax error told beside what is missing for it', async () => {
    const { package: _, ...unknown } = request({ strictness: 'lenient' })
    const text = 'PACKAGE_NAME=p\nfi\nPACKAGE_VERSION=1.0\n'
    expect(await failure(loadConfText(text, unknown))).toMatchObject({
      code: 'CONF_UNNAMED',
      details: [expect.stringContaining('dkms.conf:2: bash cannot parse'), expect.stringContaining('PACKAGE_VERSION')],
    })
  })

  it('means a value when only that cannot be parsed', async () => {
    const text = `${plainConf}BUILD_EXCLUSIVE_KERNEL='$(if'\n`
    expect((await loadConfText(text, request({ trust: 'untrusted' }))).diagnostics).toMatchObject([
      {
        severity: 'warning',
        code: 'SHELL_MESSAGE',
        message: expect.stringContaining('the value of BUILD_EXCLUSIVE_KERNEL'),
      },
    ])
  })
})

describe('a conf that cannot be read', () => {
  it.each([
    ['a missing file', 'none.conf', /no such file$/, /given with -c, or else dkms\.conf in the source/],
    ['a directory', '', /it is a directory$/, /name the file itself/],
  ])('is named with what to do: %s', async (_, name, message, hint) => {
    const error = await failure(loadConf(request({ confFile: below(source, name) })))
    expect(error).toMatchObject({ code: 'CONF_UNREADABLE', message: expect.stringMatching(message) })
    expect(error.hint).toMatch(hint)
  })
})

describe('a conf on disk', () => {
  it('is loaded with the documented variables, and in the same way without a shell', async () => {
    writeFileSync(
      confFile,
      `${plainConf}POST_ADD="$module/$module_version/$arch|$kernel_source_dir|$dkms_tree|$source_tree|$install_tree"`,
    )
    const { conf, diagnostics } = await loadConf(request())
    expect(conf.make[0]?.command).toBe('make K=6.1.0-56-amd64')
    expect(conf.scripts.post_add).toBe(
      `p/1.0/x86_64|${base}/modules/6.1.0-56-amd64/build|${base}/tree|${base}/src|${base}/modules`,
    )
    expect(diagnostics).toEqual([])
    expect(loadConfPlain(request())).toEqual(conf)
  })

  it('is left to the other way when it is not plain', async () => {
    writeFileSync(confFile, `${plainConf}STRIP=$(echo no)\n`)
    expect(loadConfPlain(request())).toBeUndefined()
    expect((await loadConf(request())).conf.modules[1]?.strip).toBe(false)
  })

  it('is overlaid by the files below etc from the general to the special, element by element', async () => {
    const files = [
      'p.conf',
      'p-1.0.conf',
      'p-1.0-6.1.0-56-amd64.conf',
      'p-1.0-6.1.0-56-amd64-x86_64.conf',
      'p--6.1.0-56-amd64.conf',
      'p--6.1.0-56-amd64-x86_64.conf',
    ]
    for (const [at, file] of files.entries()) {
      writeFileSync(
        below(etc, file),
        `MAKE=from-${at}\nPATCH[${at}]=${at}\nDEST_MODULE_NAME[1]=$module-$PACKAGE_NAME-${at}\n`,
      )
    }
    for (const file of ['q.conf', 'p-2.0.conf', 'p--6.2.conf', 'p-1.0-6.1.0-56-amd64-arm.conf'])
      writeFileSync(below(etc, file), 'MAKE=wrong')
    const { conf } = await loadConf(request())
    expect(conf.make[0]?.command).toBe('from-5')
    expect(conf.patches.map(({ file }) => file)).toEqual(['0', '1', '2', '3', '4', '5'])
    // An override file does not see what another file set.
    expect(conf.modules.map(({ destName }) => destName)).toEqual(['a', 'p--5'])
    expect(loadConfPlain(request())).toEqual(conf)
  })

  it('may be overridden with nothing', async () => {
    writeFileSync(below(etc, 'p.conf'), 'MAKE=""\n')
    expect((await loadConf(request())).conf.make).toEqual([])
  })

  it('may be overridden by a file that needs bash', async () => {
    writeFileSync(below(etc, 'p-1.0.conf'), 'MAKE=$(echo from bash)\n')
    expect(loadConfPlain(request())).toBeUndefined()
    expect((await loadConf(request())).conf.make[0]?.command).toBe('from bash')
  })

  it('gives way to the environment, which gives way to the command line', async () => {
    const environment = {
      DKMS_DIRECTIVE: 'MAKE=env',
      DKMS_DIRECTIVE_2: 'STRIP[1]=no',
      OTHER: 'CLEAN=x',
      DKMS_DIRECTIVE_3: 'POST_ADD=a b',
    }
    const { conf } = await loadConf(request({ environment }))
    expect([conf.make[0]?.command, conf.modules[1]?.strip, conf.scripts.post_add]).toEqual(['env', false, undefined])
    const directives = ['MAKE=cli with = and $x', 'DEST_MODULE_NAME[1]=c', 'SOMETHING_ELSE=1']
    const given = (await loadConf(request({ environment, directives }))).conf
    expect([given.make[0]?.command, given.modules[1]?.destName]).toEqual(['cli with = and $x', 'c'])
    expect(loadConfPlain(request({ environment, directives }))).toEqual(given)
  })

  it.each(['MAKE', '=x', '1A=x', 'A B=x'])('refuses the directive %j', async (directive) => {
    expect(await failure(loadConf(request({ directives: [directive] })))).toMatchObject({ code: 'USAGE' })
  })

  it('has all its problems told at once, each with its file and line', async () => {
    writeFileSync(
      confFile,
      'PACKAGE_NAME=p\nPACKAGE_VERSION=#VERSION#\nBUILT_MODULE_NAME[0]=a.ko\n\nDEST_MODULE_LOCATION=/lib\n',
    )
    writeFileSync(below(etc, 'p.conf'), '# c\nAUTOINSTALL=maybe\n')
    const error = await failure(loadConf(request()))
    expect(error.code).toBe('CONF_INVALID')
    expect(error.message).toBe(`${confFile} is not a valid dkms.conf: 4 problems`)
    expect(error.details.map((line) => line.split(': ')[0])).toEqual([
      `${confFile}:2`,
      `${confFile}:3`,
      `${confFile}:5`,
      `${etc}/p.conf:2`,
    ])
  })

  it('without a name is another error while the package is not known', async () => {
    writeFileSync(confFile, 'DEST_MODULE_LOCATION=/extra\n')
    expect((await failure(loadConf(request()))).code).toBe('CONF_INVALID')
    const { package: _, ...unknown } = request()
    expect((await failure(loadConf(unknown))).code).toBe('CONF_UNNAMED')
  })

  it('names the package by itself, and finds the override files of that name', async () => {
    writeFileSync(below(etc, 'p-1.0.conf'), 'MAKE="$module $module_version"')
    const { package: _, ...unknown } = request()
    expect((await loadConf(unknown)).conf.make[0]?.command).toBe('p 1.0')
  })

  it('does not find override files outside of etc by an unsafe name', async () => {
    writeFileSync(below(base, 'evil.conf'), `touch ${base}/ran`)
    writeFileSync(confFile, 'PACKAGE_NAME=../evil PACKAGE_VERSION=1 DEST_MODULE_LOCATION=/extra')
    const { package: _, ...unknown } = request()
    expect((await failure(loadConf(unknown))).code).toBe('CONF_INVALID')
    expect(existsSync(join(base, 'ran'))).toBe(false)
  })

  it('that cannot be read says why', async () => {
    rmSync(confFile)
    expect(await failure(loadConf(request()))).toMatchObject({
      code: 'CONF_UNREADABLE',
      message: `cannot read ${confFile}: no such file`,
    })
    mkdirSync(confFile)
    expect((await failure(loadConf(request()))).message).toContain('it is a directory')
    rmSync(confFile, { recursive: true })
  })
})

describe('the conf of an archive', () => {
  const untrusted = () => request({ trust: 'untrusted', confFile: absolutePath('/archive/dkms.conf') })

  it('runs nothing on the host', async () => {
    const text = `${plainConf}touch ${base}/ran; echo x > ${base}/ran\nSTRIP=$(touch ${base}/ran; echo no)\nPATCH='$(touch ${base}/ran)x'`
    const { conf } = await loadConfText(text, untrusted())
    expect(conf.modules[0]?.strip).toBe(false)
    expect(existsSync(join(base, 'ran'))).toBe(false)
  })

  it('is refused when a command of the host decides its metadata', async () => {
    const error = await failure(
      loadConfText('PACKAGE_NAME=p\nPACKAGE_VERSION=$(git describe)\nDEST_MODULE_LOCATION=/extra', untrusted()),
    )
    expect(error.code).toBe('CONF_NEEDS_BASH')
    expect(error.details).toEqual([
      '/archive/dkms.conf:2: needs bash: git at line 2 (affects PACKAGE_VERSION); state it with --directive PACKAGE_VERSION=VALUE',
    ])
  })

  it('is not refused when the command line decides it', async () => {
    const text = 'PACKAGE_NAME=p\nPACKAGE_VERSION=$(git describe)\nDEST_MODULE_LOCATION=/extra'
    const { conf } = await loadConfText(text, { ...untrusted(), directives: ['PACKAGE_VERSION=2.0'] })
    expect(conf.package.version).toBe('2.0')
  })

  it('is not refused for what only a build uses', async () => {
    const { conf, diagnostics } = await loadConfText(
      `${plainConf}MAKE="make -j$(nproc)"\nPRE_BUILD="$(uname -r)"`,
      untrusted(),
    )
    expect(conf.make[0]?.command).toBe('make -j$(nproc)')
    expect(diagnostics.map(({ severity, directive }) => `${severity} ${directive ?? ''}`)).toEqual([
      'warning MAKE',
      'warning PRE_BUILD',
    ])
  })

  it('reads the files of the archive that are handed in', async () => {
    const text = 'PACKAGE_NAME=p\nPACKAGE_VERSION="$(cat VERSION)"\nDEST_MODULE_LOCATION=/extra'
    const { conf } = await loadConfText(text, { ...untrusted(), files: { VERSION: '3.1\n' } })
    expect(conf.package.version).toBe('3.1')
  })

  it('is overlaid by the override files of this host, which are trusted', async () => {
    writeFileSync(below(etc, 'p.conf'), `MAKE=$(cat ${confFile} | head -n 1)`)
    expect((await loadConfText(plainConf, untrusted())).conf.make[0]?.command).toBe(
      readFileSync(confFile, 'utf8').split('\n')[0],
    )
  })
})
