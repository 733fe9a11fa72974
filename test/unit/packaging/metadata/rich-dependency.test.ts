/** Relations against rpm's own parser. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DependencyForm, parseDependency } from '../../../../src/packaging/metadata/dependency.ts'
import { lacks, scratchDirectory } from '../rpm/format/rpm-tools.ts'

type Row = readonly [relation: string, inRequires: boolean, inConflicts: boolean]

const rows: readonly Row[] = [
  ['(a)', true, true],
  ['(a and b)', true, true],
  ['(a and b and c)', true, true],
  ['(a or b >= 1.0-1)', true, true],
  ['(a or b and c)', false, false],
  ['(a if b)', true, false],
  ['(a if b else c)', true, false],
  ['(a unless b)', false, true],
  ['(a unless b else c)', false, true],
  ['(a if b if c)', false, false],
  ['(a and b else c)', false, false],
  ['(a with b < 2 with c)', true, true],
  ['(a without b without c)', false, false],
  ['(a without b)', true, true],
  ['((a and b) with c)', false, false],
  ['((a or b) with c)', true, true],
  ['(a or (b if c))', false, false],
  ['(a and (b if c))', true, true],
  ['(a if (b or (c if d)))', false, false],
  ['(a if (b or c))', true, false],
  ['(a and (b unless c))', false, false],
  ['(a or (b unless c))', true, true],
  ['((a if b) if c)', true, false],
  ['(a xor b)', false, false],
  ['(a b)', false, false],
  ['(a if)', false, false],
  ['()', false, false],
  ['(a and ())', false, false],
  ['(a >= if b)', false, false],
  ['(a >=)', false, false],
  ['(-a if b)', false, false],
  ['(/bin/sh >= 1 if b)', false, false],
  ['(a >= 1-2-3 if b)', false, false],
  ['(a >= x:1 if b)', false, false],
  ['(perl(Foo::Bar) and libfoo.so.1()(64bit))', true, true],
  ['-a', false, false],
  ['/bin/sh >= 1', false, false],
  ['a >= x:1', false, false],
  ['a >= 1:1.0-1', true, true],
]

function accepts(text: string, form: DependencyForm): boolean {
  return 'value' in parseDependency(text, form)
}

describe('a relation of RPM', () => {
  it.each(rows)('%s is taken in Requires: %s, in Conflicts: %s', (relation, inRequires, inConflicts) => {
    expect([accepts(relation, 'positive'), accepts(relation, 'negative')]).toEqual([inRequires, inConflicts])
  })

  const scratch = scratchDirectory('rich')

  it.skipIf(lacks('rpmspec')).each(rows)('%s is what rpm takes (needs rpmspec)', (relation, ...expected) => {
    const taken = ['Requires', 'Conflicts'].map((tag) => {
      const spec = join(scratch, 'one.spec')
      writeFileSync(
        spec,
        `Name: one\nVersion: 1\nRelease: 1\nSummary: s\nLicense: l\n${tag}: ${relation}\n%description\nd\n%files\n`,
      )
      return spawnSync('rpmspec', ['--query', spec], { stdio: 'ignore' }).status === 0
    })
    expect(taken).toEqual(expected)
  })

  it('needs blanks around an operator within parentheses, where rpm would take it for part of the name', () => {
    expect(parseDependency('(a>=1 if b)', 'positive')).toHaveProperty('fault')
    expect(parseDependency('a>=1', 'positive')).toHaveProperty('value')
  })

  it('has no else without an if: rpm 4.18 takes it, and nobody can mean it', () => {
    expect(parseDependency('(a else b)', 'positive')).toHaveProperty('fault')
  })

  it.each(['(a if b)', 'a | b'])('%s is no name of a package', (relation) => {
    expect(parseDependency(relation, 'single')).toHaveProperty('fault')
  })
})
