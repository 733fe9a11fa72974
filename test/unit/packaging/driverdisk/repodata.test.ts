import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { XMLParser } from 'fast-xml-parser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AbsolutePath, absolutePath } from '../../../../src/domain.ts'
import { digestFile } from '../../../../src/packaging/driverdisk/collect.ts'
import { gzipText, type RpmOnDisk, repodataFiles } from '../../../../src/packaging/driverdisk/repodata.ts'
import type { RpmBinaryDescription } from '../../../../src/packaging/rpm/format/description.ts'
import { time } from './parts.ts'
import { rooms, writeRpm } from './rooms.ts'

const hasCreaterepo = ['/usr/bin/createrepo_c', '/usr/local/bin/createrepo_c'].some((path) => existsSync(path))
const hasReader = hasCreaterepo && canImport()
const parser = new XMLParser({
  ignoreAttributes: false,
  parseTagValue: false,
  isArray: (name) => ['package', 'data', 'rpm:entry', 'file', 'changelog'].includes(name),
})

let root: AbsolutePath
let packages: RpmOnDisk[]
beforeAll(async () => {
  root = absolutePath(mkdtempSync(join(tmpdir(), 'repodata-test-')))
  mkdirSync(join(root, 'theirs'))
  packages = []
  for (const description of descriptions) {
    const path = await writeRpm(description, join(root, 'theirs'))
    utimesSync(path, time, time)
    const facts = await rooms.readRpm(path)
    packages.push({ kind: 'rpm', fileName: path.slice(join(root, 'theirs/').length), content: digestFile(path), facts })
  }
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const common = {
  kind: 'binary',
  version: '1.0',
  release: '1',
  arch: 'x86_64',
  license: 'GPL & <MIT>',
  buildHost: 'reproducible',
  buildTime: time,
} as const

const descriptions: readonly RpmBinaryDescription[] = [
  {
    ...common,
    name: 'kmod-hello',
    epoch: 3,
    summary: 'Says "hello" & <more>',
    description: 'Grüße\nand  lines\n',
    url: 'https://example.com/?a=1&b=2',
    vendor: 'A & B',
    packager: 'P <p@example.com>',
    relations: {
      provides: [
        { name: 'kernel-modules', constraint: { operator: '=', version: '5.14.0-1.el9.x86_64' } },
        { name: 'self' },
      ],
      requires: [
        { name: 'self' },
        { name: 'foo', constraint: { operator: '>=', version: '2:1.0-3' } },
        { name: 'foo', constraint: { operator: '<', version: '2.0' } },
        { name: '/usr/sbin/tool' },
        { name: 'early', uses: ['pre'] },
        { name: 'later', uses: ['post'] },
      ],
      conflicts: [{ name: 'old', constraint: { operator: '<=', version: '1' } }],
      obsoletes: [{ name: 'older', constraint: { operator: '<', version: '1' } }],
      recommends: [{ name: 'rec' }],
      suggests: [{ name: 'sug' }],
      supplements: [{ name: 'modalias(pci:v00008086d0000100Esv*sd*bc*sc*i*)' }],
      enhances: [{ name: 'enh' }],
    },
    scriptlets: [{ phase: 'post', body: 'depmod -a\n' }],
    changelog: Array.from({ length: 12 }, (_, index) => ({
      time: 1_600_000_000 - index * 86_400,
      author: `A <a@b> - 1.${12 - index}`,
      text: `- change ${12 - index} & more`,
    })),
    entries: [
      { kind: 'directory', path: '/etc/hello', mode: 0o755, mtime: time },
      { kind: 'file', path: '/etc/hello/a & b', mode: 0o644, mtime: time, content: { text: 'x' } },
      { kind: 'file', path: '/usr/sbin/tool', mode: 0o755, mtime: time, content: { text: '#!/bin/sh\n' } },
      { kind: 'file', path: '/lib/modules/x/hello.ko', mode: 0o644, mtime: time, content: { text: 'm' } },
      { kind: 'ghost', path: '/var/lib/hello', mode: 0o644, mtime: time },
      { kind: 'symlink', path: '/usr/bin/link', target: '../sbin/tool', mtime: time },
    ],
  },
  { ...common, name: 'bare', arch: 'noarch', summary: 'Bare', description: '', entries: [] },
]

function canImport(): boolean {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import createrepo_c'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function ours(): Promise<Record<string, string>> {
  const files = await repodataFiles('x', packages, time)
  return Object.fromEntries(
    files.map((file) => {
      if (file.kind !== 'file') throw new Error('a link in repodata')
      const text = 'gzip' in file.content ? file.content.gzip : 'text' in file.content ? file.content.text : ''
      return [file.path.replace('x/repodata/', ''), text]
    }),
  )
}

describe('repodata', () => {
  it.skipIf(!hasCreaterepo)(
    'means what that of createrepo_c means (skipped where createrepo_c is not installed)',
    async () => {
      const theirs = join(root, 'theirs')
      execFileSync('createrepo_c', [
        '-q',
        '--no-database',
        '--simple-md-filenames',
        '--revision',
        String(time),
        '--set-timestamp-to-revision',
        theirs,
      ])
      const own = await ours()
      for (const name of ['primary.xml.gz', 'filelists.xml.gz', 'other.xml.gz']) {
        const text = gunzipSync(readFileSync(join(theirs, 'repodata', name))).toString('utf8')
        expect(sorted(parser.parse(own[name] ?? '')), name).toEqual(sorted(parser.parse(text)))
      }
      const index = parser.parse(readFileSync(join(theirs, 'repodata/repomd.xml'), 'utf8'))
      const shape = (parsed: { repomd: { revision: string; data: Record<string, unknown>[] } }) => [
        parsed.repomd.revision,
        parsed.repomd.data.map((data) => [data['@_type'], data['location'], data['timestamp'], Object.keys(data)]),
      ]
      expect(shape(parser.parse(own['repomd.xml'] ?? ''))).toEqual(shape(index))
    },
  )

  it.skipIf(!hasReader)(
    "is accepted by createrepo_c's reader (skipped where its Python module is not installed)",
    async () => {
      const directory = join(root, 'ours/repodata')
      mkdirSync(directory, { recursive: true })
      for (const [name, text] of Object.entries(await ours())) {
        writeFileSync(join(directory, name), name.endsWith('.gz') ? gzipText(text) : text)
      }
      const script = `
import createrepo_c as cr, hashlib, sys
warnings = []
repomd = cr.Repomd(sys.argv[1] + '/repomd.xml')
for record in repomd.records:
    data = open(sys.argv[1] + '/../' + record.location_href, 'rb').read()
    assert hashlib.sha256(data).hexdigest() == record.checksum and len(data) == record.size, record.type
found = {}
cr.xml_parse_primary(sys.argv[1] + '/primary.xml.gz', pkgcb=lambda p: found.update({p.name: p}), do_files=False, warningcb=lambda t, m: warnings.append(m) or True)
cr.xml_parse_filelists(sys.argv[1] + '/filelists.xml.gz', newpkgcb=lambda i, n, a: found[n], warningcb=lambda t, m: warnings.append(m) or True)
cr.xml_parse_other(sys.argv[1] + '/other.xml.gz', newpkgcb=lambda i, n, a: found[n], warningcb=lambda t, m: warnings.append(m) or True)
for p in sorted(found.values(), key=lambda p: p.name):
    print(p.name, p.epoch, p.summary, len(p.files), len(p.changelogs), len(p.requires))
print(warnings)
`
      const out = execFileSync('/usr/bin/python3', ['-c', script, directory], { encoding: 'utf8' })
      expect(out).toBe('bare 0 Bare 0 0 0\nkmod-hello 3 Says "hello" & <more> 6 10 5\n[]\n')
    },
  )
})

/** Packages, entries and files in no particular order, changes in theirs; texts without blanks at their ends. */
function sorted(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => sorted(item))
    return key === 'changelog' ? items : items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value.trim() : value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, sorted(child, key)]),
  )
}
