/** One package with nearly every feature of the format, as a spec for rpmbuild and as descriptions for our writer. */
import type { RpmBinaryDescription, RpmSourceDescription } from '../../../../../src/packaging/rpm/format/description.ts'
import { type Built, quietSpec, rpmbuild } from './rpm-tools.ts'

/** Seconds since the epoch: of the build and of every file. */
export const epoch = 1_700_000_000

export const sources = {
  'hello.txt': 'hello\n',
  'second.txt': 'second\n',
  'fix.patch': '--- a\n+++ b\n',
  'fix2.patch': '--- c\n+++ d\n',
} as const

export const spec = `${quietSpec}
Name: feat
Epoch: 2
Version: 1.0~rc1
Release: 3.dkms
Summary: A package with many features
License: GPL-2.0-only
Group: System Environment/Kernel
URL: https://example.org/feat
Vendor: Example Vendor
Packager: Jane Packager <jane@example.org>
Distribution: Example Linux
BugURL: https://example.org/bugs
VCS: git:https://example.org/feat.git
BuildArch: noarch
Source0: hello.txt
Source1: second.txt
Patch0: fix.patch
Patch1: fix2.patch
BuildRequires: make >= 3
BuildRequires: (a if b)
BuildConflicts: zz
Requires: dkms >= 2.8
Requires: (kernel-devel if kernel)
Requires(post): dkms
Requires(preun): dkms
Requires(pretrans,posttrans,verify): q = 3^a
OrderWithRequires: ord
Provides: feat-kmod = 2:1.0-1
Provides: feat-any
Conflicts: oldfeat < 1.0
Obsoletes: feat-old <= 0.9
Recommends: kernel-devel
Suggests: gcc > 4
Supplements: modalias(pci:v00008086d*)
Enhances: linux
AutoReqProv: no
%description
Many lines
of description with unicode: é.

%install
mkdir -p %{buildroot}/usr/src/feat-1.0 %{buildroot}/etc %{buildroot}/usr/share/doc/feat
echo 'obj-m := feat.o' > %{buildroot}/usr/src/feat-1.0/Makefile
echo 'script' > %{buildroot}/usr/src/feat-1.0/run.sh
chmod 755 %{buildroot}/usr/src/feat-1.0/run.sh
mkdir -p %{buildroot}/usr/src/feat-1.0/empty %{buildroot}/usr/src/feat-1.0/a
echo below > %{buildroot}/usr/src/feat-1.0/a/below
echo beside > %{buildroot}/usr/src/feat-1.0/a-beside
ln -s Makefile %{buildroot}/usr/src/feat-1.0/GNUmakefile
echo conf > %{buildroot}/etc/feat.conf
echo conf2 > %{buildroot}/etc/feat2.conf
echo readme > %{buildroot}/usr/share/doc/feat/README
echo lic > %{buildroot}/usr/share/doc/feat/LICENSE
touch %{buildroot}/etc/ghost
%pretrans
echo pretrans
%pre
echo pre $1
%post -p /bin/bash
echo post %{version}
%preun -e
echo preun
%postun -p "/bin/sh -e"
echo postun
%posttrans -p <lua>
print("hi")
%verifyscript
echo verify
%triggerin -- kernel >= 5, kernel-rt
echo triggerin
%triggerun -e -p /bin/bash -- foo
echo triggerun
%triggerpostun -- kernel
echo triggerpostun
%triggerprein -- aa = 5~x
echo triggerprein
%filetriggerin -- /usr /etc
cat
%filetriggerun -P 500 -- /usr
cat
%transfiletriggerin -P 200 -- /lib/modules
cat
%files
%dir /usr/src/feat-1.0
/usr/src/feat-1.0/*
%config(noreplace) /etc/feat.conf
%config %verify(not md5 size mtime) /etc/feat2.conf
%doc /usr/share/doc/feat/README
%license /usr/share/doc/feat/LICENSE
%attr(0640,daemon,adm) %ghost /etc/ghost
%changelog
* Tue Jan 02 2024 Jane Packager <jane@example.org> - 1.0~rc1-3
- Second
- entry
* Mon Jan 01 2024 Jane Packager <jane@example.org> - 1.0~rc1-2
- First
`

const preamble = {
  name: 'feat',
  epoch: 2,
  version: '1.0~rc1',
  release: '3.dkms',
  arch: 'noarch',
  summary: 'A package with many features',
  description: 'Many lines\nof description with unicode: é.',
  license: 'GPL-2.0-only',
  group: 'System Environment/Kernel',
  url: 'https://example.org/feat',
  vendor: 'Example Vendor',
  packager: 'Jane Packager <jane@example.org>',
  distribution: 'Example Linux',
  bugUrl: 'https://example.org/bugs',
  vcs: 'git:https://example.org/feat.git',
  buildHost: 'reproducible',
  buildTime: epoch,
  changelog: [
    { time: 1_704_196_800, author: 'Jane Packager <jane@example.org> - 1.0~rc1-3', text: '- Second\n- entry' },
    { time: 1_704_110_400, author: 'Jane Packager <jane@example.org> - 1.0~rc1-2', text: '- First' },
  ],
} as const

