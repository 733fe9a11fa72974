import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { absolutePath } from '../../src/domain.ts'
import { readPayload } from '../../src/packaging/rpm/format/payload-read.ts'
import { openRpm } from '../../src/packaging/rpm/format/read.ts'
import { writeRpm } from '../../src/packaging/rpm/format/write.ts'
import { attempt, isRoot, lacks, rpm, scratchDirectory } from '../unit/packaging/rpm/format/rpm-tools.ts'

describe.skipIf(lacks('rpm'))('a file of more than 4 GiB in a package (needs rpm)', () => {
  const scratch = scratchDirectory('rpm-large')
  const bytes = 2 ** 32 + 5
  const path = join(scratch, 'large.rpm')

  it('is written with 64-bit sizes and a stripped archive, which rpm takes', async () => {
    const from = absolutePath(join(scratch, 'sparse'))
    writeFileSync(from, '')
    truncateSync(from, bytes)
    const common = { mode: 0o644, mtime: 1_700_000_000 }
    await writeRpm(
      {
        kind: 'binary',
        name: 'large',
        version: '1',
        release: '1',
        arch: 'noarch',
        summary: 'Large',
        description: 'Large.',
        license: 'MIT',
        buildHost: 'reproducible',
        buildTime: common.mtime,
        entries: [
          { kind: 'file', path: '/d/large', content: { from, bytes }, ...common },
          { kind: 'file', path: '/d/small', content: { text: 'small\n' }, ...common },
          { kind: 'symlink', path: '/d/link', target: 'small', mtime: common.mtime },
        ],
      },
      path,
      { compression: 'zstd' },
    )
    expect(attempt('rpm', '-K', path).status).toBe(0)
    expect(rpm('-qp', '--requires', path)).toContain('rpmlib(LargeFiles)')
    expect(rpm('-qp', '--qf', '[%{FILENAMES} %{LONGFILESIZES}\n]%{LONGSIZE}\n', path)).toBe(
      `/d/large ${bytes}\n/d/link 5\n/d/small 6\n${bytes + 11}\n`,
    )
  })

  it('is read back whole', async () => {
    using file = openRpm(path)
    const sizes: Record<string, number> = {}
    await readPayload(file, async ({ file, content }) => {
      sizes[file.path] = 0
      for await (const chunk of content) sizes[file.path] = (sizes[file.path] ?? 0) + chunk.length
    })
    expect(sizes).toEqual({ '/d/large': bytes, '/d/link': 0, '/d/small': 6 })
  })

  it.skipIf(!isRoot)('is installed and verified by rpm in a root of its own (needs to be root)', () => {
    const root = join(scratch, 'root')
    mkdirSync(root)
    rpm('-i', '--root', root, '--nodeps', path)
    expect(statSync(join(root, 'd/large')).size).toBe(bytes)
    expect(attempt('rpm', '-V', '--root', root, '--nodeps', 'large').output).toBe('')
  })
})
