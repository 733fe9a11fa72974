/** The decision table of common.postinst: what a host is like, and what must happen on it. */
import type { HostRoot } from './host-root.ts'

export interface PostinstCase {
  readonly title: string
  /** Releases below /lib/modules and whether their headers are there; `link` is a build link that leads nowhere. */
  readonly kernels: Readonly<Record<string, 'headers' | 'link' | 'bare'>>
  /** Default: 6.1.0-2-amd64, which is also what the fake machine runs. */
  readonly running?: string
  /** Text of /usr/src/m-1.0/dkms.conf; null: no source. */
  readonly conf?: string | null
  /** Kernels that a prebuilt tarball holds. */
  readonly tarball?: readonly string[]
  readonly framework?: string
  readonly files?: Readonly<Record<string, string>>
  /** Exit status by `ACTION` or `ACTION-KERNEL`. */
  readonly exits?: Readonly<Record<string, number>>
  readonly registered?: boolean
  readonly args?: readonly string[]
  readonly status: number
  /** What dkms is asked to do; `-m m -v 1.0` is left out. */
  readonly calls: readonly string[]
  /** What standard output or error must say. */
  readonly says?: RegExp
  /** Why DKMS 3.0.10 as Debian has it does otherwise; without it, it must do the same. */
  readonly unlike?: string
}

export const autoinstallConf = 'PACKAGE_NAME=m\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\nAUTOINSTALL="yes"\n'
const k1 = '6.1.0-1-amd64'
const k2 = '6.1.0-2-amd64'
const k10 = '6.1.0-10-amd64'

/** add, then build and install for each kernel. */
function built(...kernels: readonly string[]): string[] {
  return ['add', ...kernels.flatMap((kernel) => [`build -k ${kernel}`, `install -k ${kernel}`])]
}

