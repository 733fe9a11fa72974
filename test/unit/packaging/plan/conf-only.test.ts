import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { entriesToInstall, withoutAutoinstall } from '../../../../src/packaging/plan/conf-only.ts'
import type { PlannedEntry } from '../../../../src/packaging/plan/model.ts'

describe('the dkms.conf of a package without source', () => {
  it.each([
    ['AUTOINSTALL="yes"\n', 'as usual'],
    ['AUTOINSTALL=yes', 'without an end of the last line'],
    ['export AUTOINSTALL=YES\nPACKAGE_NAME=foo\n', 'in the middle'],
    ['[ 1 ] && AUTOINSTALL=y # why not\n', 'under a condition'],
    ['AUTOINSTALL="yes"\r\n', 'with the line ends of Windows'],
    ['', 'empty'],
  ])('asks for no builds of its own: %j (%s)', (conf) => {
    const script = `${withoutAutoinstall(conf)}printf '%s|%s' "$AUTOINSTALL" "$?"`
    expect(spawnSync('bash', ['-c', script], { encoding: 'utf8' })).toMatchObject({ stdout: '|0', stderr: '' })
  })

  const scratch = mkdtempSync(join(tmpdir(), 'conf-only-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  function confOnDisk(name: string, bytes: Uint8Array): PlannedEntry {
    const from = absolutePath(join(scratch, name))
    writeFileSync(from, bytes)
    return { kind: 'file', path: 'dkms.conf', mode: 0o644, mtime: 7, content: { from, bytes: bytes.length } }
  }

  it.each(['utf8', 'latin1'] as const)('keeps its text (%s)', (encoding) => {
    const entry = confOnDisk(encoding, Buffer.from('# René\nPACKAGE_NAME=foo\n', encoding))
    const [packed, ...more] = entriesToInstall({ kind: 'conf-only', entries: [entry] })
    expect(more).toEqual([])
    expect(packed).toMatchObject({ kind: 'file', path: 'dkms.conf', mode: 0o644, mtime: 7 })
    expect(packed).toHaveProperty(
      'content.text',
      expect.stringMatching(/^# René\nPACKAGE_NAME=foo\n# .*\nAUTOINSTALL=""\n$/),
    )
  })

  it('is packed as it is along with a source', () => {
    const entries = [confOnDisk('complete', Buffer.from('AUTOINSTALL=yes\n'))]
    expect(entriesToInstall({ kind: 'complete', entries })).toBe(entries)
  })
})
