/**
 * `dud`: driver updates for linuxrc (SLES 10 to 15, Leap 15, Tumbleweed with YaST) and Agama (SLES 16, Leap 16). Agama
 * ignores dud.config and the scripts and takes packages that have Supplements; linuxrc and YaST take everything.
 */
import { createHash } from 'node:crypto'
import { FactoryError } from '../../../errors.ts'
import { unameFrom } from '../../../kernel/arch.ts'
import { suseArch } from '../arch.ts'
import type { DiskContent, DiskFile, DiskKernel, DiskPlan } from '../model.ts'
import type { RpmOnDisk } from '../repodata.ts'
import { isForAgama } from '../suse-dists.ts'
import { installerKernel, kernelsByArch } from './installer-kernel.ts'
import type { RenderTemplate } from './scripts.ts'
import { moduleFiles, targetFiles } from './suse-classic.ts'

/** @throws {FactoryError} DISK_REFUSED without one */
export function assertUpdateProducts(tags: readonly string[]): void {
  if (tags.length > 0) return
  throw new FactoryError('DISK_REFUSED', 'a SUSE driver update must say which products it is for', {
    hint: 'say it with --dist, such as --dist sle15sp6 --dist leap16.0',
  })
}

/** @throws {FactoryError} DISK_REFUSED without a distribution */
export function dudLayout(plan: DiskPlan, render: RenderTemplate): DiskFile[] {
  assertUpdateProducts(plan.suseTags)
  const prefix = plan.suseNumber === undefined ? '' : `${String(plan.suseNumber).padStart(2, '0')}/`
  return kernelsByArch(plan.kernels).flatMap(([arch, kernels]) =>
    archFiles(plan, `${prefix}linux/suse/${arch}-`, arch, kernels, render),
  )
}

/**
 * The first product has the files, the others are links to it. Agama spells module.order otherwise than linuxrc: where
 * an update is for both, the first product of each has the modules, and one of the two a link to the packages of the other.
 *
 * @param stem what the names of the directories begin with
 */
function archFiles(
  plan: DiskPlan,
  stem: string,
  arch: string,
  kernels: readonly DiskKernel[],
  render: RenderTemplate,
): DiskFile[] {
  const modules = installerKernel(kernels)?.modules ?? []
  const groups = [...Map.groupBy(new Set(plan.suseTags), isForAgama).values()]
  const [[main = ''] = []] = groups
  return groups.flatMap(([first = '', ...others]) => {
    const directory = `${stem}${first}`
    const content = [
      ...moduleFiles(directory, modules, isForAgama(first) ? 'names' : 'files'),
      ...(first === main
        ? installFiles(plan, directory, arch, kernels, render)
        : [link(`${directory}/install`, `../${arch}-${main}/install`)]),
    ]
    return [
      { kind: 'file', path: `${directory}/dud.config`, content: { text: renderDudConfig(plan, content) } },
      ...content,
      ...others.map((tag) => link(`${stem}${tag}`, `${arch}-${first}`)),
    ]
  })
}

function installFiles(
  plan: DiskPlan,
  directory: string,
  arch: string,
  kernels: readonly DiskKernel[],
  render: RenderTemplate,
): DiskFile[] {
  const packages = packagesFor(plan, arch)
  const uncovered = withoutPackage(kernels, packages)
  return [
    ...packages.map(
      (one): DiskFile => ({ kind: 'file', path: `${directory}/install/${one.fileName}`, content: one.content }),
    ),
    ...(uncovered.length === 0 ? [] : targetFiles(directory, uncovered, render)),
  ]
}

function link(path: string, target: string): DiskFile {
  return { kind: 'symlink', path, target }
}

/** Those for the architecture; one that was given may well be for another kernel than those of the disk. */
function packagesFor(plan: DiskPlan, arch: string): RpmOnDisk[] {
  return plan.packages
    .filter((one) => one.kind === 'rpm')
    .filter(({ facts }) => facts.arch === 'noarch' || suseArch(unameFrom('rpm', facts.arch) ?? '') === arch)
}

/** `5.14.0` of /lib/modules/5.14.0/extra/x.ko; empty for other paths. */
export function releaseOf(path: string): string {
  return /^(?:\/usr)?\/lib\/modules\/([^/]+)\//.exec(path)?.[1] ?? ''
}

/** Kernels whose modules no package brings to the target. */
function withoutPackage(kernels: readonly DiskKernel[], packages: readonly RpmOnDisk[]): DiskKernel[] {
  const covered = new Set(packages.flatMap(({ facts }) => facts.modules.map(({ path }) => releaseOf(path))))
  return kernels.filter(({ kernel }) => !covered.has(kernel.release))
}

/** linuxrc skips an update whose UpdateID it has seen: equal content has an equal one, and nothing else has. */
function renderDudConfig({ package: { name, version }, summary }: DiskPlan, files: readonly DiskFile[]): string {
  const title = `${name} ${version}: ${summary}`.replaceAll(/\s+/g, ' ')
  return `UpdateName: ${title}\nUpdateID: ${updateId(files)}\n`
}

/** In the form of a UUID made from a digest (RFC 9562, version 8). */
export function updateId(files: readonly DiskFile[]): string {
  const hash = createHash('sha256')
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${JSON.stringify([file.path, file.kind === 'file' ? contentKey(file.content) : file.target])}\n`)
  }
  const hex = hash.digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

type Key = string | readonly (readonly [string, string])[]

function contentKey(content: DiskContent): Key {
  if ('archive' in content) return content.members.map((member) => [member.path, member.content.sha256] as const)
  if ('text' in content) return content.text
  if ('gzip' in content) return content.gzip
  if ('sha256' in content) return content.sha256
  throw new Error(`the digest of ${content.from} is not known`)
}
