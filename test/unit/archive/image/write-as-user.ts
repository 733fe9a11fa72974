/** Writes the images of other-user.test.ts, in a process of another user: `node write-as-user.ts DIRECTORY`. */
import { type ImageEntry, imageMedia } from '../../../../src/archive/image/model.ts'
import { writeImage } from '../../../../src/archive/image/write.ts'
import { absolutePath, below } from '../../../../src/domain.ts'

const directory = absolutePath(process.argv[2] ?? '')
const entries: ImageEntry[] = [
  { kind: 'file', path: 'a/b', executable: true, content: { text: 'content' } },
  { kind: 'symlink', path: 'c', target: 'a' },
]
for (const medium of imageMedia) {
  const destination = below(directory, medium)
  await writeImage({ medium, entries, label: 'OEMDRV', time: 1_600_000_000, destination, tmp: directory })
}