function file(path: string, text: string, mode = 0o644) {
  return { kind: 'file', path, mode, mtime: epoch, content: { text } } as const
}

function directory(path: string) {
  return { kind: 'directory', path, mode: 0o755, mtime: epoch } as const
}

export const binaryDescription: RpmBinaryDescription = {
  ...preamble,
  kind: 'binary',
  platform: 'noarch-debian-linux',
  optflags: '-O2 -g',
  relations: {
    requires: [
      { name: 'dkms', constraint: { operator: '>=', version: '2.8' } },
      { name: '(kernel-devel if kernel)' },
      { name: 'dkms', uses: ['post'] },
      { name: 'dkms', uses: ['preun'] },
      { name: 'q', constraint: { operator: '=', version: '3^a' }, uses: ['pretrans', 'posttrans', 'verify'] },
    ],
    orders: [{ name: 'ord' }],
    provides: [{ name: 'feat-kmod', constraint: { operator: '=', version: '2:1.0-1' } }, { name: 'feat-any' }],
    conflicts: [{ name: 'oldfeat', constraint: { operator: '<', version: '1.0' } }],
    obsoletes: [{ name: 'feat-old', constraint: { operator: '<=', version: '0.9' } }],
    recommends: [{ name: 'kernel-devel' }],
    suggests: [{ name: 'gcc', constraint: { operator: '>', version: '4' } }],
    supplements: [{ name: 'modalias(pci:v00008086d*)' }],
    enhances: [{ name: 'linux' }],
  },
  scriptlets: [
    { phase: 'pretrans', body: 'echo pretrans' },
    { phase: 'pre', body: 'echo pre $1' },
    { phase: 'post', body: 'echo post 1.0~rc1', interpreter: ['/bin/bash'] },
    { phase: 'preun', body: 'echo preun', expand: true },
    { phase: 'postun', body: 'echo postun', interpreter: ['/bin/sh', '-e'] },
    { phase: 'posttrans', body: 'print("hi")', interpreter: ['<lua>'] },
    { phase: 'verify', body: 'echo verify' },
  ],
  triggers: [
    {
      event: 'in',
      targets: [{ name: 'kernel', constraint: { operator: '>=', version: '5' } }, { name: 'kernel-rt' }],
      body: 'echo triggerin',
    },
    { event: 'un', targets: [{ name: 'foo' }], body: 'echo triggerun', interpreter: ['/bin/bash'], expand: true },
    { event: 'postun', targets: [{ name: 'kernel' }], body: 'echo triggerpostun' },
    {
      event: 'prein',
      targets: [{ name: 'aa', constraint: { operator: '=', version: '5~x' } }],
      body: 'echo triggerprein',
    },
  ],
  fileTriggers: [
    { event: 'in', per: 'package', prefixes: ['/usr', '/etc'], body: 'cat' },
    { event: 'un', per: 'package', prefixes: ['/usr'], body: 'cat', priority: 500 },
    { event: 'in', per: 'transaction', prefixes: ['/lib/modules'], body: 'cat', priority: 200 },
  ],
  entries: [
    directory('/usr/src/feat-1.0'),
    file('/usr/src/feat-1.0/run.sh', 'script\n', 0o755),
    file('/usr/src/feat-1.0/Makefile', 'obj-m := feat.o\n'),
    directory('/usr/src/feat-1.0/empty'),
    directory('/usr/src/feat-1.0/a'),
    file('/usr/src/feat-1.0/a/below', 'below\n'),
    file('/usr/src/feat-1.0/a-beside', 'beside\n'),
    { kind: 'symlink', path: '/usr/src/feat-1.0/GNUmakefile', mtime: epoch, target: 'Makefile' },
    { ...file('/etc/feat.conf', 'conf\n'), config: 'keep' },
    { ...file('/etc/feat2.conf', 'conf2\n'), config: 'replace', unverified: ['digest', 'size', 'mtime'] },
    { ...file('/usr/share/doc/feat/README', 'readme\n'), doc: true },
    { ...file('/usr/share/doc/feat/LICENSE', 'lic\n'), doc: true, license: true },
    { kind: 'ghost', path: '/etc/ghost', mode: 0o640, mtime: epoch, user: 'daemon', group: 'adm' },
  ],
}

export const sourceDescription: RpmSourceDescription = {
  ...preamble,
  kind: 'source',
  buildArchs: ['noarch'],
  relations: {
    requires: [{ name: 'make', constraint: { operator: '>=', version: '3' } }, { name: '(a if b)' }],
    conflicts: [{ name: 'zz' }],
  },
  entries: [
    { ...file('package.spec', spec), role: 'spec' },
    { ...file('hello.txt', sources['hello.txt']), role: 'source' },
    { ...file('second.txt', sources['second.txt']), role: 'source' },
    { ...file('fix.patch', sources['fix.patch']), role: 'patch' },
    { ...file('fix2.patch', sources['fix2.patch']), role: 'patch' },
  ],
}

export function buildFeaturePackage(topdir: string): Built {
  return rpmbuild(topdir, spec, sources, {
    epoch,
    binary: 'feat-1.0~rc1-3.dkms.noarch.rpm',
    source: 'feat-1.0~rc1-3.dkms.src.rpm',
  })
}
