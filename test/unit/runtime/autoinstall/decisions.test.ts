import { describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { FactoryError } from '../../../../src/errors.ts'
import { type Doings, installInRounds } from '../../../../src/runtime/autoinstall/install-in-rounds.ts'
import type { Candidate } from '../../../../src/runtime/autoinstall/survey.ts'
import type { KernelOutcome } from '../../../../src/runtime/build/model.ts'
import type { InstallOutcome, RefusedModule } from '../../../../src/runtime/install/model.ts'
import { first as kernel } from '../../tree/synthetic-tree.ts'

const error = new FactoryError('BUILD_FAILED', 'it failed')

interface Given {
  readonly depends?: readonly string[]
  readonly isBuilt?: boolean
  readonly obsoleteBy?: string
  readonly build?: KernelOutcome
  readonly install?: InstallOutcome | FactoryError
}

function candidate(name: string, { depends = [], isBuilt = false, obsoleteBy }: Given): Candidate {
  const id = { name, version: '1.0' }
  // Of entry and conf nothing else is looked at by what is under test.
  return { id, depends, isBuilt, conf: { obsoleteBy }, entry: { id } } as unknown as Candidate
}

const built: KernelOutcome = { state: 'built', kernel, modules: [], log: absolutePath('/log'), milliseconds: 0 }
const installed: InstallOutcome = { state: 'installed', kernel, files: [], archived: [], refused: [], rebuilt: [] }
const excluded: KernelOutcome = { state: 'excluded', kernel, reasons: ['no'], error }
const planned: KernelOutcome = { state: 'planned', kernel, steps: ['make it'] }
const failed: KernelOutcome = { state: 'failed', kernel, error }

function refused(...reasons: readonly RefusedModule['reason'][]): InstallOutcome {
  const modules = reasons.map((reason) => ({ module: 'm', reason, message: reason }))
  return { state: 'refused', kernel, refused: modules, error }
}

/** Plays the packages and tells what was asked for, as `build a b` and `install a`, and the states in the end. */
async function play(packages: Readonly<Record<string, Given>>, satisfied: readonly string[] = []) {
  const asked: string[] = []
  const doings: Doings = {
    build: async (jobs) => {
      if (jobs.length > 0) asked.push(`build ${jobs.map(({ id }) => id.name).join(' ')}`)
      return new Map(jobs.map((job) => [job, packages[job.id.name]?.build ?? built]))
    },
    install: async ({ id }) => {
      asked.push(`install ${id.name}`)
      const outcome = packages[id.name]?.install ?? installed
      if (outcome instanceof FactoryError) throw outcome
      return outcome
    },
  }
  const known = new Set([...Object.keys(packages), ...satisfied])
  const candidates = Object.entries(packages).map(([name, given]) => candidate(name, given))
  const outcomes = await installInRounds(candidates, { satisfied: new Set(satisfied), known }, doings)
  return { asked, states: outcomes.map(({ package: id, state }) => `${id.name} ${state}`) }
}

describe('installing in rounds', () => {
  it.each<[string, Readonly<Record<string, Given>>, readonly string[], readonly string[]]>([
    [
      'builds a round together and installs it one by one, in the order given',
      { b: {}, a: {} },
      ['build b a', 'install b', 'install a'],
      ['b installed', 'a installed'],
    ],
    [
      'does not build what is built',
      { a: { isBuilt: true }, b: {} },
      ['build b', 'install a', 'install b'],
      ['a installed', 'b installed'],
    ],
    [
      'builds what depends on a package after that is installed, not only built',
      { a: { depends: ['b'] }, b: {} },
      ['build b', 'install b', 'build a', 'install a'],
      ['a installed', 'b installed'],
    ],
    [
      'does not install what could not be built, and goes on with the others',
      { a: { build: failed }, b: {} },
      ['build a b', 'install b'],
      ['a failed', 'b installed'],
    ],
    [
      'takes an error of an install for the outcome of that package',
      { a: { install: error }, b: {} },
      ['build a b', 'install a', 'install b'],
      ['a failed', 'b installed'],
    ],
    [
      'tries what depends on an excluded package',
      { a: { build: excluded }, b: { depends: ['a'] } },
      ['build a', 'build b', 'install b'],
      ['a excluded', 'b installed'],
    ],
    [
      'tries what depends on a package the kernel has itself',
      { a: { install: refused('not-newer') }, b: { depends: ['a'] } },
      ['build a', 'install a', 'build b', 'install b'],
      ['a newer-in-kernel', 'b installed'],
    ],
    [
      'leaves what depends on a package that failed',
      { a: { build: failed }, b: { depends: ['a'] } },
      ['build a'],
      ['a failed', 'b missing-dependencies'],
    ],
    [
      'tells an excluded package that OBSOLETE_BY names from another',
      { a: { build: excluded, obsoleteBy: '6.0' }, b: { build: excluded, obsoleteBy: '7.0' } },
      ['build a b'],
      ['a obsolete', 'b excluded'],
    ],
    [
      'tells refusals apart by all of their reasons',
      { a: { install: refused('obsolete', 'obsolete') }, b: { install: refused('obsolete', 'same') } },
      ['build a b', 'install a', 'install b'],
      ['a obsolete', 'b newer-in-kernel'],
    ],
    [
      'plans the dependants of what it plans without looking at them',
      { a: { build: planned }, b: { depends: ['a'] }, c: { depends: ['b'] } },
      ['build a'],
      ['a planned', 'b planned', 'c planned'],
    ],
  ])('%s', async (_, packages, asked, states) => {
    expect(await play(packages)).toEqual({ asked, states })
  })
})