export const postinstCases: readonly PostinstCase[] = [
  {
    title: 'the running kernel is the only one',
    kernels: { [k2]: 'headers' },
    status: 0,
    calls: built(k2),
  },
  {
    title: 'the running and the newest kernel get the module, an older one does not',
    kernels: { [k1]: 'headers', [k2]: 'headers', [k10]: 'headers' },
    status: 0,
    calls: built(k2, k10),
  },
  {
    title: 'a configuration in /boot without modules is no kernel',
    kernels: { [k2]: 'headers', [k10]: 'headers' },
    files: { 'boot/config-6.9.0-1-amd64': '' },
    status: 0,
    calls: built(k2, k10),
    unlike: 'it takes the name for the newest kernel and says that its headers are missing',
  },
  {
    title: 'the newest kernel has no headers',
    kernels: { [k2]: 'headers', [k10]: 'bare' },
    status: 0,
    calls: built(k2),
    says: /install linux-headers-6\.1\.0-10-amd64/,
  },
  {
    title: 'autoinstall_all_kernels takes every kernel with a build link',
    kernels: { [k1]: 'headers', [k2]: 'headers', [k10]: 'headers', '5.10.0-1-amd64': 'bare' },
    framework: 'autoinstall_all_kernels="yes"\n',
    status: 0,
    calls: built(k1, k10, k2),
  },
  {
    title: 'no headers at all is a warning',
    kernels: { [k2]: 'bare', [k10]: 'link' },
    status: 0,
    calls: ['add'],
    says: /no kernel headers are installed at all/,
  },
  { title: 'no kernel at all is a warning', kernels: {}, status: 0, calls: ['add'], says: /no kernel headers/ },
  {
    title: 'a chroot on a host with another kernel, first installation: every kernel with a build link',
    kernels: { [k1]: 'headers', [k10]: 'headers' },
    running: '5.4.0-host',
    status: 0,
    calls: built(k1, k10),
  },
  {
    title: 'a chroot on a host with another kernel, upgrade: the newest kernel',
    kernels: { [k1]: 'headers', [k10]: 'headers' },
    running: '5.4.0-host',
    args: ['/usr/share/m-dkms', '', '0.9-1'],
    status: 0,
    calls: built(k10),
  },
  {
    title: 'a boot kernel of an installer is left out',
    kernels: { [k1]: 'headers', '6.1.0-1-BOOT': 'headers' },
    running: '5.4.0-host',
    status: 0,
    calls: built(k1),
  },
  {
    title: 'an architecture is handed on',
    kernels: { [k2]: 'headers' },
    args: ['/usr/share/m-dkms', 'aarch64'],
    status: 0,
    calls: ['add', `build -k ${k2} -a aarch64`, `install -k ${k2} -a aarch64`],
  },
  {
    title: '/etc/dkms/no-autoinstall turns everything off',
    kernels: { [k2]: 'headers' },
    files: { 'etc/dkms/no-autoinstall': '' },
    status: 0,
    calls: [],
    says: /no-autoinstall/,
  },
  {
    title: 'without AUTOINSTALL the package is added only',
    kernels: { [k2]: 'headers' },
    conf: 'PACKAGE_NAME=m\nPACKAGE_VERSION=1.0\n',
    status: 0,
    calls: ['add'],
    unlike: 'it builds whatever AUTOINSTALL says; DKMS 3.2 no longer does',
  },
  {
    title: 'AUTOINSTALL="no" is no',
    kernels: { [k2]: 'headers' },
    conf: 'AUTOINSTALL="no"\n',
    status: 0,
    calls: ['add'],
    unlike: 'it builds whatever AUTOINSTALL says; DKMS 3.2 no longer does',
  },
  {
    title: 'AUTOINSTALL may be computed, before an exit and with CR line ends',
    kernels: { [k2]: 'headers' },
    conf: '[ "$kernelver" = 6.1.0-2-amd64 ] && AUTOINSTALL=YES\r\necho noise\nexit 3\n',
    status: 0,
    calls: built(k2),
  },
  {
    title: 'an override of the administrator turns AUTOINSTALL off',
    kernels: { [k2]: 'headers' },
    files: { 'etc/dkms/m.conf': 'AUTOINSTALL=""\n' },
    status: 0,
    calls: ['add'],
    unlike: 'it builds whatever AUTOINSTALL says; DKMS 3.2 no longer does',
  },
  {
    title: 'a registered package is replaced',
    kernels: { [k2]: 'headers' },
    registered: true,
    status: 0,
    calls: ['remove --all', ...built(k2)],
  },
  {
    title: 'a package that cannot be removed ends it with the status of that',
    kernels: { [k2]: 'headers' },
    registered: true,
    exits: { remove: 4 },
    status: 4,
    calls: ['remove --all'],
  },
  {
    title: 'a package that cannot be added ends it with the status of that',
    kernels: { [k2]: 'headers' },
    exits: { add: 8 },
    status: 8,
    calls: ['add'],
  },
  {
    title: 'neither source nor tarball: nothing happens, and it is said',
    kernels: { [k2]: 'headers' },
    conf: null,
    status: 0,
    calls: [],
    says: /nothing to register for m\/1\.0/,
  },
  {
    title: 'a prebuilt tarball is loaded and installed without a build',
    kernels: { [k2]: 'bare', [k10]: 'headers' },
    conf: null,
    tarball: [k2],
    status: 0,
    calls: ['ldtarball --archive /usr/share/m-dkms/m-1.0.dkms.tar.gz', `install -k ${k2}`],
    says: /no modules for kernel 6\.1\.0-10-amd64 and no source/,
  },
  {
    title: 'a prebuilt tarball goes before the source',
    kernels: { [k2]: 'headers' },
    tarball: [k2],
    status: 0,
    calls: ['ldtarball --archive /usr/share/m-dkms/m-1.0.dkms.tar.gz', `install -k ${k2}`],
  },
  {
    title: 'a tarball that cannot be loaded ends it with 2',
    kernels: { [k2]: 'headers' },
    tarball: [k2],
    exits: { ldtarball: 7 },
    status: 2,
    calls: ['ldtarball --archive /usr/share/m-dkms/m-1.0.dkms.tar.gz'],
    says: /could not be loaded/,
  },
  {
    title: 'an excluded kernel is no failure',
    kernels: { [k2]: 'headers', [k10]: 'headers' },
    exits: { [`build-${k2}`]: 77 },
    status: 0,
    calls: ['add', `build -k ${k2}`, `build -k ${k10}`, `install -k ${k10}`],
    says: /not meant for kernel 6\.1\.0-2-amd64/,
  },
  {
    title: 'a failing build does not stop the next kernel, and its status is the last',
    kernels: { [k2]: 'headers', [k10]: 'headers' },
    exits: { [`build-${k2}`]: 10 },
    status: 10,
    calls: ['add', `build -k ${k2}`, `build -k ${k10}`, `install -k ${k10}`],
    says: /could not be built and installed for: 6\.1\.0-2-amd64/,
    unlike: 'it ends with the first failure',
  },
  {
    title: 'of two failures the last gives the status',
    kernels: { [k2]: 'headers', [k10]: 'headers' },
    exits: { [`build-${k2}`]: 10, [`install-${k10}`]: 6 },
    status: 6,
    calls: ['add', `build -k ${k2}`, `build -k ${k10}`, `install -k ${k10}`],
    says: /: 6\.1\.0-2-amd64 6\.1\.0-10-amd64/,
    unlike: 'it ends with the first failure',
  },
  {
    title: 'continue_on_error="false" ends with the first failure',
    kernels: { [k2]: 'headers', [k10]: 'headers' },
    framework: 'continue_on_error="false"\n',
    exits: { [`build-${k2}`]: 10 },
    status: 10,
    calls: ['add', `build -k ${k2}`],
  },
  {
    title: 'the trees are where framework.conf says, whatever else it does',
    kernels: {},
    conf: null,
    framework: 'is_yes() { echo hijacked; }\nsource_tree=/fake/src\ninstall_tree=/fake/modules\necho noise\n',
    files: {
      'fake/modules/6.1.0-2-amd64/build/include/x': '',
      'fake/src/m-1.0/dkms.conf': autoinstallConf,
      'usr/src/m-1.0/dkms.conf': autoinstallConf,
    },
    status: 0,
    calls: built(k2),
    unlike: 'it looks below /lib/modules',
  },
  {
    title: 'parts of framework.conf.d count, the last one most, and one that exits does no harm',
    kernels: { [k1]: 'headers', [k2]: 'headers' },
    framework: 'autoinstall_all_kernels=no\n',
    files: {
      'etc/dkms/framework.conf.d/10.conf': 'autoinstall_all_kernels=yes\n',
      'etc/dkms/framework.conf.d/20.conf': 'exit 1\n',
    },
    status: 0,
    calls: built(k1, k2),
  },
  {
    title: 'without a name or version it tells its usage',
    kernels: {},
    args: [],
    status: 1,
    calls: [],
    says: /usage: common\.postinst NAME VERSION/,
  },
]

