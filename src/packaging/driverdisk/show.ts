/** What is on a driver disk: without root, without a mount. */

import type { Container } from '../../archive/image/model.ts'
import type { AbsolutePath } from '../../domain.ts'
import { vermagicRelease } from '../../kernel/modinfo.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { type DiskSignature, openDisk } from './open-disk.ts'
import type { PackageReader } from './package-facts.ts'
import { diskRoots } from './verify/anaconda.ts'
import { debsFor } from './verify/debian.ts'
import { type Disk, readDisk } from './verify/disk.ts'
import { looksLikeLoaderDisk, moduleName } from './verify/loader.ts'
import { placedModules } from './verify/modules.ts'
import { suseUpdates } from './verify/suse.ts'

/** `suse` stands for classic disks and modern updates alike: installers do not tell them apart. */
export type ShownFormat = 'redhat1' | 'redhat2' | 'redhat3' | 'suse' | 'unitedlinux' | 'ubuntu' | 'debian'

export interface DiskContents {
  readonly container: Container
  readonly formats: readonly ShownFormat[]
  readonly packages: readonly {
    readonly path: string
    readonly kind: 'rpm' | 'deb'
    /** Of an RPM: whether it carries a signature; not whose, or whether it is right. */
    readonly isSigned?: boolean
    /** Undefined for a package that cannot be read. */
    readonly identity: { readonly name: string; readonly version: string; readonly arch: string } | undefined
  }[]
  readonly updates: readonly { readonly path: string; readonly arch: string; readonly tag: string }[]
  readonly modules: readonly {
    readonly path: string
    readonly name: string
    readonly version: string | undefined
    /** The kernel it was built for. */
    readonly kernel: string | undefined
    readonly signer: string | undefined
    readonly isSigned: boolean
  }[]
  /** Releases of kernels, sorted. */
  readonly kernels: readonly string[]
  readonly files: readonly string[]
  /** Of the disk itself, found and not checked. */
  readonly signature: DiskSignature
}

/** @throws {FactoryError} as verifyImage */
export async function showImage(
  path: AbsolutePath,
  { tmp, reader }: { readonly tmp: AbsolutePath; readonly reader: PackageReader },
): Promise<DiskContents> {
  using image = await openDisk(path, { tmp, reader })
  using work = temporaryDirectory(tmp, 'dkms-show-')
  return { ...contentsOf(await readDisk(image, reader, work.path)), signature: image.signature }
}

function contentsOf(disk: Disk): Omit<DiskContents, 'signature'> {
  const modules = placedModules(disk).map(({ path, info }) => ({
    path,
    name: moduleName(path),
    version: info?.version,
    kernel: info?.vermagic === undefined ? undefined : vermagicRelease(info.vermagic),
    signer: info?.signature?.signer,
    isSigned: info?.signature !== undefined,
  }))
  return {
    container: disk.container,
    formats: formatsOf(disk),
    packages: [...packagesOf(disk.rpms, 'rpm'), ...packagesOf(disk.debs, 'deb')],
    updates: suseUpdates(disk).map(({ path, arch, tag }) => ({ path, arch, tag })),
    modules,
    kernels: [...new Set(modules.flatMap(({ kernel }) => kernel ?? []))].sort(),
    files: [...disk.nodes].flatMap(([path, { kind }]) => (kind === 'directory' ? [] : [path])),
  }
}

function formatsOf(disk: Disk): ShownFormat[] {
  const products = new Set(suseUpdates(disk).map(({ product }) => product))
  return [
    ...(looksLikeLoaderDisk(disk) ? [disk.nodes.has('rhdd') ? ('redhat2' as const) : ('redhat1' as const)] : []),
    ...(diskRoots(disk).length > 0 ? (['redhat3'] as const) : []),
    ...(products.has('suse') ? (['suse'] as const) : []),
    ...(products.has('UnitedLinux') ? (['unitedlinux'] as const) : []),
    ...(debsFor(disk, { consumer: 'casper' }).length > 0 ? (['ubuntu'] as const) : []),
    ...(debsFor(disk, { consumer: 'hw-detect' }).length > 0 ? (['debian'] as const) : []),
  ]
}

interface Identity {
  readonly name: string
  readonly version: string
  readonly arch: string
  readonly release?: string
  readonly isSigned?: boolean
}

function packagesOf(
  packages: ReadonlyMap<string, Identity | undefined>,
  kind: 'rpm' | 'deb',
): DiskContents['packages'] {
  return [...packages].map(([path, facts]) => ({
    path,
    kind,
    ...(facts?.isSigned === undefined ? {} : { isSigned: facts.isSigned }),
    identity:
      facts === undefined
        ? undefined
        : {
            name: facts.name,
            version: facts.release === undefined ? facts.version : `${facts.version}-${facts.release}`,
            arch: facts.arch,
          },
  }))
}
