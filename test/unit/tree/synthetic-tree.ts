/** Trees made by hand, laid out as DKMS lays them out, in a directory of their own. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { absolutePath, type Kernel, type PackageId, type Roots } from '../../../src/domain.ts'

export const x86 = (release: string): Kernel => ({ release, arch: 'x86_64' })
export const first = x86('6.1.0-55-amd64')
export const second = x86('6.1.0-56-amd64')

export interface SyntheticTree extends Disposable {
  readonly roots: Roots
  write(path: string, content?: string | Uint8Array): string
  link(target: string, path: string): void
  mkdir(path: string): string
  /** A source directory and its link. */
  add(id: PackageId, conf?: string): void
  build(id: PackageId, kernel: Kernel, modules?: readonly string[], suffix?: string): void
  /** Copies in the install tree and the marker. */
  install(id: PackageId, kernel: Kernel, modules?: readonly string[], suffix?: string): void
}

export function confOf({ name, version }: PackageId, modules: readonly string[] = [name]): string {
  const records = modules.map(
    (module, index) =>
      `BUILT_MODULE_NAME[${index}]="${module}"\nDEST_MODULE_LOCATION[${index}]="/kernel/drivers/misc"\n`,
  )
  return `PACKAGE_NAME="${name}"\nPACKAGE_VERSION="${version}"\n${records.join('')}AUTOINSTALL="yes"\n`
}

export function bytesOf(id: PackageId, kernel: Kernel, module: string): string {
  return `${module} of ${id.name} ${id.version} for ${kernel.release} ${kernel.arch}\n`
}

/** Paths given to the functions are relative: t/ is the tree, s/ the sources, i/ the install tree, e/ /etc/dkms. */
export function syntheticTree(): SyntheticTree {
  const base = mkdtempSync(join(tmpdir(), 'tree-test-'))
  const place = (name: string) => absolutePath(join(base, name))
  const roots: Roots = {
    dkmsTree: place('t'),
    sourceTree: place('s'),
    installTree: place('i'),
    etc: place('e'),
    tmp: place('tmp'),
  }
  for (const root of Object.values(roots)) mkdirSync(root)
  const mkdir = (path: string) => {
    mkdirSync(join(base, path), { recursive: true })
    return join(base, path)
  }
  const write = (path: string, content: string | Uint8Array = '') => {
    mkdir(dirname(path))
    writeFileSync(join(base, path), content)
    return join(base, path)
  }
  const link = (target: string, path: string) => {
    mkdir(dirname(path))
    symlinkSync(target, join(base, path))
  }
  const inVersion = ({ name, version }: PackageId) => `t/${name}/${version}`
  return {
    roots,
    mkdir,
    write,
    link,
    add(id, conf = confOf(id)) {
      write(`s/${id.name}-${id.version}/dkms.conf`, conf)
      mkdir(`${inVersion(id)}/build`)
      link(join(roots.sourceTree, `${id.name}-${id.version}`), `${inVersion(id)}/source`)
    },
    build(id, kernel, modules = [id.name], suffix = '.ko') {
      const dir = `${inVersion(id)}/${kernel.release}/${kernel.arch}`
      write(`${dir}/log/make.log`, 'log\n')
      rmSync(join(base, inVersion(id), 'build'), { recursive: true, force: true })
      mkdir(`${dir}/module`)
      for (const module of modules) write(`${dir}/module/${module}${suffix}`, bytesOf(id, kernel, module))
    },
    install(id, kernel, modules = [id.name], suffix = '.ko') {
      for (const module of modules) {
        write(`i/${kernel.release}/updates/dkms/${module}${suffix}`, bytesOf(id, kernel, module))
      }
      link(`${id.version}/${kernel.release}/${kernel.arch}`, `t/${id.name}/kernel-${kernel.release}-${kernel.arch}`)
    },
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  }
}
