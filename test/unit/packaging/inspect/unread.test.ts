import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { Embedded } from '../../../../src/packaging/inspect/embedded.ts'
import { inspectFile } from '../../../../src/packaging/inspect/inspect.ts'
import { judgePackage } from '../../../../src/packaging/inspect/judge.ts'
import { writeRpm } from '../../../../src/packaging/rpm/format/write.ts'
import { rawTar } from '../../archive/raw-tar.ts'
import { foo, fullEntries, sourceEntries } from '../../importer/archives.ts'
import { confOf, first, type SyntheticTree, syntheticTree } from '../../tree/synthetic-tree.ts'
import { confPath, file, inspectRequest, tarballPath } from './parts.ts'

const preamble = {
  name: 'foo',
  version: '1.0',
  release: '1dkms',
  arch: 'noarch',
  summary: 'foo',
  description: 'Modules.',
  license: 'GPL-2.0-only',
  buildHost: 'example',
  buildTime: 1_700_000_000,
} as const

let tree: SyntheticTree
beforeAll(() => {
  tree = syntheticTree()
})
afterAll(() => tree[Symbol.dispose]())
afterEach(() => vi.unstubAllEnvs())

it('an archive that is too large to be looked into is told, and is no fault of its package', async () => {
  using embedded = new Embedded(inspectRequest(tree, '/any.src.rpm'))
  expect(embedded.sink('foo-1.0.tar', 3 * 2 ** 30)).toBeUndefined()
  expect(await embedded.read()).toEqual({
    dkms: [
      {
        path: 'foo-1.0.tar',
        kind: 'unknown',
        kernels: [],
        moduleNames: [],
        unread: 'it is too large to be looked into',
      },
    ],
    modules: [],
    problems: [],
  })
})

it('an archive whose program is missing is told, and is a warning to verify', async () => {
  const tarball = execFileSync('bzip2', ['-c'], { input: rawTar(sourceEntries('foo'), true) })
  const rpm = `${tree.roots.etc}/packed.src.rpm`
  const entries = [
    { ...file(tree, 'foo.spec', 'Name: foo\n'), role: 'spec' as const },
    { ...file(tree, 'foo-1.0.tar.bz2', tarball), role: 'source' as const },
  ]
  await writeRpm({ kind: 'source', ...preamble, entries }, rpm)
  const request = inspectRequest(tree, rpm)
  expect(await inspectFile(request)).toMatchObject({ dkms: [{ kind: 'plain-source', name: 'foo' }] })

  vi.stubEnv('PATH', '/nonexistent')
  const inspection = await inspectFile(request)
  expect(inspection).toMatchObject({
    dkms: [{ path: 'foo-1.0.tar.bz2', kind: 'unknown', unread: expect.stringContaining('bzip2') }],
    problems: [],
  })
  const { findings, isAccepted } = judgePackage(inspection, [])
  expect(findings).toMatchObject([{ code: 'content-unread', severity: 'warning', path: 'foo-1.0.tar.bz2' }])
  expect(isAccepted).toBe(true)
})

it('an archive whose dkms.conf needs a real bash is told, its modules are read, and its package is in order', async () => {
  const conf = `${confOf(foo)}
if [ -f $kernel_source_dir/.config ]; then
  . $kernel_source_dir/.config
  if ! { echo "$kernelver"; echo 5.18; } | sort -V -C; then BUILD_EXCLUSIVE_KERNEL=none; fi
fi
`
  const entries = fullEntries(first).map((entry) =>
    entry.name.endsWith('dkms.conf') ? { ...entry, content: conf } : entry,
  )
  const rpm = `${tree.roots.etc}/bash.rpm`
  const files = [file(tree, tarballPath, gzipSync(rawTar(entries))), file(tree, confPath, conf)]
  await writeRpm({ kind: 'binary', ...preamble, entries: files }, rpm)
  const inspection = await inspectFile(inspectRequest(tree, rpm))
  expect(inspection).toMatchObject({
    dkms: [
      { path: tarballPath, kind: 'unknown', unread: expect.stringContaining('real bash') },
      { path: '/usr/src/foo-1.0', kind: 'source-directory', unread: expect.stringContaining('real bash') },
    ],
    modules: [{ archive: tarballPath, kernel: first.release }],
    problems: [],
  })
  const { findings, isAccepted, kernels } = judgePackage(inspection, [first.release])
  expect(findings.map(({ code }) => code)).toEqual(['content-unread', 'content-unread', 'module-unsigned'])
  expect([isAccepted, kernels]).toEqual([true, [first.release]])
})
