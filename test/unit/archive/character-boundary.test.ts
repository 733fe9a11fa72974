import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { characterBoundary } from '../../../src/archive/character-boundary.ts'

describe('a boundary between chunks', () => {
  it('never cuts a character, and holds back three bytes at most', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, at) => {
        const bytes = Buffer.from(text)
        const chunk = bytes.subarray(0, at % (bytes.length + 1))
        const boundary = characterBoundary(chunk)
        expect(chunk.length - boundary).toBeLessThanOrEqual(3)
        const cut = bytes.subarray(0, boundary).toString() + bytes.subarray(boundary).toString()
        expect(cut).toBe(bytes.toString())
      }),
    )
  })

  it('passes over bytes that are no text at all', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(bytes.length - characterBoundary(bytes)).toBeLessThanOrEqual(3)
      }),
    )
  })
})
