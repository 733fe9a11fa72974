import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addLine, changeLines, type EditedText, undoEdits } from '../../../../src/runtime/legacy/text-edits.ts'

const line = fc.constantFrom('a', 'b', 'c', '', '  a', 'b\r', '# a')
const text = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.boolean())
  .map(([lines, complete]) => lines.join('\n') + (complete ? '\n' : ''))
const full = line.filter((one) => one !== '')
const step = fc.oneof(
  fc.tuple(fc.constant('add'), line, full),
  fc.tuple(fc.constant('change'), line, full),
) as fc.Arbitrary<['add' | 'change', string, string]>

function edit(original: string, steps: readonly ['add' | 'change', string, string][]): EditedText {
  return steps.reduce<EditedText>(
    (edited, [kind, from, to]) =>
      kind === 'add' ? addLine(edited, to) : changeLines(edited, (one) => (one === from ? to : one)),
    { text: original, edits: [] },
  )
}

describe('edits of a text', () => {
  it('give the original byte for byte when they are undone', () => {
    fc.assert(
      fc.property(text, fc.array(step, { maxLength: 6 }), (original, steps) => {
        const { text: edited, edits } = edit(original, steps)
        expect(undoEdits(edited, edits)).toEqual({ text: original, lost: [] })
      }),
      { numRuns: 2000 },
    )
  })

  it('leave what somebody has added meanwhile, wherever that is', () => {
    const theirs = fc.constantFrom('theirs', 'theirs too')
    fc.assert(
      fc.property(text, fc.array(step, { maxLength: 4 }), fc.nat(20), theirs, (original, steps, at, added) => {
        const { text: edited, edits } = edit(original, steps)
        const lines = edited.split('\n')
        const place = at % lines.length
        const result = undoEdits(lines.toSpliced(place, 0, added).join('\n'), edits)
        expect(result.lost).toEqual([])
        expect(result.text.split('\n').filter((one) => one === added)).toHaveLength(1)
        const others = (whole: string) =>
          whole
            .split('\n')
            .filter((one) => one !== added && one !== '')
            .sort()
        expect(others(result.text)).toEqual(others(original))
      }),
      { numRuns: 1000 },
    )
  })

  it('are told when their line is gone', () => {
    const { edits } = edit('x\n', [['add', '', 'new']])
    expect(undoEdits('x\n', edits)).toEqual({ text: 'x\n', lost: edits })
  })
})
