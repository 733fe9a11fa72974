import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { diskFileName } from '../../../../src/packaging/driverdisk/file-name.ts'
import { kernelFamily } from '../../../../src/packaging/driverdisk/kernel-family.ts'
import { updateId } from '../../../../src/packaging/driverdisk/layout/dud.ts'
import { installerKernel } from '../../../../src/packaging/driverdisk/layout/installer-kernel.ts'
import { orderedModules } from '../../../../src/packaging/driverdisk/layout/module-order.ts'
import { legacyFormat, legacyMedium } from '../../../../src/packaging/driverdisk/legacy.ts'
import type { DiskModule } from '../../../../src/packaging/driverdisk/model.ts'
import { deviceClass, parsePciAlias, renderModulesDep } from '../../../../src/packaging/driverdisk/redhat-metadata.ts'
import { isKnownTag, suseTags } from '../../../../src/packaging/driverdisk/suse-dists.ts'
import { isOffered } from '../../../../src/packaging/driverdisk/verify/anaconda-match.ts'
import { knownReleases, parseRelease } from '../../../../src/packaging/driverdisk/verify/releases.ts'
import { rules } from '../../../../src/packaging/driverdisk/verify/rules.ts'
import type { Operator } from '../../../../src/packaging/package-model.ts'
import { diskModule, el9 } from './parts.ts'

const root = absolutePath(mkdtempSync(join(tmpdir(), 'facts-test-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function depending(name: string, depends: readonly string[]): DiskModule {
  return diskModule(root, name, '1', { depends: depends.join(',') })
}

describe('anaconda offers a package', () => {
  const ga = '5.14.0-70.13.1.el9_0.x86_64'
  const newer = '5.14.0-427.13.1.el9_4.x86_64'
  it.each([
    ['=', el9, true],
    ['>=', ga, true],
    ['<', newer, true],
    ['<=', el9, true],
    ['=', ga, false],
    ['>=', newer, false],
    ['>', el9, false],
    ['=', el9.replace('.x86_64', ''), false],
    ['=', '2.6.32-131.0.15.el6.x86_64', true],
    ['=', '2.6.32-71.el6.x86_64', true],
    ['=', '2.6.32-220.el6.x86_64', false],
  ] as [Operator, string, boolean][])('that provides kernel-modules %s %s: %s', (operator, version, expected) => {
    const provides = [{ name: 'kernel-modules', constraint: { operator, version } }]
    expect(isOffered({ relations: { provides } }, el9)).toBe(expected)
  })

  it('when one of its provides matches', () => {
    const provides = [
      { name: 'kernel-modules', constraint: { operator: '=', version: ga } },
      { name: 'kernel-modules', constraint: { operator: '=', version: el9 } },
    ] as const
    expect(isOffered({ relations: { provides } }, el9)).toBe(true)
  })

  it.each([
    ['without a version', [{ name: 'kernel-modules' }]],
    ['of another name', [{ name: 'kabi-modules', constraint: { operator: '=', version: el9 } }]],
    ['that are none', []],
  ] as const)('not for provides %s', (_, provides) => {
    expect(isOffered({ relations: { provides } }, el9)).toBe(false)
  })

  it.each([
    ['19.0', true],
    ['2.6.32-131', false],
  ])('as an enhancement of the installer by the version 19.0, and of %s: %s', (version, expected) => {
    const provides = [{ name: 'installer-enhancement', constraint: { operator: '=', version } }] as const
    expect(isOffered({ relations: { provides } }, el9)).toBe(expected)
  })
})

describe('names of SUSE products', () => {
  it.each([
    ['sle12', ['sles12', 'sled12']],
    ['SLE-15-SP6', ['sles15', 'sled15']],
    ['sles15sp3', ['sles15']],
    ['15.6', ['leap15.6', 'sles15', 'sled15']],
    ['leap15.6', ['leap15.6']],
    ['leap16.0', ['opensuse-leap16.0']],
    ['opensuse-leap16.0', ['opensuse-leap16.0']],
    ['16.0', ['opensuse-leap16.0', 'sles16.0']],
    ['16', ['sles16.0']],
    ['sles16', ['sles16.0']],
    ['sle16.1', ['sles16.1']],
    ['13.2', ['13.2']],
    ['tw', ['tw', 'opensuse-tumbleweed']],
    ['slowroll', ['tw', 'opensuse-slowroll']],
    ['micro6.1', ['sl-micro6.1']],
    ['sl-micro6.1', ['sl-micro6.1']],
    ['micro5.5', ['suse-microos5.5']],
    ['caasp2.0', ['caasp2.0', 'sles12']],
    ['caasp4.0', ['caasp4.0', 'sles15']],
    ['ul1', ['ul1']],
    ['=Product-1', ['Product-1']],
  ])('%s stands for %j', (word, tags) => {
    expect(suseTags(word)).toEqual(tags)
    if (!word.startsWith('=')) expect(tags.filter((tag) => !isKnownTag(tag))).toEqual([])
  })

  it('may be limited to one installer', () => {
    expect(suseTags('tw', ['agama'])).toEqual(['opensuse-tumbleweed'])
  })

  it.each(['fedora41', '', '=a/b', '='])('%j is refused', (word) => {
    expect(() => suseTags(word)).toThrowError(expect.objectContaining({ code: 'DISK_REFUSED' }))
  })
})

describe('module.order', () => {
  it('has what a module needs before it, others too, each once', () => {
    const modules = [depending('c', ['b-x', 'mii']), depending('b_x', ['a', 'crc32']), depending('a', [])]
    expect(orderedModules(modules)).toEqual(['a', 'crc32', 'b_x', 'mii', 'c'])
  })

  it('comes to an end when modules need each other', () => {
    expect(orderedModules([depending('a', ['b']), depending('b', ['a'])]).sort()).toEqual(['a', 'b'])
  })

  it('is right for every graph without circles', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 12 }), (graph) => {
        const modules = graph.map((edges, index) => {
          const depends = [...new Set(edges)].filter((edge) => edge < index).map((edge) => `m${edge}`)
          return { ...template, name: `m${index}`, info: { ...template.info, depends } }
        })
        const order = orderedModules([...modules].reverse())
        expect([...order].sort()).toEqual(modules.map(({ name }) => name).sort())
        for (const { name, info } of modules) {
          for (const needed of info.depends) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(name))
        }
      }),
      { numRuns: 50 },
    )
  })
  const template = depending('template', [])
})

