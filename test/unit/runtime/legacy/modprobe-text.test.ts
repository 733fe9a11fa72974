import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editForeignText, editModprobeText } from '../../../../src/runtime/legacy/modprobe-text.ts'
import { undoEdits } from '../../../../src/runtime/legacy/text-edits.ts'
import type { LegacyWishes, ModuleWish } from '../../../../src/runtime/legacy/wishes.ts'

function wish(module: string, more: Partial<ModuleWish> = {}): ModuleWish {
  return { module, aliasType: undefined, obsoletes: [], obsoleteOnly: false, ...more }
}

function wishes(modules: readonly ModuleWish[], ...lines: readonly string[]): LegacyWishes {
  return { modules, lines, remakeInitrd: false }
}

const eth = wish('bcm5700', { aliasType: 'eth', obsoletes: ['tg3', 'b44'] })

describe('a modules.conf under MODULES_CONF directives', () => {
  it.each<[title: string, before: string, wishes: LegacyWishes, after: string]>([
    ['gives the alias of an obsolete module to the new one', 'alias eth0 tg3\n', wishes([eth]), 'alias eth0 bcm5700\n'],
    [
      'does so for each of several obsolete modules, and for each alias',
      'alias eth0 tg3\nalias eth1 b44\nalias eth2 e100\nalias eth7 tg3\n',
      wishes([eth]),
      'alias eth0 bcm5700\nalias eth1 bcm5700\nalias eth2 e100\nalias eth7 bcm5700\n',
    ],
    [
      'leaves aliases of another type, and comments',
      'alias wlan0 tg3\n# alias eth0 tg3\nalias eth0x tg3\n',
      wishes([{ ...eth, obsoleteOnly: true }]),
      'alias wlan0 tg3\n# alias eth0 tg3\nalias eth0x tg3\n',
    ],
    [
      'leaves a module whose name only begins like an obsolete one',
      'alias eth0 tg3new\n',
      wishes([{ ...eth, obsoleteOnly: true }]),
      'alias eth0 tg3new\n',
    ],
    ['keeps blanks', '  alias\teth0   tg3 \r\n', wishes([eth]), '  alias\teth0   bcm5700 \r\n'],
    [
      'takes a hyphen for an underscore',
      'alias eth0 b_44\n',
      wishes([{ ...eth, obsoletes: ['b-44'] }]),
      'alias eth0 bcm5700\n',
    ],
    [
      'needs a type to recognise aliases by',
      'alias eth0 tg3\n',
      wishes([wish('bcm5700', { obsoletes: ['tg3'] })]),
      'alias eth0 tg3\n',
    ],
    [
      'adds an alias with the number after the highest',
      'alias eth0 e100\nalias eth4 e1000\n',
      wishes([wish('x', { aliasType: 'eth' })]),
      'alias eth0 e100\nalias eth4 e1000\nalias eth5 x\n',
    ],
    ['begins with 0, as the kernel and DKMS 2.2 do', '', wishes([wish('x', { aliasType: 'eth' })]), 'alias eth0 x\n'],
    [
      'counts an alias without a number as none',
      'alias scsi_hostadapter aic7xxx\n',
      wishes([wish('x', { aliasType: 'scsi_hostadapter' })]),
      'alias scsi_hostadapter aic7xxx\nalias scsi_hostadapter0 x\n',
    ],
    [
      'adds no second alias for the module',
      'alias eth3 x\n',
      wishes([wish('x', { aliasType: 'eth' })]),
      'alias eth3 x\n',
    ],
    ['adds none after one was taken over', 'alias eth1 tg3\n', wishes([eth]), 'alias eth1 bcm5700\n'],
    ['adds none where only obsolete ones are wanted', '', wishes([{ ...eth, obsoleteOnly: true }]), ''],
    [
      'does not take a type for a pattern',
      'alias e.h0 tg3\nalias eth0 tg3\n',
      wishes([{ ...eth, aliasType: 'e.h' }]),
      'alias e.h0 bcm5700\nalias eth0 tg3\n',
    ],
    [
      'numbers the modules of a package one after the other',
      'alias eth0 e100\n',
      wishes([wish('one', { aliasType: 'eth' }), wish('two', { aliasType: 'eth' })]),
      'alias eth0 e100\nalias eth1 one\nalias eth2 two\n',
    ],
    [
      'adds lines that are not there',
      'options a b=1\n',
      wishes([], 'options a b=1', 'options c d=2'),
      'options a b=1\noptions c d=2\n',
    ],
    [
      'completes a last line',
      'options a b=1',
      wishes([], 'install x /bin/true'),
      'options a b=1\ninstall x /bin/true\n',
    ],
    ['knows a line with a carriage return', 'options a b=1\r\n', wishes([], 'options a b=1'), 'options a b=1\r\n'],
  ])('%s', (_title, before, wanted, after) => {
    const { text, edits } = editModprobeText(before, wanted)
    expect(text).toBe(after)
    expect(undoEdits(text, edits)).toEqual({ text: before, lost: [] })
  })

  it('counts numbers and lines of other files that modprobe reads', () => {
    const wanted = wishes([wish('x', { aliasType: 'eth' })], 'options a b=1', 'options c d=2')
    const { text } = editModprobeText('', wanted, ['alias eth4 y\n', 'options a b=1\n'])
    expect(text).toBe('alias eth5 x\noptions c d=2\n')
    expect(editModprobeText('', wishes([wish('x', { aliasType: 'eth' })]), ['alias eth4 x\n']).text).toBe('')
  })

  it('adds nothing to the file of somebody else', () => {
    expect(editForeignText('alias eth0 tg3\n', wishes([eth])).text).toBe('alias eth0 bcm5700\n')
    expect(editForeignText('options a\n', wishes([eth], 'options c')).edits).toEqual([])
  })

  const name = fc.constantFrom('e100', 'tg3', 'b_44', 'b-44', 'x', 'y')
  const type = fc.constantFrom('eth', 'scsi_hostadapter')
  const anyText = fc
    .array(
      fc.oneof(
        fc
          .tuple(type, fc.constantFrom('', '0', '1', '7'), name)
          .map(([kind, n, module]) => `alias ${kind}${n} ${module}`),
        fc.constantFrom('', '# note', 'options x a=1', 'alias eth0'),
      ),
      { maxLength: 8 },
    )
    .map((lines) => lines.join('\n'))
  const anyWish: fc.Arbitrary<ModuleWish> = fc.record({
    module: name,
    aliasType: fc.option(type, { nil: undefined }),
    obsoletes: fc.array(name, { maxLength: 3 }),
    obsoleteOnly: fc.boolean(),
  })
  const anyWishes = fc.record({
    modules: fc.array(anyWish, { maxLength: 3 }),
    lines: fc.array(fc.constantFrom('options x a=1', 'options y b=2'), { maxLength: 3 }),
    remakeInitrd: fc.boolean(),
  })

  it('is the original again, byte for byte, whatever was done', () => {
    fc.assert(
      fc.property(anyText, anyWishes, (before, wanted) => {
        const { text, edits } = editModprobeText(before, wanted)
        expect(undoEdits(text, edits)).toEqual({ text: before, lost: [] })
      }),
      { numRuns: 2000 },
    )
  })

  it('never says one alias twice that was not said twice before', () => {
    fc.assert(
      fc.property(anyText, anyWishes, (before, wanted) => {
        const { edits } = editModprobeText(before, wanted)
        const added = edits.flatMap((edit) =>
          edit.kind === 'added' ? [edit.line.split(' ').slice(0, 2).join(' ')] : [],
        )
        const aliases = added.filter((line) => line.startsWith('alias '))
        const present = before
          .split('\n')
          .map((line) => line.split(' '))
          .flatMap(([word, alias, module]) => (module === undefined ? [] : [`${word} ${alias}`]))
        expect(aliases.filter((alias) => present.includes(alias))).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })
})
