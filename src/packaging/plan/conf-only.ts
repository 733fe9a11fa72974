/** What a package with builds alone brings in place of a source. */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { FileContent } from '../../archive/tar-entry.ts'
import { fileError } from '../../system/fs.ts'
import type { PlannedEntry, PlannedSource } from './model.ts'

/**
 * The entries below /usr/src. Without a source that is dkms.conf: DKMS 3.0.13 and later neither list nor remove what was
 * loaded and has no directory there. AUTOINSTALL is taken out of it, since no DKMS could build for another kernel and all
 * of them would call that a failure of the kernel's installation.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function entriesToInstall({ kind, entries }: Pick<PlannedSource, 'kind' | 'entries'>): readonly PlannedEntry[] {
  if (kind === 'complete') return entries
  return entries.map((entry) =>
    entry.kind === 'file' ? { ...entry, content: { text: withoutAutoinstall(textOf(entry.content)) } } : entry,
  )
}

/** Assigned again at the end, it is empty however the file came to assign it. */
export function withoutAutoinstall(conf: string): string {
  const separator = conf === '' || conf.endsWith('\n') ? '' : '\n'
  return `${conf}${separator}# There is no source here to build from.\nAUTOINSTALL=""\n`
}

/** What is not UTF-8 are comments of another age, which may as well be. */
function textOf(content: FileContent): string {
  if ('text' in content) return content.text
  try {
    const bytes = readFileSync(content.from)
    return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
  } catch (error) {
    throw fileError(error, 'read', content.from)
  }
}