describe('metadata for old loaders', () => {
  it('spells dependencies as the files on the disk are spelled', () => {
    expect(renderModulesDep([depending('my-core', []), depending('my-net', ['my_core', 'mii'])])).toBe(
      'my-net: my-core mii\n',
    )
    expect(renderModulesDep([depending('alone', [])])).toBe('')
  })

  it.each([
    ['/kernel/drivers/net/ethernet/x', [], 'eth'],
    ['/kernel/drivers/net/tokenring', [], 'tr'],
    ['/kernel/drivers/scsi', [], 'scsi_hostadapter'],
    ['/kernel/drivers/netlike', [], 'other'],
    ['/kernel/fs/x', [], 'fs'],
    ['/extra', ['pci:v*d*sv*sd*bc01sc08i02'], 'scsi_hostadapter'],
    ['/extra', ['usb:v1d2', 'pci:v*d*sv*sd*bc02sc00i*'], 'eth'],
    ['/extra', ['pci:v00001000d00000010sv*sd*bc*sc*i*'], 'other'],
  ] as const)('of a module in %s with the aliases %j call it %s', (location, aliases, expected) => {
    expect(deviceClass(location, aliases)).toBe(expected)
  })

  it('read PCI aliases, and only those', () => {
    expect(parsePciAlias('pci:v00008086d0000100Esv*sd*bc02sc*i*')).toEqual({
      vendor: 0x8086,
      device: 0x100e,
      subvendor: 0xffffffff,
      subdevice: 0xffffffff,
      class: 0x020000,
      classMask: 0xff0000,
    })
    expect(parsePciAlias('usb:v8086p100Ed*dc*dsc*dp*ic*isc*ip*in*')).toBeUndefined()
    expect(parsePciAlias('pci:v00008086d0000100E')).toBeUndefined()
  })
})

