import { describe, expect, it } from 'vitest'
import { bootAdvice, formatsOnDisk } from '../../../../src/packaging/driverdisk/boot-arguments.ts'

const newer = 'RHEL 7 and newer, Fedora'

/** What the newer anaconda is told of. */
function toldOf(more: Partial<Parameters<typeof bootAdvice>[0]>): string[] {
  const advice = bootAdvice({ formats: ['redhat3'], medium: 'iso', label: 'OEMDRV', fileName: 'x.iso', ...more })
  return advice.filter(({ installer }) => installer === newer).map(({ argument, note }) => `${argument} (${note})`)
}

describe('what is to be typed for a redhat3 disk', () => {
  it.each([
    [{}, ' (found by its label OEMDRV; otherwise inst.dd=hd:LABEL=OEMDRV)'],
    [{ label: 'MINE' }, 'inst.dd=hd:LABEL=MINE (or inst.dd=http://SERVER/PATH/x.iso)'],
    // anaconda takes no address that ends otherwise.
    [{ label: 'MINE', medium: 'fat', fileName: 'x.img' }, 'inst.dd=hd:LABEL=MINE (or inst.dd alone for a menu)'],
    // It mounts what it is given, and unpacks nothing.
    [{ medium: 'tar', fileName: 'x.tar' }, ' (archives are not read: unpack it onto a file system labelled OEMDRV)'],
  ] as const)('with %j is %j', (more, expected) => {
    expect(toldOf(more)).toEqual([expected])
  })

  it('is the file within the initrd, where there is one', () => {
    expect(toldOf({ initrd: 'more.cpio.gz' })[1]).toBe(
      'inst.dd=file:/dd.iso (with more.cpio.gz appended to the initrd)',
    )
  })
})

describe('what is to be typed for others', () => {
  it('tells debian-installer the label it looks for, whatever the label of the disk', () => {
    const [advice] = bootAdvice({ formats: ['debian'], medium: 'fat', label: 'MINE', fileName: 'x.img' })
    expect(advice?.note).toContain('labelled OEMDRV')
  })

  it.each(['redhat2', 'suse', 'ubuntu'] as const)('says of an archive for %s that it has to be unpacked', (format) => {
    const [advice] = bootAdvice({ formats: [format], medium: 'tar', label: 'OEMDRV', fileName: 'x.tar' })
    expect(advice?.note).toContain('unpack it')
  })
})

describe('the formats of a universal disk', () => {
  it.each([
    [['rhdd3', 'rpms/x86_64/a.rpm'], ['redhat3']],
    [
      ['linux/suse/x86_64-tw/dud.config', 'ubuntu-drivers/5.15.0/a.deb'],
      ['dud', 'ubuntu'],
    ],
    [
      ['02/linux/suse/x86_64-tw/dud.config', 'debian-drivers/bookworm/a.deb'],
      ['dud', 'debian'],
    ],
  ] as const)('with %j are %j', (paths, formats) => {
    expect(formatsOnDisk(['universal'], paths)).toEqual(formats)
  })
})
