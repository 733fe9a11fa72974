/** The differences of install, uninstall, autoinstall, match and the kernel actions to dkms 3.0.10, each with its reason. */
import type { ExpectedDifference } from './expected-differences.ts'

const hello = 'hello\\/1\\.0'
const toy = '6\\.1\\.0-2-toy'
/** What lies in the kernel's directory, and what depmod tells of it. */
const kernelFiles = (paths: string) => new RegExp(`^tree only (?:here|dkms): modules\\/${toy}\\/(?:${paths})`)
const ofDepmod = 'modules\\.dep(?:\\.bin)? '
const treeOnly = (who: 'here' | 'dkms', path: string) => new RegExp(`^tree only ${who}: tree\\/${path}`)
const statusOnly = (who: 'here' | 'dkms', line: string) =>
  new RegExp(`^status (?:of our tree |of the tree of dkms )?only ${who}: ${line}$`)
const state = (id: string, what: string) => `${id}, ${toy}, x86_64: ${what}`
const differing = ' \\(Differences between built and installed modules\\)'
const missing = ' \\(Built modules are missing in the kernel modules folder\\)'

/** Only dkms has it installed there. */
function notInstalledHere(id: string, name: string): RegExp[] {
  return [
    statusOnly('here', `${id}: added`),
    treeOnly('here', `${id}\\/build\\/`),
    statusOnly('dkms', state(id, `installed(?:${differing})?`)),
    treeOnly('dkms', `${id}\\/${toy}\\/`),
    treeOnly('dkms', `${name}\\/kernel-${toy}-x86_64 -> `),
  ]
}

