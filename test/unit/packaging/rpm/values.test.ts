import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluatePlain } from '../../../../src/conf/plain.ts'
import { replaceVersion } from '../../../../src/packaging/rpm/conf-version.ts'
import { kernelRequires } from '../../../../src/packaging/rpm/kernel-packages.ts'
import { asSpecText } from '../../../../src/packaging/rpm/spec-text.ts'
import { userSpecMacros } from '../../../../src/packaging/rpm/user-spec.ts'

describe('a dkms.conf with another version', () => {
  it.each([
    ['PACKAGE_VERSION="1.0"\n', 'PACKAGE_VERSION="1.0-2"\n'],
    ["PACKAGE_NAME=a\n  export PACKAGE_VERSION='1.0' # ours\n", 'PACKAGE_NAME=a\nPACKAGE_VERSION="1.0-2"\n'],
    ['PACKAGE_VERSION=1.0\r\nX=1\r\n', 'PACKAGE_VERSION="1.0-2"\r\nX=1\r\n'],
    ['. ./version\n', '. ./version\nPACKAGE_VERSION="1.0-2"\n'],
    ['PACKAGE_NAME=a', 'PACKAGE_NAME=a\nPACKAGE_VERSION="1.0-2"\n'],
    [
      '# PACKAGE_VERSION=1\nMY_PACKAGE_VERSION=2\n',
      '# PACKAGE_VERSION=1\nMY_PACKAGE_VERSION=2\nPACKAGE_VERSION="1.0-2"\n',
    ],
  ])('%j becomes %j', (text, expected) => {
    expect(replaceVersion(text, '1.0-2')).toBe(expected)
  })

  it('gives what is made of the version the new one, too', () => {
    const text = replaceVersion('PACKAGE_VERSION="1.0"\nBUILT_MODULE_LOCATION="v$PACKAGE_VERSION/"\n', '1.0-2')
    const values = evaluatePlain(text, {})
    expect(values?.get('PACKAGE_VERSION')?.get(0)).toBe('1.0-2')
    expect(values?.get('BUILT_MODULE_LOCATION')?.get(0)).toBe('v1.0-2/')
  })
})

describe('the kernel a package of Mandriva requires', () => {
  it.each([
    ['6.6.2-desktop-1omv2390', 'kernel-desktop = 6.6.2-1omv2390'],
    ['2.6.33.7-server-2mnb', 'kernel-server = 2.6.33.7-2mnb'],
    ['5.10.180-generic-2rosa2021.1-x86_64', 'kernel-generic = 5.10.180-2rosa2021.1'],
    ['6.1.0-56-amd64', ''],
    ['6.1.0', ''],
  ])('of %s is %j', (release, expected) => {
    const [kernel, forScripts] = kernelRequires(release)
    const { name = '', constraint } = kernel ?? {}
    expect(constraint === undefined ? '' : `${name} ${constraint.operator} ${constraint.version}`).toBe(expected)
    expect(forScripts?.uses).toEqual(expected === '' ? undefined : ['post', 'preun'])
  })
})

describe('a text for a spec file', () => {
  it('has no line that rpmbuild takes for something else, and none that is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ \t%#a{}\\-]*$/)), (lines) => {
        const result = asSpecText(lines.join('\n'))
        expect(result).not.toMatch(/^[ \t]*[%#]/m)
        expect(result.split('\n').map((line) => line.replace(/^([ \t]*)- (?=[%#])/, '$1'))).toEqual(
          lines
            .join('\n')
            .split('\n')
            .map((line) => line.replace(/^([ \t]*)- (?=[%#])/, '$1')),
        )
        expect(asSpecText(result)).toBe(result)
      }),
    )
  })
})

describe('the macros for spec files of users', () => {
  const id = { name: 'hello', version: '1.0' }
  const places = { tree: '/var/lib/dkms', findProvides: false }

  it('are those of DKMS 2 without builds', () => {
    expect(Object.fromEntries(userSpecMacros({ package: id, kernels: [], builds: [] }, places))).toEqual({
      version: '1.0',
      module_name: 'hello',
      kernel_versions: '%{nil}',
      mktarball_line: 'none',
      _dkmsdir: '/var/lib/dkms',
    })
    const kernels = [{ release: '6.1', arch: 'x86_64' }]
    expect(Object.fromEntries(userSpecMacros({ package: id, kernels, builds: [] }, places))).toMatchObject({
      kernel_versions: '6.1',
      mktarball_line: 'none',
    })
  })

  it('name every kernel, and the generator of DKMS 2 where it is installed', () => {
    const kernels = ['6.1', '6.2'].map((release) => ({ release, arch: 'x86_64' }))
    const builds = kernels.map((kernel) => ({ kernel, modules: [], entries: [] }))
    expect(
      Object.fromEntries(userSpecMacros({ package: id, kernels, builds }, { ...places, findProvides: true })),
    ).toMatchObject({
      kernel_versions: '6.1 6.2',
      mktarball_line: '-k 6.1 -a x86_64 -k 6.2 -a x86_64 --binaries-only',
      __find_provides: '/usr/lib/dkms/find-provides',
      _use_internal_dependency_generator: '0',
    })
  })
})