describe('the kernel of a SUSE installer', () => {
  const kernels = (...releases: string[]) =>
    releases.map((release) => ({ kernel: { release, arch: 'x86_64' }, modules: [] }))
  it('is the one of the flavour default, wherever it stands', () => {
    expect(installerKernel(kernels('5-azure', '5-default', '6-default'))?.kernel.release).toBe('5-default')
  })
  it('is the first where none is called so', () => {
    expect(installerKernel(kernels('5-azure', '5-rt'))?.kernel.release).toBe('5-azure')
  })
})

describe('the family of a kernel', () => {
  it.each([
    [el9, 'redhat'],
    ['6.8.5-301.fc40.x86_64', 'redhat'],
    ['5.14.21-150500.53-default', 'suse'],
    ['4.4.21-69-default', 'suse'],
    ['5.15.0-25-generic', 'debian'],
    ['6.1.0-56-amd64', 'debian'],
    ['6.1.0-56-cloud-amd64', 'debian'],
    ['6.9.0', undefined],
    ['6.9.0-mine', undefined],
    ['5.15.0-1000-azure', undefined],
  ])('%s is %s', (release, expected) => {
    expect(kernelFamily(release)).toBe(expected)
  })
})

describe('an UpdateID', () => {
  const file = (path: string, text: string) => ({ kind: 'file', path, content: { text } }) as const
  it('does not depend on the order of files', () => {
    expect(updateId([file('a', '1'), file('b', '2')])).toBe(updateId([file('b', '2'), file('a', '1')]))
  })
  it('depends on every name and content', () => {
    const all = [[file('a', '1')], [file('a', '2')], [file('b', '1')], [file('a', '1'), file('b', '')]].map(updateId)
    expect(new Set(all).size).toBe(4)
  })
})

describe('the name of an image', () => {
  const base = { package: { name: 'hello', version: '1.0' }, medium: 'floppy' } as const
  const kernels = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ release: `5.0-${index}`, arch: 'x86_64' }))
  it.each([
    [{ ...base, formats: ['redhat2'], kernels: kernels(2) }, 'hello-1.0-kernel5.0-0-x86_64-kernel5.0-1-x86_64-dd.img'],
    [{ ...base, formats: ['redhat1'], kernels: kernels(20) }, 'hello-1.0-manykernels-dd.img'],
    [{ ...base, formats: ['redhat3'], kernels: kernels(2), medium: 'iso' }, 'hello-1.0-dd.iso'],
    [{ ...base, formats: ['suse'], kernels: [], release: '9.1', medium: 'tar' }, 'hello-1.0-suse-9.1-dd.tar'],
    [{ ...base, formats: ['unitedlinux'], kernels: [], release: 'ul1' }, 'hello-1.0-UnitedLinux-ul1-dd.img'],
    [{ ...base, formats: ['ubuntu'], kernels: [] }, 'hello-1.0-ubuntu-dd.img'],
    [{ ...base, formats: ['dud'], kernels: [], medium: 'cpio' }, 'hello-1.0-dud-dd.cpio'],
  ] as const)('for %j is that of DKMS 2.x where it had one', (request, expected) => {
    expect(diskFileName(request)).toBe(expected)
  })
})

describe('the old command line', () => {
  const kernels = (...arches: string[]) => arches.map((arch) => ({ release: '2.4.21', arch }))
  it.each([
    ['redhat', kernels('i386'), 'redhat1'],
    ['redhat', kernels('i386', 'x86_64'), 'redhat2'],
    ['redhat3', [], 'redhat3'],
    ['UnitedLinux', [], 'unitedlinux'],
    ['suse', [], 'suse'],
  ] as const)('-d %s for %j is %s', (distro, kernels, format) => {
    expect(legacyFormat(distro, kernels)).toBe(format)
  })

  it.each([
    ['redhat2', 'floppy', undefined, { medium: 'floppy', size: 1440 }],
    ['suse', 'floppy', 2880, { medium: 'ext2', size: 2880 }],
    ['ubuntu', 'iso', undefined, { medium: 'iso' }],
    ['redhat3', 'tar', 100, { medium: 'tar' }],
  ] as const)('--media for %s %s %s is %j', (format, media, kib, expected) => {
    expect(legacyMedium(format, media, kib)).toEqual(expected)
  })

  it('has no other words', () => {
    expect(() => legacyFormat('debian', [])).toThrowError(expect.objectContaining({ code: 'DISK_REFUSED' }))
    expect(() => legacyMedium('suse', 'cdrom')).toThrowError(expect.objectContaining({ code: 'USAGE' }))
  })
})