/** Makes the host of one case. */
export function prepareHost(root: HostRoot, one: PostinstCase): void {
  for (const [kernel, has] of Object.entries(one.kernels)) {
    root.directory(`usr/lib/modules/${kernel}/kernel`)
    if (has === 'headers') root.directory(`usr/lib/modules/${kernel}/build/include`)
    if (has === 'link') root.link('/usr/src/gone', `usr/lib/modules/${kernel}/build`)
    root.write(`boot/config-${kernel}`, '')
  }
  if (one.running !== undefined) root.write('fake/running', `${one.running}\n`)
  if (one.conf !== null) root.write('usr/src/m-1.0/dkms.conf', one.conf ?? autoinstallConf)
  if (one.tarball !== undefined) {
    root.write('usr/share/m-dkms/m-1.0.dkms.tar.gz', '')
    root.write('fake/tarball-kernels', one.tarball.join('\n'))
    root.write('fake/tarball-conf', autoinstallConf)
  }
  if (one.framework !== undefined) root.write('etc/dkms/framework.conf', one.framework)
  for (const [path, text] of Object.entries(one.files ?? {})) root.write(path, text)
  for (const [action, status] of Object.entries(one.exits ?? {})) root.write(`fake/exit/${action}`, String(status))
  if (one.registered === true) root.link('/usr/src/m-1.0', 'var/lib/dkms/m/1.0/source')
}

export function postinstArguments(one: PostinstCase): readonly string[] {
  if (one.args?.length === 0) return []
  return ['m', '1.0', ...(one.args ?? ['/usr/share/m-dkms'])]
}
