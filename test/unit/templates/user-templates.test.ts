import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { replacePlaceholders } from '../../../src/templates/placeholders.ts'
import { firstTemplate, type TemplateVerb, userTemplatePlaces } from '../../../src/templates/user-templates.ts'

const roots = { source: '/usr/src/foo-1.0', etc: '/etc/dkms', module: 'foo' }

describe('places of templates', () => {
  it.each<[TemplateVerb, string[]]>([
    ['mkrpm', ['/usr/src/foo-1.0/foo-dkms-mkrpm.spec', '/etc/dkms/template-dkms-mkrpm.spec']],
    ['mkdeb', ['/usr/src/foo-1.0/foo-dkms-mkdeb', '/etc/dkms/template-dkms-mkdeb']],
    ['mkdsc', ['/usr/src/foo-1.0/foo-dkms-mkdsc', '/etc/dkms/template-dkms-mkdsc']],
    ['mkbmdeb', ['/usr/src/foo-1.0/foo-dkms-mkbmdeb', '/etc/dkms/template-dkms-mkbmdeb']],
    ['mkkmp', ['/usr/src/foo-1.0/foo-kmp.spec']],
    ['redhat-kmod', ['/etc/dkms/template-dkms-redhat-kmod.spec']],
  ])('of %s are those of DKMS 2.x', (verb, paths) => {
    expect(userTemplatePlaces(verb, roots).map(({ path }) => path)).toEqual(paths)
  })

  it('begin with --spec, below the source or absolute', () => {
    const first = (spec: string) => userTemplatePlaces('mkkmp', { ...roots, spec })[0]?.path
    expect(first('rpm/my.spec')).toBe('/usr/src/foo-1.0/rpm/my.spec')
    expect(first('/home/me/my.spec')).toBe('/home/me/my.spec')
    expect(first('')).toBe('/usr/src/foo-1.0/foo-kmp.spec')
  })

  it('the first that exists counts', () => {
    const places = userTemplatePlaces('mkdeb', roots)
    expect(firstTemplate(places, ({ path }) => path.startsWith('/etc'))?.path).toBe('/etc/dkms/template-dkms-mkdeb')
    expect(firstTemplate(places, () => true)).toEqual({ path: '/usr/src/foo-1.0/foo-dkms-mkdeb', kind: 'directory' })
    expect(firstTemplate(places, () => false)).toBeUndefined()
  })
})

describe('placeholders of Debian templates', () => {
  const values = {
    debianPackage: 'my-mod',
    moduleName: 'my_mod',
    moduleVersion: "1.0 & $1 \\1 'x'",
    dateStamp: 'Tue, 14 Nov 2023 22:13:20 +0000',
  }

  it('are replaced wherever they stand, with texts taken literally', () => {
    expect(replacePlaceholders('Package: DEBIAN_PACKAGE-dkms\nNAME=MODULE_NAME VERSION=MODULE_VERSION\n', values)).toBe(
      "Package: my-mod-dkms\nNAME=my_mod VERSION=1.0 & $1 \\1 'x'\n",
    )
    expect(replacePlaceholders('$(MODULE_NAMES)', values)).toBe('$(my_modS)')
  })

  it('DATE_STAMP counts once in a line', () => {
    const stamp = values.dateStamp
    expect(replacePlaceholders('DATE_STAMP DATE_STAMP\nDATE_STAMP', values)).toBe(`${stamp} DATE_STAMP\n${stamp}`)
  })

  it('of DKMS 2.8 stay where they have no value', () => {
    expect(replacePlaceholders('DEBIAN_BUILD_ARCH KERNEL_VERSION', values)).toBe('DEBIAN_BUILD_ARCH KERNEL_VERSION')
    const more = { ...values, debianBuildArch: 'amd64', kernelVersion: '6.1.0-56-amd64' }
    expect(replacePlaceholders('DEBIAN_BUILD_ARCH KERNEL_VERSION', more)).toBe('amd64 6.1.0-56-amd64')
  })

  it('within values are left alone', () => {
    expect(replacePlaceholders('MODULE_NAME', { ...values, moduleName: 'MODULE_VERSION' })).toBe('MODULE_VERSION')
  })

  it('a text without any is not changed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/DEBIAN_|MODULE_|KERNEL_|DATE_STAMP/.test(text))
        expect(replacePlaceholders(text, values)).toBe(text)
      }),
    )
  })
})
