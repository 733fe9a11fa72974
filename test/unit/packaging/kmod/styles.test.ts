import { describe, expect, it } from 'vitest'
import {
  findStyle,
  redHatKernel,
  type StyleName,
  styleOf,
  styles,
  suseKernel,
} from '../../../../src/packaging/kmod/styles.ts'

const x86 = (release: string) => ({ release, arch: 'x86_64' })

describe('the style of a kernel', () => {
  it.each<[release: string, style: StyleName]>([
    ['5.14.0-427.13.1.el9_4.x86_64', 'rhel'],
    ['4.18.0-513.el8.x86_64+debug', 'rhel'],
    ['3.10.0-1160.el7.x86_64', 'rhel'],
    ['6.8.9-300.fc40.x86_64', 'fedora'],
    ['5.14.21-150500.55.7-default', 'suse'],
    ['6.4.0-150600.21-default', 'suse'],
    ['4.12.14-122.26-default', 'suse'],
    ['5.14.21-150500.33.1-azure', 'suse'],
    ['5.15.0-1053-azure', 'rhel'],
    ['6.9.1-1-default', 'tumbleweed'],
    ['6.9.1-1.g0123abc-default', 'tumbleweed'],
    ['6.1.0-56-amd64', 'rhel'],
    ['6.8.0-31-generic', 'rhel'],
  ])('of %s is %s', (release, style) => {
    expect(styleOf({ release }).name).toBe(style)
  })

  it.each([
    ['5.14.21-150500.55.7-default', '/lib/modules'],
    ['4.12.14-122.26-default', '/lib/modules'],
    ['6.12.0-160000.5-default', '/usr/lib/modules'],
    ['6.9.1-1-default', '/usr/lib/modules'],
  ])('puts modules of %s below %s', (release, root) => {
    expect(styleOf({ release }).modulesRoot).toBe(root)
  })

  it('has a name that finds it, and no other name does', () => {
    for (const [name, style] of Object.entries(styles)) expect(findStyle(name)).toBe(style)
    expect(findStyle('toString')).toBeUndefined()
  })
})

describe('a release', () => {
  it.each([
    ['5.14.0-427.el9.x86_64', '5.14.0-427.el9.x86_64', ''],
    ['5.14.0-427.el9.x86_64+debug', '5.14.0-427.el9.x86_64', 'debug'],
    ['3.10.0-1160.el7.x86_64.debug', '3.10.0-1160.el7.x86_64', 'debug'],
    ['6.1.0-56-amd64', '6.1.0-56-amd64', ''],
    ['6.1.0+rt', '6.1.0', 'rt'],
  ])('%s of Red Hat is %s, variant "%s"', (release, plain, variant) => {
    expect(redHatKernel(x86(release))).toEqual({ release: plain, variant })
  })

  it.each([
    ['5.14.21-150500.55.7-default', '5.14.21-150500.55.7', 'default'],
    ['6.9.1-1-azure', '6.9.1-1', 'azure'],
    ['6.9.1', '6.9.1', 'default'],
  ])('%s of SUSE is %s, flavour %s', (release, version, flavour) => {
    expect(suseKernel({ release })).toEqual({ version, flavour })
  })
})

describe('names and versions', () => {
  it.each<[StyleName, release: string, arch: string, name: string, version: string, rpmArch: string]>([
    ['rhel', '5.14.0-427.el9.x86_64', 'x86_64', 'kmod-foo', '1.0', 'x86_64'],
    ['rhel', '5.14.0-427.el9.aarch64+64k', 'aarch64', 'kmod-foo-64k', '1.0', 'aarch64'],
    ['fedora', '6.8.9-300.fc40.x86_64', 'x86_64', 'kmod-foo-6.8.9-300.fc40.x86_64', '1.0', 'x86_64'],
    ['suse', '5.14.21-150500.55.7-default', 'x86_64', 'foo-kmp-default', '1.0_k5.14.21_150500.55.7', 'x86_64'],
    ['suse', '6.4.0-150600.21-default', 'i686', 'foo-kmp-default', '1.0_k6.4.0_150600.21', 'i586'],
    ['tumbleweed', '6.9.1-1-default', 'x86_64', 'foo-kmp-default', '1.0_k6.9.1_1', 'x86_64'],
  ])('in the style %s for %s (%s) are %s %s, for %s', (style, release, arch, name, version, rpmArch) => {
    const subject = { stem: 'foo', baseVersion: '1.0', kernel: { release, arch } }
    expect(styles[style].packageName(subject)).toBe(name)
    expect(styles[style].version(subject)).toBe(version)
    expect(styles[style].arch(subject.kernel)).toBe(rpmArch)
  })
})

