/** Gives both programs the same commands, each in a world of its own, and tells how the outcomes differ. */
import { join } from 'node:path'
import type { Program, Run } from '../support/program.ts'
import { listTree } from '../support/tree-listing.ts'
import { type KernelHeaders, runProgram, type World } from '../support/world.ts'
import { prepareWorld, type Scenario, type Step } from './scenario.ts'

export interface Difference {
  /** `TITLE: COMMAND` */
  readonly where: string
  /** One thing that differs: `exit status 1, dkms 0`; `status only here: LINE`; `tree only dkms: LINE`. */
  readonly what: string
}

type Worlds = Readonly<Record<Program, World>>

export async function compare(
  scenario: Scenario,
  dir: string,
  kernels: readonly KernelHeaders[],
): Promise<Difference[]> {
  const worlds: Worlds = {
    here: prepareWorld(join(dir, 'here'), kernels, scenario),
    dkms: prepareWorld(join(dir, 'dkms'), kernels, scenario),
  }
  const differences: Difference[] = []
  // What a command leaves different is told once, where it came about.
  let known: readonly string[] = []
  for (const step of scenario.steps) {
    const where = `${scenario.title}: ${nameOf(step)}`
    const { outcome, state } = await compareStep(worlds, step)
    const fresh = state.filter((what) => !known.includes(what))
    for (const what of [...outcome, ...fresh]) differences.push({ where, what })
    if (!isChange(step)) known = state
  }
  for (const what of await readEachOther(worlds)) differences.push({ where: `${scenario.title}: at the end`, what })
  return differences
}

type Change = Extract<Step, { change: string }>
type Command = Exclude<Step, Change>

function isChange(step: Step): step is Change {
  return typeof step === 'object' && 'change' in step
}

function nameOf(step: Step): string {
  if (typeof step === 'string') return step
  if ('change' in step) return step.change
  return 'dkms' in step ? `dkms ${step.dkms}` : `here ${step.here}`
}

interface StepComparison {
  /** Differences of the command itself. */
  readonly outcome: readonly string[]
  /** Differences of what there is after it. */
  readonly state: readonly string[]
}

async function compareStep(worlds: Worlds, step: Step): Promise<StepComparison> {
  if (isChange(step)) {
    step.make(worlds.here)
    step.make(worlds.dkms)
    return { outcome: [], state: [] }
  }
  const [here, dkms] = await Promise.all([carryOut(worlds, 'here', step), carryOut(worlds, 'dkms', step)])
  return {
    outcome: [
      ...(here.exit === dkms.exit ? [] : [`exit status ${here.exit}, dkms ${dkms.exit}`]),
      ...compareLines('output', here.output, dkms.output),
    ],
    state: [...compareLines('status', here.status, dkms.status), ...compareLines('tree', here.tree, dkms.tree)],
  }
}

interface Outcome {
  readonly exit: number | null
  /** What a `status` that succeeded printed; other output is for people and of each program's own. */
  readonly output: readonly string[]
  readonly status: readonly string[]
  readonly tree: readonly string[]
}

/** Who runs what: each program its own, or one of them in both worlds. */
function orderOf(step: Command, program: Program): readonly [Program, string] {
  if (typeof step === 'string') return [program, step]
  return 'dkms' in step ? ['dkms', step.dkms] : ['here', step.here]
}

async function carryOut(worlds: Worlds, program: Program, step: Command): Promise<Outcome> {
  const world = worlds[program]
  const [runner, command] = orderOf(step, program)
  const args = words(command)
  const run = await runProgram(world, runner, args)
  const tree = listWorld(world)
  const output = args.includes('status') && run.status === 0 ? linesOf(run) : []
  return { exit: run.status, output, status: await statusAfter(world, program, tree), tree }
}

export function words(command: string): string[] {
  return command.split(' ').filter((word) => word !== '')
}

const lastStatus = new WeakMap<World, { readonly tree: string; readonly lines: readonly string[] }>()

/** `status` of dkms takes its time: it is not asked again where nothing has changed. */
async function statusAfter(world: World, program: Program, listing: readonly string[]): Promise<readonly string[]> {
  const tree = listing.join('\n')
  const last = lastStatus.get(world)
  if (last?.tree === tree) return last.lines
  const lines = await statusLines(world, program)
  lastStatus.set(world, { tree, lines })
  return lines
}

function ownStatus(worlds: Worlds, program: Program): Promise<readonly string[]> {
  return statusAfter(worlds[program], program, listWorld(worlds[program]))
}

async function statusLines(world: World, program: Program): Promise<string[]> {
  return linesOf(await runProgram(world, program, ['status']))
}

/** The lines of `status`, in the words of DKMS 3.0.13 and newer; 3.0.10 repeats a complaint for each module. */
export function linesOf({ stdout }: Run): string[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .replace(' (original_module exists)', ' (Original modules exist)')
        .replace(
          /(?: \(WARNING! Missing some built modules!\))+/,
          ' (Built modules are missing in the kernel modules folder)',
        )
        .replace(
          /(?: \(WARNING! Diff between built and installed module!\))+/,
          ' (Differences between built and installed modules)',
        ),
    )
}

/** All places of a world in one listing. */
export function listWorld(world: World): string[] {
  return (['tree', 'source', 'modules', 'etc', 'desk'] as const).flatMap((place) =>
    listTree(world[place], { contentless }).map((line) => `${place}/${line}`),
  )
}

/** Logs hold the time, archives are compared by their members. */
function contentless(path: string): boolean {
  return path.endsWith('/make.log') || /\.(?:tar(?:\.\w+)?|tgz)$/.test(path)
}

/** What one program left, the other lists in the same way. */
async function readEachOther(worlds: Worlds): Promise<string[]> {
  const [ownHere, ownDkms] = await Promise.all([ownStatus(worlds, 'here'), ownStatus(worlds, 'dkms')])
  const [dkmsOfHere, hereOfDkms] = await Promise.all([
    statusLines(worlds.here, 'dkms'),
    statusLines(worlds.dkms, 'here'),
  ])
  return [
    ...compareLines('status of our tree', ownHere, dkmsOfHere),
    ...compareLines('status of the tree of dkms', hereOfDkms, ownDkms),
  ]
}

function compareLines(kind: string, here: readonly string[], dkms: readonly string[]): string[] {
  const only = (these: readonly string[], those: readonly string[]) => {
    const rest = [...those]
    return these.filter((line) => {
      const index = rest.indexOf(line)
      if (index !== -1) rest.splice(index, 1)
      return index === -1
    })
  }
  const [onlyHere, onlyDkms] = [only(here, dkms), only(dkms, here)]
  if (onlyHere.length === 0 && onlyDkms.length === 0 && here.join('\n') !== dkms.join('\n')) {
    return [`${kind} in another order: ${here.join(' | ')}`]
  }
  return [
    ...onlyHere.map((line) => `${kind} only here: ${line}`),
    ...onlyDkms.map((line) => `${kind} only dkms: ${line}`),
  ]
}
