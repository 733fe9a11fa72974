/** One member of an archive to write. */
import type { AbsolutePath } from '../domain.ts'

export type TarEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'file'
      /** Path inside the archive, such as `./dkms_source_tree/Makefile`. */
      readonly path: string
      readonly executable: boolean
      /** Seconds since the epoch; later than the clamp of the archive counts as the clamp. Absent: the clamp. */
      readonly mtime?: number
      readonly content: FileContent
    }

export type FileContent = { readonly from: AbsolutePath; readonly bytes: number } | { readonly text: string }

export function contentBytes(content: FileContent): number {
  return 'text' in content ? Buffer.byteLength(content.text) : content.bytes
}
