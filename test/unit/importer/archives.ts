/** Archives for the importer, written by hand: what any DKMS made, and what nobody should make. */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type AbsolutePath, absolutePath, type Kernel, type PackageId } from '../../../src/domain.ts'
import type { LoadRequest } from '../../../src/importer/model.ts'
import { type ProgressEvent, silent } from '../../../src/report.ts'
import { type RawEntry, rawTar } from '../archive/raw-tar.ts'
import { modinfoSection, writeElf } from '../kernel/elf-writer.ts'
import { confOf, first, type SyntheticTree } from '../tree/synthetic-tree.ts'

export const foo: PackageId = { name: 'foo', version: '1.0' }

export function moduleFor(kernel: Kernel, name = 'foo'): Buffer {
  const modinfo = modinfoSection('license=GPL', `name=${name}`, `vermagic=${kernel.release} SMP preempt mod_unload`)
  return writeElf({ bits: 64, littleEndian: true }, { '.modinfo': modinfo })
}

export function directory(name: string): RawEntry {
  return { name: `${name}/`, type: '5', mode: 0o755 }
}

export function sourceEntries(top: string, conf = confOf(foo)): RawEntry[] {
  return [
    directory(top),
    { name: `${top}/dkms.conf`, content: conf },
    { name: `${top}/foo.c`, content: 'int foo;\n' },
    { name: `${top}/configure`, content: '#!/bin/sh\n', mode: 0o755 },
  ]
}

export function buildEntries(kernel: Kernel, content = moduleFor(kernel), archLevel = true): RawEntry[] {
  const top = `./dkms_main_tree/${kernel.release}${archLevel ? `/${kernel.arch}` : ''}`
  return [
    directory(`./dkms_main_tree/${kernel.release}`),
    ...(archLevel ? [directory(top)] : []),
    directory(`${top}/log`),
    { name: `${top}/log/make.log`, content: 'log\n' },
    directory(`${top}/module`),
    { name: `${top}/module/foo.ko`, content },
  ]
}

export function fullEntries(...kernels: readonly Kernel[]): RawEntry[] {
  const builds = kernels.flatMap((kernel) => buildEntries(kernel))
  return [directory('.'), directory('./dkms_main_tree'), ...builds, ...sourceEntries('./dkms_source_tree')]
}

export function binariesEntries(...kernels: readonly Kernel[]): RawEntry[] {
  return [
    directory('./dkms_binaries_only'),
    { name: './dkms_binaries_only/PACKAGE_NAME', content: 'foo\n' },
    { name: './dkms_binaries_only/PACKAGE_VERSION', content: '1.0\n' },
    { name: './dkms_binaries_only/dkms.conf', content: confOf(foo) },
    directory('./dkms_main_tree'),
    ...kernels.flatMap((kernel) => buildEntries(kernel)),
  ]
}

let count = 0

/** Written below the tree's temporary directory. */
export function archiveOf(tree: SyntheticTree, entries: readonly RawEntry[] | Buffer): AbsolutePath {
  count += 1
  const path = absolutePath(`${tree.roots.etc}/archive-${count}.dkms.tar.gz`)
  writeFileSync(path, Buffer.isBuffer(entries) ? entries : gzipSync(rawTar(entries)))
  return path
}

export function loadRequest(
  tree: SyntheticTree,
  archive: AbsolutePath,
  change: Partial<LoadRequest> = {},
): LoadRequest {
  return {
    roots: tree.roots,
    archive,
    arch: 'x86_64',
    runningKernel: first,
    force: false,
    dryRun: false,
    report: silent,
    ...change,
  }
}

export function warningsInto(messages: string[]): (event: ProgressEvent) => void {
  return (event) => {
    if (event.kind === 'warning') messages.push(event.message)
  }
}
