/** Packages that are built already, with the smallest files that are kernel modules, and requests about them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { absolutePath, type Kernel, type PackageId } from '../../../../src/domain.ts'
import { type Report, silent } from '../../../../src/report.ts'
import type { Host } from '../../../../src/runtime/install/host.ts'
import type { InstallRequest, UninstallRequest } from '../../../../src/runtime/install/model.ts'
import { elfForms, modinfoSection, writeElf } from '../../kernel/elf-writer.ts'
import { confOf, first, type SyntheticTree } from '../../tree/synthetic-tree.ts'
import { actionContext } from '../action-context.ts'

export interface ModuleFields {
  readonly version?: string | undefined
  readonly srcversion?: string | undefined
  /** Absent: the first test kernel. `null`: none. */
  readonly release?: string | null
  /** Makes files of the same fields differ. */
  readonly salt?: string
  readonly signature?: boolean
  /** What vermagic says beyond the release. */
  readonly flags?: string
}

export function moduleFile(fields: ModuleFields = {}): Buffer {
  const { version, srcversion, release, salt, signature, flags = 'SMP preempt mod_unload modversions' } = fields
  const [form] = elfForms
  if (form === undefined) throw new Error('no ELF form')
  const entries = [
    ...(version === undefined ? [] : [`version=${version}`]),
    ...(srcversion === undefined ? [] : [`srcversion=${srcversion}`]),
    ...(release === null ? [] : [`vermagic=${release ?? first.release} ${flags} `]),
    `description=${salt ?? ''}`,
  ]
  const file = writeElf(form, { '.modinfo': modinfoSection(...entries) })
  return signature === true ? Buffer.concat([file, signed(Buffer.from('not a real signature'))]) : file
}

function signed(message: Buffer): Buffer {
  const trailer = Buffer.alloc(12)
  trailer[2] = 2
  trailer.writeUInt32BE(message.length, 8)
  return Buffer.concat([message, trailer, Buffer.from('~Module signature appended~\n')])
}

/** Added and built: source, conf and one file for each module. */
export function addBuilt(
  tree: SyntheticTree,
  id: PackageId,
  kernel: Kernel,
  modules: Readonly<Record<string, Buffer>>,
  confMore = '',
): void {
  const names = Object.keys(modules).map((file) => file.split('.', 1)[0] ?? '')
  tree.write(`s/${id.name}-${id.version}/dkms.conf`, `${confOf(id, names)}${confMore}`)
  const dir = `t/${id.name}/${id.version}`
  tree.mkdir(dir)
  try {
    tree.link(join(tree.roots.sourceTree, `${id.name}-${id.version}`), `${dir}/source`)
  } catch {
    // Added for another kernel already.
  }
  tree.write(`${dir}/${kernel.release}/${kernel.arch}/log/make.log`, 'log\n')
  for (const [file, bytes] of Object.entries(modules)) {
    tree.write(`${dir}/${kernel.release}/${kernel.arch}/module/${file}`, bytes)
  }
}

export function installRequest(
  tree: SyntheticTree,
  id: PackageId,
  more: Partial<InstallRequest> & { readonly onHost?: Partial<Host> } = {},
): InstallRequest {
  const { onHost, ...rest } = more
  return {
    ...actionContext(tree.roots, more.report ?? silent, onHost),
    package: id,
    kernels: [first],
    force: false,
    forceVersionOverride: false,
    rpmSafeUpgrade: false,
    symlinkModules: false,
    modprobeOnInstall: false,
    jobs: 1,
    directives: [],
    verbose: false,
    headersHint: () => 'headers',
    signing: {
      distro: notAsked,
      settingsFor: notAsked,
      rootFacts: notAsked,
      required: false,
      interactive: false,
      machineRoot: '/',
    },
    ...rest,
  }
}

function notAsked(): never {
  throw new Error('nothing is built here')
}

export function uninstallRequest(
  tree: SyntheticTree,
  id: PackageId,
  more: Partial<UninstallRequest> & { readonly report?: Report } = {},
): UninstallRequest {
  return { ...actionContext(tree.roots, more.report), package: id, kernels: [first], directives: [], ...more }
}

/** `i/K/updates/dkms/foo.ko`, where the host of these tests wants modules. */
export function destination(file: string, kernel: Kernel = first): string {
  return `i/${kernel.release}/updates/dkms/${file}`
}

/** Paths begin with t/, s/ or i/, as those given to the synthetic tree. */
export function bytesAt(tree: SyntheticTree, path: string): Buffer {
  return readFileSync(absolutePath(join(tree.roots.dkmsTree, '..', path)))
}