export const EXPECTED_INSTALL_DIFFERENCES: readonly ExpectedDifference[] = [
  {
    reason: '`./` does not begin the name of a package: dkms looks for a package named `.`',
    where: /: install \.\/nothing-there$/,
    what: [/^exit status 1, dkms 2$/],
  },
  {
    reason: 'missing headers end with 21, as in dkms since 3.1.5, and the first failure is the exit status',
    where:
      /^install for (?:several kernels|several kernels of which the last fails|kernels that are not there): install hello\/1\.0 .*(?:headless|absent)/,
    what: [/^exit status 21, dkms [01]$/],
  },
  {
    reason: 'where depmod never ran it is not the package of a module that runs it first, as in dkms since 3.1',
    where: /^install where depmod never ran, and without it: /,
    what: [kernelFiles('modules\\.')],
  },
  {
    reason: '--symlink-modules works: 3.0.10 reads it and does not act on it',
    where: /--symlink-modules$/,
    what: [/^tree only here: .+ -> \/var\/lib\/dkms\/hello\//, kernelFiles('updates\\/dkms\\/hello\\.ko 0')],
  },
  {
    reason: 'what patch printed is logged, as in dkms since 3.1',
    where: /^install of what cannot be built: install bad-patch/,
    what: [treeOnly('here', 'bad-patch\\/1\\.0\\/build\\/make\\.log ')],
  },
  {
    reason: 'a build without its module is a build, as in dkms since 3.0.13',
    where: /^install of a build without its module: /,
    what: [
      /^exit status 6, dkms 3$/,
      statusOnly('here', `${state(hello, 'built')}${missing}`),
      statusOnly('dkms', `${hello}: added`),
    ],
  },
  {
    reason: 'a package without modules is only warned about, as in dkms since 3.0.11',
    where: /^install of a package without modules: /,
    what: [
      /^exit status 0, dkms 8$/,
      statusOnly('here', state('zero\\/1\\.0', 'installed')),
      treeOnly('here', 'zero\\/'),
    ],
  },
  {
    reason:
      'status reads the overrides below /etc/dkms as install does: 3.0.10 passes over them and misses the modules',
    where: /^install after an override that renames the module: /,
    what: [statusOnly('here', state(hello, '(?:built|installed)')), statusOnly('dkms', `${hello}: added`)],
  },
  {
    reason: 'the version of the dependency is noted for BUILD_DEPENDS_REBUILD, as in dkms since 3.2',
    where: /^install of a package that depends on another: /,
    what: [treeOnly('here', `needs-hello\\/1\\.0\\/${toy}\\/x86_64\\/\\.dep_hello `)],
  },
  {
    reason:
      'a version that is refused is not installed: 3.0.10 on Debian marks it as installed and leaves the other in place',
    where: /^install of an older version over the installed one: install hello\/1\.0 /,
    what: [
      /^exit status 6, dkms 0$/,
      statusOnly('here', state(hello, 'built')),
      statusOnly('here', state('hello\\/2\\.0', 'installed')),
      statusOnly('dkms', `${state(hello, 'installed')}${differing}`),
      statusOnly('dkms', state('hello\\/2\\.0', 'built')),
      /^tree only (?:here|dkms): tree\/hello\/kernel-6\.1\.0-2-toy-x86_64 -> [12]\.0\//,
    ],
  },
  {
    reason:
      'modules in the way are put aside with their origin and come back, as in dkms since 3.1.7: 3.0.10 keeps none on Debian',
    where:
      /^install (?:beside an older module of the kernel|by force where the kernel has a newer module|where the kernel has several modules of the name): install /,
    what: [
      statusOnly('here', state(hello, 'installed \\(Original modules exist\\)')),
      statusOnly('dkms', state(hello, 'installed')),
      treeOnly('here', 'hello\\/original_module\\/'),
      /^tree only dkms: modules\/6\.1\.0-2-toy\/(?:kernel\/drivers|extra)\/hello\.ko /,
    ],
  },
  {
    reason:
      'modules in the way are put aside with their origin and come back: 3.0.10 on Debian loses one in the same place',
    where: /^install over an older module in the same place: /,
    what: [
      statusOnly('here', state(hello, 'installed \\(Original modules exist\\)')),
      statusOnly('dkms', state(hello, 'installed')),
      treeOnly('here', 'hello\\/original_module\\/'),
      /^tree only here: modules\/6\.1\.0-2-toy\/updates\/(?:dkms\/(?:hello\.ko )?)?/,
      kernelFiles(ofDepmod),
    ],
  },
  {
    reason: 'a version that is refused is not installed: 3.0.10 on Debian marks it as installed and copies nothing',
    where: /^install where the kernel has a newer module: /,
    what: [
      /^exit status 6, dkms 0$/,
      statusOnly('here', state(hello, 'built')),
      statusOnly('dkms', `${state(hello, 'installed')}${differing}`),
      treeOnly('dkms', `hello\\/kernel-${toy}-x86_64 -> `),
      kernelFiles(ofDepmod),
    ],
  },
  {
    reason: 'of one version and without checksums the bytes tell modules apart; 3.0.10 refuses the other one',
    where: /^install where the kernel has another module of the same version: /,
    what: [
      statusOnly('here', state(hello, 'installed \\(Original modules exist\\)')),
      statusOnly('dkms', `${state(hello, 'installed')}${differing}`),
      treeOnly('here', 'hello\\/original_module\\/'),
      kernelFiles(`updates\\/|extra\\/hello\\.ko |${ofDepmod}`),
    ],
  },
  {
    reason:
      'OBSOLETE_BY ends the build with 77, as in dkms since 3.1.8: 3.0.10 on Debian marks the module as installed',
    where: /^install of a module that the kernel has made obsolete: /,
    what: [/^exit status 77, dkms 0$/, ...notInstalledHere('old\\/1\\.0', 'old')],
  },
  {
    reason: 'a module that is gone is put back by install: dkms holds it for installed',
    where: /^install again of a module that is gone: install hello\/1\.0 -k \S+$/,
    what: [
      statusOnly('here', state(hello, 'installed')),
      statusOnly('dkms', `${state(hello, 'installed')}${differing}`),
      kernelFiles('updates\\/dkms\\/hello\\.ko '),
    ],
  },
  {
    reason: 'what is no module and lies where only DKMS puts modules goes with the package: it cannot be loaded',
    where: /^uninstall of a module that became garbage: /,
    what: [kernelFiles(`updates\\/|${ofDepmod}`)],
  },
  {
    reason: 'the file that announces the upgrade has a name of its own each time',
    where: /^an upgrade by rpm to a package with the same version: add /,
    what: [/^tree only (?:here|dkms): desk\/\.tmp\/dkms_rpm_safe_upgrade_lock\.\d+\./],
  },
  {
    reason: 'a package whose conf became invalid is listed with what is installed of it, as in dkms since 3.0.13',
    where: /^uninstall with a conf that became invalid: /,
    what: [statusOnly('here', state(hello, 'installed'))],
  },
  {
    reason: 'an older version is not tried where the newest is installed, as in dkms since 3.2',
    where: /^autoinstall where the newest version is installed: /,
    what: [
      ...notInstalledHere(hello, 'hello'),
      statusOnly('here', state('hello\\/2\\.0', 'installed')),
      statusOnly('dkms', state('hello\\/2\\.0', 'built')),
      treeOnly('here', `hello\\/kernel-${toy}-x86_64 -> 2\\.0\\/`),
    ],
  },
  {
    reason: 'a package that is not for the kernel is no failure of autoinstall, as in dkms since 3.0.11',
    where: /^autoinstall of packages of which one is not for the kernel: /,
    what: [/^exit status 0, dkms 11$/],
  },
  {
    reason: 'a package whose dependency is not in the tree waits for it, as in dkms since 3.4.1',
    where: /^autoinstall of what depends on something unknown, and on itself: /,
    what: [/^exit status 0, dkms 11$/],
  },
  {
    reason: 'autoinstall without headers ends with 21, as in dkms since 3.1.5',
    where: /^autoinstall for a kernel without headers: /,
    what: [/^exit status 21, dkms 11$/],
  },
  {
    reason:
      '/etc/dkms/no-autoinstall turns autoinstall off, as in dkms since 3.1.4; before, only package scripts read it',
    where: /^autoinstall that is turned off: /,
    what: [...notInstalledHere(hello, 'hello'), kernelFiles(`updates\\/|${ofDepmod}`)],
  },
  {
    reason: 'words that make no sense are refused also where nothing is to be done',
    where: /^autoinstall refuses what makes no sense: /,
    what: [/^exit status [45], dkms 0$/],
  },
  {
    reason: 'match works: dkms has not understood its own status lines from 2.8.6 to 3.3',
    where: /^match one kernel to another: match /,
    what: [
      /^exit status 0, dkms 2$/,
      statusOnly('here', state('(?:hello|two-modules)\\/1\\.0', 'installed')),
      treeOnly('here', `(?:hello|two-modules)\\/(?:1\\.0\\/${toy}\\/|kernel-${toy}-x86_64 -> )`),
      kernelFiles(`updates\\/|${ofDepmod}`),
    ],
  },
  {
    reason: '--all is refused with 5 before kernels are counted',
    where: /^match of nothing, and of what makes no sense: match \S+ \S+ --all$/,
    what: [/^exit status 5, dkms 4$/],
  },
  {
    reason: 'the actions of kernel packages and generate_mok came with 3.1; what 3.0.10 does not know it ends with 0',
    where: /^actions that 3\.0\.10 does not know: /,
    what: [
      /^exit status 4, dkms 0$/,
      ...notInstalledHere(hello, 'hello').filter(({ source }) => !source.includes('build')),
      kernelFiles(`updates\\/|${ofDepmod}`),
      treeOnly('here', 'mok\\.(?:key 0600|pub 0644) '),
    ],
  },
]