describe('relations', () => {
  const relationsOf = (style: StyleName, release: string) => {
    const relations = styles[style].relations({
      stem: 'foo',
      baseVersion: '1.0',
      epochVersion: '2:1.0',
      evr: '2:1.0-1',
      kernel: x86(release),
    })
    return Object.fromEntries(
      Object.entries(relations).map(([kind, list]) => [
        kind,
        list.map(({ name, constraint, uses = [] }) =>
          [name, constraint?.operator, constraint?.version, ...uses].filter((part) => part !== undefined).join(' '),
        ),
      ]),
    )
  }

  it('of RHEL name the kernel that is needed at least, and the programs of the scripts', () => {
    expect(relationsOf('rhel', '5.14.0-427.el9.x86_64+debug')).toEqual({
      provides: [
        'kernel-modules >= 5.14.0-427.el9.x86_64+debug',
        'kernel-debug-modules >= 5.14.0-427.el9.x86_64',
        'foo-kmod = 2:1.0-1',
      ],
      requires: ['/usr/sbin/depmod post postun', '/usr/sbin/weak-modules post postun'],
    })
    expect(relationsOf('rhel', '3.10.0-1160.el7.x86_64.debug')).toHaveProperty(
      ['provides', 0],
      'kernel-modules >= 3.10.0-1160.el7.x86_64.debug',
    )
  })

  it('of Fedora name exactly one kernel', () => {
    expect(relationsOf('fedora', '6.8.9-300.fc40.x86_64+debug')).toEqual({
      provides: ['kernel-modules-for-kernel = 6.8.9-300.fc40.x86_64+debug', 'foo-kmod = 2:1.0-1'],
      requires: [
        'kernel-uname-r = 6.8.9-300.fc40.x86_64+debug',
        '(foo-kmod-common >= 2:1.0 if foo-kmod-common)',
        '/usr/sbin/depmod post postun',
      ],
    })
  })

  it('of SUSE have several versions of a package side by side, one for each kernel', () => {
    expect(relationsOf('suse', '5.14.21-150500.55.7-default')).toEqual({
      provides: [
        'foo-kmp = 1.0_k5.14.21_150500.55.7',
        'foo-kmp = 1.0',
        'multiversion(kernel)',
        'foo-kmp-default-k5.14.21_150500.55.7',
      ],
      conflicts: ['foo-kmp-default-k5.14.21_150500.55.7'],
      requires: ['coreutils', 'grep', 'suse-kernel-rpm-scriptlets', 'suse-kernel-rpm-scriptlets pre post preun postun'],
      enhances: ['kernel-default'],
      supplements: ['(kernel-default and foo)'],
    })
  })

  it.each([
    ['4.12.14-122.37-default', 'packageand(kernel-default:foo)'],
    ['5.3.18-150300.59.60-preempt', '(kernel-preempt and foo)'],
    ['6.12.0-160000.5-default', '(kernel-default and foo)'],
  ])('of SUSE for kernel %s want to be beside it in a form that its rpm knows', (release, form) => {
    expect(relationsOf('suse', release)['supplements']).toEqual([form])
  })

  it('of Tumbleweed name the kernel as its packages do, with all dashes', () => {
    expect(relationsOf('tumbleweed', '6.9.1-1-default')['requires']).toContain('kernel-uname-r = 6.9.1-1-default')
    expect(styles.tumbleweed.symbols).toBe('none')
  })
})
