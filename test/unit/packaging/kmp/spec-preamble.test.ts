import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { evaluate } from '../../../../src/packaging/kmp/spec-conditions.ts'
import { expandMacros, hasMacro } from '../../../../src/packaging/kmp/spec-macros.ts'
import { parseSpecPreamble } from '../../../../src/packaging/kmp/spec-preamble.ts'

const scratch = mkdtempSync(join(tmpdir(), 'kmp-spec-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const values = { kmp_name: 'foo', kmp_one: '1', kmp_twice: '%{kmp_name}-%kmp_one', kmp_empty: '' }

describe('macros', () => {
  it.each([
    'plain text',
    '%kmp_name',
    '%{kmp_name}-%{kmp_one}.tar.bz2',
    '%{kmp_twice}',
    '%{?kmp_name}',
    '%{?kmp_none}x',
    '%{?kmp_name:is %{kmp_one}}',
    '%{!?kmp_name:is not}',
    '%{!?kmp_none:is not}',
    '%{?kmp_none:%{kmp_name}}',
    '%{!?kmp_none:%{?kmp_name:%kmp_one}}',
    '0%{?kmp_one}',
    '100%%',
    '%{kmp_none_at_all}',
    '50% of it',
    '%{?kmp_none:a}%{?kmp_empty}b',
  ])('of %j come out as rpm has them', (text) => {
    const defines = Object.entries(values).flatMap(([name, value]) => [
      '--define',
      `${name} ${value === '' ? '%{nil}' : value}`,
    ])
    const expected = execFileSync('rpm', [...defines, '--eval', text], { encoding: 'utf8' }).trimEnd()
    expect(expandMacros(text, new Map(Object.entries(values)))).toBe(expected)
  })

  it('that call themselves come to an end', () => {
    expect(hasMacro(expandMacros('%loop', new Map([['loop', '%{loop}']])))).toBe(true)
  })
})

describe('conditions', () => {
  it.each<[string, boolean | undefined]>([
    ['0', false],
    ['01500', true],
    ['! 0', true],
    ['0150500 >= 150500', true],
    ['0 && 1', false],
    ['0 || 1', true],
    ['1 == 2 || 2 < 3', true],
    ['"a" == "a"', true],
    ['"a" != "b"', true],
    ['"a" == 1', undefined],
    ['%{defined x}', undefined],
  ])('of %j are %s', (text, answer) => {
    expect(evaluate(text)).toBe(answer)
  })
})

const sample = `# norootforbuild
%define module_name foo
%global upstream 1.2
%if 0%{?suse_version} > 1500
%define rel 5
%else
%define rel 3
%endif
Name:           %{module_name}
Version:        %upstream
Release:        %{rel}%{?dist}
Epoch:          2
Summary:        Driver of %{name}
License:        GPL-2.0-only
Group:          System/Kernel
URL:            https://example.org/%{name}
Source0:        %{name}-%{version}.tar.bz2
Source1:        https://example.org/files/%{name}-preamble
Patch0:         fix.patch
BuildRequires:  gcc, make >= 3.81 kernel-syms
BuildRequires:  %kernel_module_package_buildreqs
%ifarch x86_64
BuildRequires:  fast
%endif
%suse_kernel_module_package -p %{SOURCE1} kdump um

%description
About %{name}.

More of it.

%package KMP
Summary: Another
%description KMP
Another.
`

describe('a spec file of the user', () => {
  it('tells what the source package says of itself', () => {
    expect(parseSpecPreamble(sample, 'foo-kmp.spec')).toEqual({
      name: 'foo',
      version: '1.2',
      release: '3',
      epoch: 2,
      summary: 'Driver of foo',
      license: 'GPL-2.0-only',
      description: 'About foo.\n\nMore of it.',
      group: 'System/Kernel',
      url: 'https://example.org/foo',
      vendor: undefined,
      packager: undefined,
      sources: ['foo-1.2.tar.bz2', 'foo-preamble'],
      patches: ['fix.patch'],
      buildRequires: ['gcc', 'make >= 3.81', 'kernel-syms', 'fast'],
    })
  })

  it('is read as rpmspec reads it, where that knows the macros', () => {
    const file = join(scratch, 'foo.spec')
    writeFileSync(file, sample)
    const defines = [
      'suse_kernel_module_package(p:) %{nil}',
      'kernel_module_package_buildreqs gcc',
      'dist %{nil}',
      'suse_version 1',
    ]
    const format = '%{NAME}|%{VERSION}|%{RELEASE}|%{EPOCH}|%{SUMMARY}|%{LICENSE}|%{URL}|%{DESCRIPTION}'
    const told = execFileSync(
      'rpmspec',
      [...defines.flatMap((one) => ['--define', one]), '-q', '--srpm', '--qf', format, file],
      { encoding: 'utf8' },
    )
    const { name, version, release, epoch, summary, license, url, description } = parseSpecPreamble(sample, file)
    expect([name, version, release, epoch, summary, license, url, description].join('|')).toBe(told)
  })

  it.each([
    ['has no name', 'Version: 1\nRelease: 1\nSummary: s\nLicense: l\n', /does not tell the name/],
    [
      'needs macros of another host',
      'Name: a\nVersion: %{vendor_version}\nRelease: 1\nSummary: s\nLicense: l\n',
      /vendor_version/,
    ],
    ['has a condition that cannot be told', '%if %{defined rhel}\nName: a\n%endif\n', /line 1/],
  ])('that %s is refused', (_, text, message) => {
    expect(() => parseSpecPreamble(text, 'x.spec')).toThrow(message)
  })
})
