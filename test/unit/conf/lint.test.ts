import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lintConf, type PackageFile } from '../../../src/conf/lint.ts'
import { lintCodes, renderLintPage } from '../../../src/conf/lint-codes.ts'

const good = 'PACKAGE_NAME=good\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\n'

async function lint(text: string, files?: readonly PackageFile[], directives: readonly string[] = []) {
  const evaluation = { variables: { kernelver: '6.1', arch: 'x86_64' }, trust: 'untrusted' } as const
  return lintConf({ text, file: 'dkms.conf', evaluation, directives, ...(files === undefined ? {} : { files }) })
}

function file(path: string, executable = false): PackageFile {
  return { path, kind: 'file', executable }
}

describe('lint', () => {
  it('has nothing to say about a good conf, with or without a final newline', async () => {
    expect(await lint(good)).toEqual([])
    expect(await lint(good.trimEnd())).toEqual([])
  })

  const lines: [string, string][] = [
    ['BUILD_MODULE_NAME=x', 'warning DIRECTIVE_MISSPELT'],
    ['PATCHES=(a)', 'warning DIRECTIVE_MISSPELT'],
    ['UDEV_TRIGGER=yes', 'warning DIRECTIVE_UNKNOWN'],
    ['CLEAN="make clean"', 'warning DIRECTIVE_DEPRECATED'],
    ['REMAKE_INITRD=no', 'warning DIRECTIVE_DEPRECATED'],
    ['OBSOLETE_BY=6.10.1', 'warning DIRECTIVE_DEPRECATED'],
    ['PRE_REMOVE=x', 'warning DIRECTIVE_DEPRECATED'],
    ['SIGN_FILE=x', 'warning DIRECTIVE_DEPRECATED'],
    ['BUILD_EXCLUSIVE_KERNEL="a^"', 'warning REGEX_NEVER_MATCHES'],
    ['BUILD_EXCLUSIVE_KERNEL="REQUIRES CONFIG_X"', 'warning REGEX_NEVER_MATCHES'],
    [`BUILD_EXCLUSIVE_ARCH='x86_64$64'`, 'warning REGEX_NEVER_MATCHES'],
    ['BUILD_EXCLUSIVE_KERNEL="^(5|6"', 'warning REGEX_INVALID'],
    ['BUILD_EXCLUSIVE_KERNEL_MAX=6.1', 'warning KERNEL_MAX_PREFIX'],
    ['POST_INSTALL[1]=x', 'warning INDEX_IGNORED'],
    ['PATCH=../x.patch', 'error PATCH_OUTSIDE'],
    ['PATCH=sub/../../x.patch', 'error PATCH_OUTSIDE'],
    ['DEST_MODULE_LOCATION=/kernel/../extra', 'warning DEST_MODULE_LOCATION_DOTS'],
    ['DEST_MODULE_LOCATION=/lib', 'error DEST_MODULE_LOCATION_PREFIX'],
    ['BUILT_MODULE_NAME=master/ec_master', 'warning MODULE_NAME_SLASH'],
    ['BUILT_MODULE_NAME=x.ko', 'error MODULE_NAME_SUFFIX'],
    ['AUTOINSTALL=Y', 'error NOT_YES_OR_NO'],
    ['MAKE[1]=x', 'warning MAKE_IGNORED'],
    ['POST_INSTALL=/bin/rm -f /lib/x', 'error VALUE_RUNS_COMMAND'],
    ['MAKE = "make"', 'error ASSIGNMENT_SPACED'],
    ['MAKE[0]= "make"', 'error ASSIGNMENT_SPACED'],
    ['MAKE="make KVER=$(uname -r)"', 'warning RUNNING_KERNEL'],
    ['MAKE="make ARCH=$(arch)"', 'warning RUNNING_ARCH'],
    ['MAKE="make ARCH=`uname -m`"', 'warning RUNNING_ARCH'],
    ['MAKE=make\r', 'warning LINE_ENDINGS'],
    ['fi', 'error SHELL_SYNTAX'],
    ['STRIP=$(modinfo -n x)', 'error NEEDS_BASH'],
    ['modinfo x', 'warning HOST_NOT_SEEN'],
  ]
  it.each(lines)('finds in line 5, %j: %s', async (line, expected) => {
    const found = await lint(`${good}${line}\n`)
    const here = found.filter((finding) => finding.line === 5)
    expect(here.map(({ severity, code }) => `${severity} ${code}`)).toContain(expected)
    for (const { remedy, code } of here) if (code !== 'HOST_NOT_SEEN') expect(remedy).toBeTruthy()
  })

  it.each([
    'kernelver=${kernelver:-$(uname -r)}',
    '# use uname -r',
    'MAKE="make A=b C=d"',
    'FLAGS=-j4\nMAKE="make $FLAGS"',
    'JOBS="a b"\nMAKE="make ${JOBS}"',
    "MAKE='make \\\n  NO_TESTS=1 \\\n  OTHER=2'",
    'CLEAN=true',
    'BUILD_EXCLUSIVE_KERNEL_MAX=6.1.9999',
    'MAKE=make STRIP=no',
    'MAKE="make" # all',
    'export CC=gcc',
    'PATCH_MATCH=x',
    'DEST_MODULE_NAME[0]=a/../b'.replace('/../', '-'),
  ])('has nothing to say about %j', async (text) => {
    expect(await lint(`${good}${text}\n`)).toEqual([])
  })

  it('finds a value that is set twice, unless a condition decides', async () => {
    expect((await lint(`${good}STRIP=no\nSTRIP=yes\n`)).map(({ code, line }) => [code, line])).toEqual([
      ['ASSIGNED_TWICE', 6],
    ])
    expect(await lint(`${good}STRIP=no\nif [ x = x ]; then STRIP=yes; fi\n`)).toEqual([])
    expect(await lint(`${good}MAKE=a\nMAKE+=b\nMAKE="$MAKE c"\n`)).toEqual([])
  })

  it('names the directive that was meant', async () => {
    const [found] = await lint(`${good}BUILD_MODULE_NAME=x\n`)
    expect(found).toMatchObject({ directive: 'BUILT_MODULE_NAME', remedy: 'write BUILT_MODULE_NAME' })
  })

  it('finds placeholders, until the command line replaces them', async () => {
    const text = good.replace('1.0', '@VERSION@')
    expect(await lint(text)).toMatchObject([{ severity: 'error', code: 'PACKAGE_VERSION_PLACEHOLDER', line: 2 }])
    expect(await lint(text, undefined, ['PACKAGE_VERSION=1.0'])).toEqual([])
  })

  it('compares patches and scripts with the files of the package', async () => {
    const text = `${good}PATCH=(a.patch sub/b.patch c.patch)\nPRE_BUILD="./pre.sh $kernelver"\nPOST_ADD=add.sh\nPOST_REMOVE="/bin/true x"\nPOST_BUILD='$x/y'\nPRE_INSTALL=gone.sh`
    const files = [
      file('patches/a.patch'),
      file('patches/sub/b.patch'),
      file('pre.sh', true),
      file('add.sh'),
      file('c.patch'),
    ]
    expect((await lint(text, files)).map(({ code, message }) => [code, message.split(' ')[1]])).toEqual([
      ['PATCH_MISSING', 'patches/c.patch'],
      ['SCRIPT_NOT_EXECUTABLE', 'add.sh'],
      ['SCRIPT_MISSING', 'gone.sh'],
    ])
    expect(await lint(text)).toEqual([])
  })

  it('shows what becomes of names and versions in packages', async () => {
    const found = await lint('PACKAGE_NAME=My_Mod\nPACKAGE_VERSION=1.0-rc1\nDEST_MODULE_LOCATION=/extra\n')
    expect(found.map(({ code, message }) => [code, message.split(':')[0]])).toEqual([
      ['NAME_CHANGED', 'PACKAGE_NAME My_Mod becomes my-mod-dkms in a Debian package'],
      ['VERSION_CHANGED', 'PACKAGE_VERSION 1.0-rc1 becomes 1.0~rc1 in an RPM package'],
      ['VERSION_CHANGED', 'PACKAGE_VERSION 1.0-rc1 becomes 1.0~rc1 in a Debian package'],
    ])
    const refused = await lint('PACKAGE_NAME=m\nPACKAGE_VERSION=1:2\nDEST_MODULE_LOCATION=/extra\n')
    expect(refused.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'error VERSION_REFUSED',
      'error VERSION_REFUSED',
    ])
  })

  it('reports in the order of the lines', async () => {
    const found = await lint('STRIP=1\nCLEAN=x\nBUILD_MODULE_NAME=x\nPACKAGE_NAME=#A#\n')
    const order = found.map(({ line }) => line ?? 0)
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })
})

describe('docs/lint.md', () => {
  it('is what the table of codes renders', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/lint.md'), 'utf8')
    expect(page).toBe(renderLintPage())
  })

  it('has no code that nothing reports', () => {
    const room = join(import.meta.dirname, '../../../src/conf')
    const names = [
      'interpret',
      'interpret-modules',
      'interpret-reading',
      'lint-text-rules',
      'lint-value-rules',
      'sandbox',
      'sandbox-experiment',
      'bash',
      'syntax-error',
      'package-files',
    ]
    const source = names.map((name) => readFileSync(join(room, `${name}.ts`), 'utf8')).join('\n')
    const built = ['PACKAGE_NAME', 'PACKAGE_VERSION', 'NAME', 'VERSION', 'DEST_MODULE_LOCATION'].map(
      (stem) => `${stem}_`,
    )
    const unused = Object.keys(lintCodes).filter(
      (code) => !source.includes(`'${code}'`) && !built.some((stem) => code.startsWith(stem)),
    )
    expect(unused).toEqual([])
  })
})
