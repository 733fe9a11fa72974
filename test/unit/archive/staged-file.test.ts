import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openScratch, writeStaged } from '../../../src/archive/staged-file.ts'

describe('a file that is written beside its place', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'staged-file-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const write = (text: string) =>
    writeStaged(join(directory, 'x.tar'), async (file) => writeSync(file.descriptor, text))

  it('is there whole, and nothing else is', async () => {
    expect(await write('new')).toBe(3)
    expect(readdirSync(directory)).toEqual(['x.tar'])
    expect(readFileSync(join(directory, 'x.tar'), 'utf8')).toBe('new')
  })

  it('leaves the older one as it was when it cannot be finished', async () => {
    await write('old')
    const failing = writeStaged(join(directory, 'x.tar'), async ({ descriptor }) => {
      writeSync(descriptor, 'half')
      throw new Error('enough')
    })
    await expect(failing).rejects.toThrow('enough')
    expect(readdirSync(directory)).toEqual(['x.tar'])
    expect(readFileSync(join(directory, 'x.tar'), 'utf8')).toBe('old')
  })

  it('takes away what a killed process left of it, and nothing of others', async () => {
    const { pid: dead } = spawnSync('true')
    const others = [
      `.x.tar.${process.ppid}.tmp`,
      `.y.tar.${dead}.tmp`,
      `.x.tar.${dead}.part`,
      '.x.tar.0.tmp',
      '.x.tar.tmp',
    ]
    for (const name of [`.x.tar.${dead}.tmp`, ...others]) writeFileSync(join(directory, name), 'half')
    await write('new')
    expect(readdirSync(directory).toSorted()).toEqual([...others, 'x.tar'].toSorted())
  })

  it('may have the longest name there is', async () => {
    const name = `${'n'.repeat(251)}.tar`
    await writeStaged(join(directory, name), async () => {})
    expect(readdirSync(directory)).toEqual([name])
  })

  it('as scratch has no name at all', () => {
    using scratch = openScratch(join(directory, 'x.deb'))
    expect(writeSync(scratch.descriptor, 'text')).toBe(4)
    expect(readdirSync(directory)).toEqual([])
  })
})
