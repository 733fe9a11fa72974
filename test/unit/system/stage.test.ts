import { describe, expect, it } from 'vitest'
import { stage } from '../../../src/system/stage.ts'

const entriesOf = (name: string) => performance.getEntriesByName(name, 'measure')

describe('a stage', () => {
  it('gives what its work gives, and leaves an entry with the time it took', async () => {
    expect(await stage('slow', () => new Promise((done) => setTimeout(() => done('result'), 30)))).toBe('result')
    const [entry, ...others] = entriesOf('slow')
    expect(others).toEqual([])
    expect(entry?.duration).toBeGreaterThanOrEqual(25)
  })

  it('leaves one when its work fails, and the error is that of the work', async () => {
    await expect(stage('failing', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(entriesOf('failing')).toHaveLength(1)
  })
})
