/** The files of a source package that are made for it. */
import { closeSync, openSync } from 'node:fs'
import { writeAt } from '../../archive/file-range.ts'
import { gnuTarChunks } from '../../archive/gnu-tar-write.ts'
import type { FileContent } from '../../archive/tar-entry.ts'
import { type AbsolutePath, below } from '../../domain.ts'
import { fileError } from '../../system/fs.ts'
import type { RpmSourceEntry } from './format/description.ts'

import { owner, sourceEntries, toTarMember } from './source-entries.ts'
import type { RpmSubject } from './subject.ts'

/** The tar archive with the source; not compressed, because the payload of the package that holds it is. */
export function sourceFileName({ dkms }: RpmSubject): string {
  return `${dkms.name}-${dkms.version}.tar`
}

export async function writeSourceTar(subject: RpmSubject, directory: AbsolutePath): Promise<RpmSourceEntry> {
  const { dkms, plan } = subject
  const root = `${dkms.name}-${dkms.version}`
  const path = below(directory, sourceFileName(subject))
  // In the form of GNU tar: rpmbuild unpacks it with that, and loading the writer of the other takes as long as all of this.
  const members = [
    { kind: 'directory' as const, name: `${root}/`, mode: 0o755, mtime: plan.clampTime, owner },
    ...sourceEntries(subject).map((entry) => toTarMember(entry, root)),
  ]
  const bytes = await writeScratch(gnuTarChunks(members), path)
  return sourceEntry(subject, sourceFileName(subject), { from: path, bytes })
}

/** What is read back and deleted in a moment need not survive a power cut: it is not synced. */
async function writeScratch(chunks: AsyncIterable<Uint8Array>, path: AbsolutePath): Promise<number> {
  try {
    const descriptor = openSync(path, 'wx')
    try {
      let bytes = 0
      for await (const chunk of chunks) {
        writeAt({ descriptor, path }, chunk, bytes)
        bytes += chunk.length
      }
      return bytes
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw fileError(error, 'write', path)
  }
}

export function sourceEntry({ plan }: RpmSubject, name: string, content: FileContent): RpmSourceEntry {
  return { kind: 'file', role: 'source', path: name, mode: 0o644, mtime: plan.clampTime, content }
}

export function specEntry({ plan }: RpmSubject, name: string, text: string): RpmSourceEntry {
  return { kind: 'file', role: 'spec', path: name, mode: 0o644, mtime: plan.clampTime, content: { text } }
}
