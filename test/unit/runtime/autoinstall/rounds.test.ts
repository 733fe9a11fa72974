import { assert, asyncProperty, subarray, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inRounds, type Waiting } from '../../../../src/runtime/autoinstall/rounds.ts'

function job(name: string, ...depends: readonly string[]): Waiting {
  return { id: { name, version: '1.0' }, depends }
}

interface Case {
  readonly jobs: readonly Waiting[]
  readonly satisfied?: readonly string[]
  /** Names in the tree besides those of the jobs. */
  readonly alsoKnown?: readonly string[]
  readonly failing?: readonly string[]
  readonly rounds: readonly string[]
  readonly stuck?: Readonly<Record<string, string>>
}

async function play({ jobs, satisfied = [], alsoKnown = [], failing = [] }: Omit<Case, 'rounds'>) {
  const rounds: string[] = []
  const known = new Set([...jobs.map(({ id }) => id.name), ...alsoKnown])
  const stuck = await inRounds(jobs, { satisfied: new Set(satisfied), known }, async (ready) => {
    const names = ready.map(({ id }) => id.name)
    rounds.push(names.join(' '))
    return names.filter((name) => !failing.includes(name))
  })
  return {
    rounds,
    stuck: Object.fromEntries(stuck.map((one) => [one.job.id.name, `${one.state}: ${one.missing.join(' ')}`])),
  }
}

describe('the rounds of autoinstall', () => {
  it.each<[string, Case]>([
    ['everything at once when nothing depends on anything', { jobs: [job('a'), job('b')], rounds: ['a b'] }],
    ['what is depended on first, whatever its name', { jobs: [job('a', 'z'), job('z')], rounds: ['z', 'a'] }],
    ['a chain one by one', { jobs: [job('a', 'b'), job('b', 'c'), job('c')], rounds: ['c', 'b', 'a'] }],
    [
      'a diamond in three rounds',
      { jobs: [job('d', 'b', 'c'), job('b', 'a'), job('c', 'a'), job('a')], rounds: ['a', 'b c', 'd'] },
    ],
    ['what depends on an installed package at once', { jobs: [job('b', 'a')], satisfied: ['a'], rounds: ['b'] }],
    [
      'what depends on a package that is to be replaced after that one',
      { jobs: [job('b', 'a'), job('a')], satisfied: ['a'], rounds: ['a', 'b'] },
    ],
    [
      'nothing that depends on what failed',
      {
        jobs: [job('a'), job('b', 'a'), job('c')],
        failing: ['a'],
        rounds: ['a c'],
        stuck: { b: 'missing-dependencies: a' },
      },
    ],
    [
      'nothing behind what failed, however far',
      {
        jobs: [job('a'), job('b', 'a'), job('c', 'b')],
        failing: ['a'],
        rounds: ['a'],
        stuck: { b: 'missing-dependencies: a', c: 'missing-dependencies: b' },
      },
    ],
    ['nothing that depends on itself', { jobs: [job('a', 'a')], rounds: [], stuck: { a: 'missing-dependencies: a' } }],
    [
      'nothing in a circle',
      {
        jobs: [job('a', 'b'), job('b', 'a'), job('c')],
        rounds: ['c'],
        stuck: { a: 'missing-dependencies: b', b: 'missing-dependencies: a' },
      },
    ],
    [
      'later, some day, what depends on a package that is not in the tree',
      { jobs: [job('b', 'a')], rounds: [], stuck: { b: 'deferred: a' } },
    ],
    [
      'later too what waits for such a package',
      { jobs: [job('c', 'b'), job('b', 'a')], rounds: [], stuck: { c: 'deferred: b', b: 'deferred: a' } },
    ],
    [
      'nothing that waits for both an unknown package and one that is not installed',
      { jobs: [job('b', 'a', 'n')], alsoKnown: ['n'], rounds: [], stuck: { b: 'missing-dependencies: a n' } },
    ],
    [
      'nothing that depends on a package which is not autoinstalled',
      { jobs: [job('b', 'a')], alsoKnown: ['a'], rounds: [], stuck: { b: 'missing-dependencies: a' } },
    ],
  ])('hand out %s', async (_, { rounds, stuck = {}, ...given }) => {
    expect(await play(given)).toEqual({ rounds, stuck })
  })

  it('hand out each job once and after all it depends on, and leave only what cannot be reached', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const depends = subarray([...names, 'unknown'])
    await assert(
      asyncProperty(tuple(...names.map(() => depends)), subarray(names), async (table, failing) => {
        const jobs = names.map((name, index) => job(name, ...(table[index] ?? [])))
        const { rounds, stuck } = await play({ jobs, failing })
        const order = rounds.flatMap((round) => round.split(' '))
        expect([...order, ...Object.keys(stuck)].sort()).toEqual(names)
        for (const { id, depends: needed } of jobs.filter((one) => order.includes(one.id.name))) {
          for (const name of needed) {
            expect(order.indexOf(name)).toBeGreaterThanOrEqual(0)
            expect(order.indexOf(name)).toBeLessThan(order.indexOf(id.name))
            expect(failing).not.toContain(name)
          }
        }
        for (const name of Object.keys(stuck)) {
          const needed = jobs.find(({ id }) => id.name === name)?.depends ?? []
          expect(needed.some((one) => !order.includes(one) || failing.includes(one))).toBe(true)
        }
      }),
    )
  })
})
