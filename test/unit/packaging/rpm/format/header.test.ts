import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Header,
  HeaderDamage,
  headerLimits,
  parseHeader,
  parseIntro,
} from '../../../../../src/packaging/rpm/format/header-read.ts'
import { encodeHeader, type HeaderEntry, region } from '../../../../../src/packaging/rpm/format/header-write.ts'

function parse(bytes: Buffer): Header {
  return parseHeader(bytes, parseIntro(bytes, headerLimits.immutable), region.immutable)
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((one) => !one.includes('\0') && one.isWellFormed())

function numbers(bits: number) {
  return fc.array(fc.nat({ max: 2 ** bits - 1 }), { minLength: 1, maxLength: 5 })
}

const value: fc.Arbitrary<HeaderEntry['value']> = fc.oneof(
  fc.record({ type: fc.constantFrom('char', 'int8'), numbers: numbers(8) }),
  fc.record({ type: fc.constant('int16'), numbers: numbers(16) }),
  fc.record({ type: fc.constant('int32'), numbers: numbers(32) }),
  fc.record({ type: fc.constant('int64'), numbers: fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 5 }) }),
  fc.record({ type: fc.constant('string'), texts: fc.tuple(text) }),
  fc.record({ type: fc.constantFrom('strings', 'i18n'), texts: fc.array(text, { minLength: 1, maxLength: 5 }) }),
  fc.record({ type: fc.constant('bin'), bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
)

const entries = fc.uniqueArray(fc.record({ tag: fc.integer({ min: 100, max: 6000 }), value }), {
  selector: ({ tag }) => tag,
  maxLength: 12,
})

describe('a header', () => {
  it('gives back what was put in, whatever that is', () => {
    fc.assert(
      fc.property(entries, (put) => {
        const header = parse(encodeHeader(region.immutable, put))
        expect(header.tags).toEqual(put.map(({ tag }) => tag).sort((a, b) => a - b))
        for (const { tag, value } of put) {
          const got = header.entry(tag)?.value
          const expected = 'bytes' in value ? { ...value, bytes: Buffer.from(value.bytes) } : value
          expect(got).toEqual(expected)
        }
      }),
    )
  })

  it('ends in an error and nothing else when any of its bytes is another', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.integer({ min: 1, max: 255 }), (put, at, change) => {
        const bytes = encodeHeader(region.immutable, put)
        const index = at % bytes.length
        bytes.writeUInt8(bytes.readUInt8(index) ^ change, index)
        readAll(bytes)
      }),
      { numRuns: 1000 },
    )
  })

  it('ends in an error and nothing else when it is cut off', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (put, at) => {
        const bytes = encodeHeader(region.immutable, put)
        expect(() => parse(bytes.subarray(0, at % bytes.length))).toThrow(HeaderDamage)
      }),
    )
  })

  /** Decodes every value; damage may be told, any other error is a bug. */
  function readAll(bytes: Buffer): void {
    try {
      const header = parse(bytes)
      for (const tag of header.tags) header.entry(tag)
    } catch (error) {
      expect(error).toBeInstanceOf(HeaderDamage)
    }
  }

  const name: HeaderEntry = { tag: 1000, value: { type: 'string', texts: ['name'] } }
  const epoch: HeaderEntry = { tag: 1003, value: { type: 'int32', numbers: [1] } }

  /** Entry 0 is the region, 1 the name, 2 the epoch; fields are tag, type, offset and count. */
  function changed(entry: number, field: number, to: number): Buffer {
    const bytes = encodeHeader(region.immutable, [name, epoch])
    bytes.writeInt32BE(to, 16 + 16 * entry + 4 * field)
    return bytes
  }

  it.each([
    ['a region that is shorter than it', changed(0, 2, 3), /region that does not cover/],
    ['a region of another type', changed(0, 1, 4), /region that does not cover/],
    ['a tag twice', changed(2, 0, 1000), /tag 1000 twice/],
    ['a tag below 100', changed(1, 0, 99), /tag 99, which no value can have/],
    ['a type nobody knows', changed(1, 1, 12), /unknown type 12/],
    ['the type 0', changed(1, 1, 0), /unknown type 0/],
    ['no values', changed(1, 3, 0), /0 values/],
    ['two values of a single string', changed(1, 3, 2), /2 values/],
    ['more values than rpm takes', changed(2, 3, 0x100000), /1048576 values/],
    ['more values than fit', changed(2, 3, 1000), /runs over its end/],
    ['a negative offset', changed(1, 2, -1), /offset -1/],
    ['an offset beyond the end', changed(2, 2, 1 << 20), /offset 1048576/],
    ['values that overlap', changed(2, 2, 4), /offset 4/],
    ['numbers that are not aligned', changed(2, 2, 9), /odd offset 9/],
  ])('is refused with %s', (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message)
  })

  it.each([
    ['entries', 8, 0x10000],
    ['entries', 8, 0],
    ['bytes of data', 12, 0x10000000],
  ])('is refused when it claims too many or no %s', (what, at, number) => {
    const bytes = encodeHeader(region.immutable, [name])
    bytes.writeUInt32BE(number, at)
    expect(() => parse(bytes)).toThrow(`claims ${number} ${what}`)
  })

  it('may have its tags in any order, as packages of other programs do', () => {
    const bytes = changed(1, 0, 5000)
    expect(parse(bytes).tags).toEqual([5000, 1003])
  })

  it('keeps names that are not UTF-8 apart', () => {
    const bytes = encodeHeader(region.immutable, [{ tag: 1117, value: { type: 'strings', texts: ['xx', 'yy'] } }])
    const at = bytes.indexOf('xx')
    bytes.set([0xe4, 0xff, 0, 0xe4, 0xfe], at)
    expect(parse(bytes).texts(1117)).toEqual(['\u00e4\u00ff', '\u00e4\u00fe'])
  })
})
