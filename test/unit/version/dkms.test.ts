import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { run } from '../../../src/system/run.ts'
import { compareDkms, dkmsSortKey } from '../../../src/version/dkms.ts'
import { expectOrder, samplePairs, versionText } from './orders.ts'

describe('compareDkms', () => {
  it.each([
    ['2.6.9-1cvs20040909', '002.006.009-001cvs20040909'],
    ['6.1.0-56-amd64', '006.001.000-056-amd064'],
    ['1000', '1000'],
    ['', ''],
  ])('pads %s to %s', (version, key) => {
    expect(dkmsSortKey(version)).toBe(key)
  })

  it.each([
    ['6.1', '6.1.0'],
    ['6.1.0', '6.1.0-56'],
    ['6.1', '6.1.0-56-amd64'],
    ['6.1', '6.1-rc1'],
    ['6.1.0-56-amd64', '6.1.9999'],
    ['9.2', '10.1'],
    ['', 'x'],
  ])('puts %s before %s', (a, b) => {
    expect(compareDkms(a, b)).toBe(-1)
    expect(compareDkms(b, a)).toBe(1)
  })

  it('does not pad numbers of four digits, so that 1000 comes before 999', () => {
    expect(compareDkms('1000', '999')).toBe(-1)
  })

  it('is an order', () => {
    expectOrder(compareDkms, fc.oneof(versionText('.-_+~:'), fc.string()))
  })

  const dkms = '/usr/sbin/dkms'
  it.skipIf(!existsSync(dkms))(
    'compares as the VER function of the installed dkms does (needs the dkms package)',
    async () => {
      const definition = /^VER\(\)\n?\s*\{[\s\S]*?^\}/m.exec(readFileSync(dkms, 'utf8'))?.[0]
      expect(definition).toBeDefined()
      const pairs = samplePairs(versionText('.-_+'), 200)
      const script = `${definition}\nwhile IFS=' ' read -r a b; do
      [[ $(VER "$a") < $(VER "$b") ]] && echo -1 && continue
      [[ $(VER "$a") > $(VER "$b") ]] && echo 1 || echo 0
    done`
      const input = pairs.map(([a, b]) => `${a} ${b}\n`).join('')
      const { stdout } = await run(['bash', '-c', script], { input, env: { LC_ALL: 'C' } })
      expect(pairs.map(([a, b]) => String(compareDkms(a, b)))).toEqual(stdout.trim().split('\n'))
    },
  )
})
