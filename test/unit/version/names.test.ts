import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findOnPath } from '../../../src/kernel/toolchain.ts'
import { temporaryDirectory } from '../../../src/system/fs.ts'
import { run } from '../../../src/system/run.ts'
import { compareDeb } from '../../../src/version/deb.ts'
import { debDkmsName, debName, debVersion, type Mapping, rpmName, rpmVersion } from '../../../src/version/names.ts'
import { compareRpm } from '../../../src/version/rpm.ts'

const path = process.env['PATH'] ?? ''
const names = ['foo', 'Foo', 'a_b_c', '8812au', 'r8168-dkms', 'x@y', '_xy', 'a..b', 'nvidia+open', 'ünïcode', '-x-']
const versions = [
  '1.0',
  '1.0_2',
  'v1.2',
  'V3',
  '7.3-rc1',
  '1.0-2',
  'git',
  'S2.42N2.64',
  'bcache-4.4',
  '1.0@x',
  '4f2a',
  '1^2',
]

function valueOf(mapping: Mapping): string {
  if (mapping.kind === 'refused') throw new Error(mapping.reason)
  return mapping.value
}

describe('names and versions per format', () => {
  it.each([
    [rpmName, 'a_b_c', 'a_b_c'],
    [rpmName, 'Foo', 'Foo'],
    [rpmName, 'x@y', 'x-y'],
    [rpmVersion, '1.0', '1.0'],
    [rpmVersion, '7.3-rc1', '7.3~rc1'],
    [rpmVersion, '1.0-2', '1.0_2'],
    [rpmVersion, '1.0-preview', '1.0_preview'],
    [rpmVersion, 'git', 'git'],
    [debName, 'a_b_c', 'a-b-c'],
    [debName, 'Foo_Bar', 'foo-bar'],
    [debName, 'r8168-dkms', 'r8168-dkms'],
    [debDkmsName, 'r8168-dkms', 'r8168-dkms'],
    [debDkmsName, 'r8168', 'r8168-dkms'],
    [debDkmsName, 'x', 'x-dkms'],
    [debVersion, '1.0', '1.0'],
    [debVersion, '1.0_2', '1.0+2'],
    [debVersion, 'v1.2', '1.2'],
    [debVersion, '7.3-rc1', '7.3~rc1'],
    [debVersion, '1.0-2', '1.0+2'],
    [debVersion, 'git', '0~git'],
    [debVersion, 'bcache-4.4', '0~bcache+4.4'],
  ])('%o of %s is %s', (map, text, expected) => {
    const mapped = map(text)
    expect(mapped).toMatchObject({ kind: 'mapped', value: expected })
  })

  it('tells a reason exactly when the text changed', () => {
    for (const map of [rpmName, rpmVersion, debName, debVersion]) {
      for (const text of [...names, ...versions]) {
        const mapped = map(text)
        if (mapped.kind === 'refused') continue
        expect(mapped.changed).toBe(mapped.value !== text)
        expect(mapped.reason !== undefined).toBe(mapped.changed)
      }
    }
  })

  it.each([
    [rpmVersion, '1..0'],
    [rpmVersion, '1/2'],
    [rpmVersion, '1:2'],
    [rpmVersion, ''],
    [debVersion, '1 2'],
    [debVersion, '1\u00002'],
    [debName, 'x'],
    [debName, '___'],
    [rpmName, '../x'],
  ])('%o refuses %j and says why', (map, text) => {
    const mapped = map(text)
    expect(mapped.kind).toBe('refused')
    expect(mapped.reason).toContain(text === '' ? 'empty' : JSON.stringify(text))
  })

  it('keeps a pre-release before its release', () => {
    expect(compareDeb(valueOf(debVersion('7.3-rc1')), valueOf(debVersion('7.3')))).toBeLessThan(0)
    expect(compareRpm(valueOf(rpmVersion('7.3-rc1')), valueOf(rpmVersion('7.3')))).toBeLessThan(0)
  })

  it('maps any text to what the format allows, or refuses it', () => {
    const forms: readonly [(text: string) => Mapping, RegExp][] = [
      [rpmName, /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/],
      [rpmVersion, /^[A-Za-z0-9._+~^]+$/],
      [debName, /^[a-z0-9][a-z0-9+.-]+$/],
      [debDkmsName, /^[a-z0-9][a-z0-9+.-]*-dkms$/],
      [debVersion, /^\d[A-Za-z0-9.+~]*$/],
    ]
    for (const [map, form] of forms) {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (text) => {
          const mapped = map(text)
          if (mapped.kind === 'mapped') expect(mapped.value).toMatch(form)
        }),
      )
    }
  })

  it.skipIf(findOnPath('dpkg', path) === undefined)(
    'gives names and versions that dpkg validates (needs dpkg)',
    async () => {
      for (const name of names) await run(['dpkg', '--validate-pkgname', valueOf(debName(name))])
      for (const version of versions) await run(['dpkg', '--validate-version', valueOf(debVersion(version))])
    },
  )

  it.skipIf(findOnPath('rpmspec', path) === undefined)(
    'gives names and versions that rpm takes (needs rpmspec)',
    async () => {
      using directory = temporaryDirectory(tmpdir(), 'rpm-names-')
      for (const [index, name] of names.entries()) {
        const file = join(directory.path, `${index}.spec`)
        const version = valueOf(rpmVersion(versions[index] ?? '1'))
        const head = `Name: ${valueOf(rpmName(name))}\nVersion: ${version}\nRelease: 1\nSummary: x\nLicense: x\n`
        writeFileSync(file, `${head}%description\nx\n%files\n`)
        const { stdout } = await run(['rpmspec', '-q', '--qf', '%{name} %{version}\\n', file])
        expect(stdout).toBe(`${valueOf(rpmName(name))} ${version}\n`)
      }
    },
  )
})
