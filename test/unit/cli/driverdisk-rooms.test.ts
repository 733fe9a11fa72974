import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageReader } from '../../../src/cli/driverdisk-rooms.ts'
import { absolutePath } from '../../../src/domain.ts'
import { writeRpm } from '../../../src/packaging/rpm/format/write.ts'
import { scratchDirectory } from '../packaging/rpm/format/rpm-tools.ts'

const scratch = scratchDirectory('rooms')

it('a package of many files is unpacked, each into a file of its own', async () => {
  const count = 400
  const path = absolutePath(join(scratch, 'many.rpm'))
  const inside = absolutePath(join(scratch, 'inside'))
  mkdirSync(inside)
  await writeRpm(
    {
      kind: 'binary',
      name: 'many',
      version: '1',
      release: '1',
      arch: 'noarch',
      summary: 'Many files',
      description: 'Many files.',
      license: 'MIT',
      buildHost: 'example',
      buildTime: 1_700_000_000,
      entries: Array.from({ length: count }, (_, index) => ({
        kind: 'file' as const,
        path: `/usr/src/many-1/file-${index}.c`,
        mode: 0o644,
        mtime: 1_700_000_000,
        content: { text: `${index}\n` },
      })),
    },
    path,
  )
  const nodes = await packageReader.unpackRpm(path, inside)
  expect([nodes.size, readdirSync(inside).length]).toEqual([count, count])
})
