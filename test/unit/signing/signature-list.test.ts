import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { certificatesIn } from '../../../src/signing/signature-list.ts'
import { sha256Type, signatureList, x509Type } from './machine.ts'

const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 })

describe('the certificates of signature lists', () => {
  it('come out as they went in, between lists of other kinds and before padding', () => {
    const list = fc.oneof(
      fc.record({ kind: fc.constant(x509Type), entries: fc.tuple(bytes).map(([one]) => [one]), header: bytes }),
      fc.record({
        kind: fc.constant(x509Type),
        entries: fc.tuple(bytes, fc.nat(3)).map(([one, more]) => Array.from({ length: 1 + more }, () => one)),
        header: fc.constant(new Uint8Array()),
      }),
      fc.record({
        kind: fc.constant(sha256Type),
        entries: fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 4 }),
        header: fc.constant(new Uint8Array()),
      }),
    )
    fc.assert(
      fc.property(fc.array(list, { maxLength: 5 }), fc.nat(100), (lists, padding) => {
        const whole = lists.map(({ kind, entries, header }) => signatureList(kind, entries, header))
        const expected = lists.flatMap(({ kind, entries }) => (kind === x509Type ? entries : []))
        const found = certificatesIn(Buffer.concat([...whole, Buffer.alloc(padding)]))
        expect(found?.map((one) => Uint8Array.from(one))).toEqual(expected)
      }),
    )
  })

  it('are never invented from damaged bytes, and reading them ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const found = certificatesIn(Buffer.from(noise))
        for (const one of found ?? []) expect(one.length).toBeLessThan(noise.length)
      }),
    )
  })

  it.each([
    ['cut short', (list: Buffer) => list.subarray(0, list.length - 1)],
    ['with a size of nothing before more bytes', (list: Buffer) => (list.fill(0, 16, 20), list)],
    ['with entries of no size', (list: Buffer) => (list.fill(0, 24, 28), list)],
  ])('are not told of a list %s', (_, damage) => {
    expect(certificatesIn(damage(signatureList(x509Type, [Buffer.from('certificate')])))).toBeUndefined()
  })
})