describe('releases', () => {
  it.each([
    ['rhel9.4', 'anaconda', false],
    ['rocky9.6', 'anaconda', true],
    ['centos7', 'anaconda', false],
    ['fedora41', 'anaconda', true],
    ['rhel10.1', 'anaconda', true],
    ['sles15sp3', 'linuxrc', false],
    ['sles15sp6', 'linuxrc', true],
    ['agama16', 'agama', true],
    ['leap16.0', 'agama', true],
    ['leap16', 'agama', true],
    ['sle15-sp6', 'linuxrc', true],
    ['sled12', 'linuxrc', false],
    ['oraclelinux9', 'anaconda', false],
  ])('%s has the abilities of its installer %s', (word, consumer, readsCompressedModules) => {
    expect(parseRelease(word)).toMatchObject({ release: word, consumer, readsCompressedModules })
  })

  it('have names of their own', () => {
    const names = knownReleases().map(({ release }) => release)
    expect(new Set(names).size).toBe(names.length)
  })

  it.each([
    ['16.1', 'agama', ['sles16.1', 'opensuse-leap16.1'], ['sles16.0', 'sles15']],
    ['micro6.1', 'agama', ['sl-micro6.1'], ['sl-micro6.0']],
    ['agama', 'agama', ['sles16.0', 'opensuse-slowroll'], ['tw']],
    ['linuxrc', 'linuxrc', ['tw', 'sles15', 'mine'], ['sles16.0']],
    ['sles9', 'linuxrc', ['sles9'], ['sles10']],
    ['=Mine1', 'linuxrc', ['Mine1'], ['mine1']],
  ] as const)('%s is of %s, and takes %j but not %j', (word, consumer, taken, passedOver) => {
    const release = parseRelease(word)
    if (!('takes' in release)) throw new Error(`${word} is no product of SUSE`)
    expect(release).toMatchObject({ release: word, consumer })
    expect([taken.filter(release.takes), passedOver.filter(release.takes)]).toEqual([taken, []])
  })

  it.each([
    ['debian12', 'hw-detect'],
    ['ubuntu22.04', 'casper'],
    ['ubuntu/trusty', 'hw-detect'],
    ['rhel2.1', 'loader'],
  ])('%s is for %s', (word, consumer) => {
    expect(parseRelease(word)).toMatchObject({ release: word, consumer })
  })

  it('that nobody knows are refused', () => {
    expect(() => parseRelease('beos5')).toThrowError(expect.objectContaining({ code: 'USAGE' }))
  })
})

describe('docs/driverdisk.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/driverdisk.md'), 'utf8')
  it('has every rule, with its meaning and remedy', () => {
    const rows = Object.entries(rules).map(
      ([code, { severity, meaning, remedy }]) => `| \`${code}\` | ${severity} | ${meaning} | ${remedy} |`,
    )
    expect(rows.filter((row) => !text.includes(row))).toEqual([])
  })
  it('has every release', () => {
    expect(knownReleases().filter(({ release }) => !text.includes(`\`${release}\``))).toEqual([])
  })
})

describe('the scripts on disks and in packages', () => {
  it('hold no module or kernel name that the shell would run', async () => {
    const { render } = await import('./parts.ts')
    const marked = '$(touch /tmp/x)'
    for (const name of ['rpm-post', 'rpm-postun', 'deb-postinst', 'deb-postrm']) {
      const text = render(`driverdisk/${name}.hbs`, { release: marked, modules: [marked] })
      execFileSync('sh', ['-n', '-c', text])
      expect(text).not.toMatch(/(?<!')\$\(touch/)
    }
    execFileSync('sh', ['-n', '-c', render('driverdisk/update.post.hbs', { releases: [marked] })])
  })
})
