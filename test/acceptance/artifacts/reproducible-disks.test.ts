/**
 * Disks through the built program, twice: the second time by another user, from a copy of the tree that was written in the
 * other order and at other times, at another place, in another time zone and with another umask.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  opendirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageMedia } from '../../../src/archive/image/model.ts'
import { diskFormats } from '../../../src/packaging/driverdisk/model.ts'
import { makeBuiltWorld, rootsOf } from '../../support/built-world.ts'
import { programFile, runFile } from '../../support/program.ts'
import type { World } from '../../support/world.ts'

const nobody = 65_534
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--']
const [setpriv = '', ...become] = asNobody

/** Why the second disk is made by the same user; empty when it is not. */
function sameUserBecause(): string {
  if (process.geteuid?.() !== 0) return 'only root can become another user'
  if (spawnSync(setpriv, [...become, 'true']).status !== 0) return 'setpriv is not installed, or not allowed'
  const { status } = spawnSync(setpriv, [...become, programFile.here, '--version'])
  return status === 0 ? '' : 'nobody may not read this checkout'
}

const sameUser = sameUserBecause()

/** A tmpfs, whose names come back in an order that depends on when they were made. */
function orderedPlace(): string | undefined {
  const place = '/dev/shm'
  try {
    accessSync(place, constants.W_OK)
    return place
  } catch {
    return undefined
  }
}

let first: World
let second: World
const scratch: string[] = []

beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), 'disks-'))
  const other = mkdtempSync(join(orderedPlace() ?? tmpdir(), 'disks-again-'))
  scratch.push(root, other)
  first = await makeBuiltWorld(root)
  const move = (path: string) => path.replace(root, `${other}/elsewhere`)
  const reversed = listsNewestFirst(other) ? (names: string[]) => names : (names: string[]) => names.toReversed()
  copyTree(root, move, reversed)
  second = {
    dir: move(first.dir),
    tree: move(first.tree),
    source: move(first.source),
    modules: move(first.modules),
    etc: move(first.etc),
    desk: move(first.desk),
  }
  if (sameUser === '') spawnSync('chown', ['-R', `${nobody}:${nobody}`, other])
}, 120_000)
afterAll(() => {
  for (const place of scratch) rmSync(place, { recursive: true, force: true })
})

/** tmpfs does, before Linux 6.6; file systems with an order of their own do not care what is made first. */
function listsNewestFirst(place: string): boolean {
  const probe = join(place, 'probe')
  mkdirSync(probe)
  for (const name of ['a', 'b']) writeFileSync(join(probe, name), '')
  return rawNames(probe)[0] === 'b'
}

/** Everything with one old time, so that each directory lists its names the other way round. */
function copyTree(from: string, move: (path: string) => string, ordered: (names: string[]) => string[]): void {
  mkdirSync(move(from), { recursive: true })
  for (const name of ordered(rawNames(from))) {
    const path = join(from, name)
    const stat = lstatSync(path)
    if (stat.isDirectory()) copyTree(path, move, ordered)
    else if (stat.isSymbolicLink()) symlinkSync(move(readlinkSync(path)), move(path))
    else {
      writeFileSync(move(path), readFileSync(path), { mode: stat.mode })
      utimesSync(move(path), 1_500_000_000, 1_500_000_000)
    }
  }
}

/** As the file system lists them. */
function rawNames(directory: string): string[] {
  using opened = opendirSync(directory)
  const names: string[] = []
  for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) names.push(entry.name)
  return names
}

const needs = ['-r', 'sles11', '--dist', 'sle15sp5,leap15.5,ubuntu/trusty', '--size', 'auto', '--all', '--json']

/** Of the file, and what the command says of it. */
async function digest(world: World, argv: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const output = join(world.desk, 'disk')
  const command = ['mkdriverdisk', 'hello/1.0', ...argv, '--output', output, ...rootsOf(world)]
  const [file = '', ...args] =
    env['USER'] === 'nobody' ? inOtherClothes([programFile.here, ...command]) : [programFile.here, ...command]
  const { status, stdout, stderr } = await runFile(file, args, { cwd: world.desk, env })
  if (status !== 0) throw new Error(`${command.join(' ')}\nended with ${status}\n${stdout}${stderr}`)
  const found = createHash('sha256').update(readFileSync(output)).digest('hex')
  expect(JSON.parse(stdout)).toMatchObject({ sha256: found })
  return found
}

function inOtherClothes(argv: readonly string[]): readonly string[] {
  const masked = ['sh', '-c', 'umask 077; exec "$@"', 'sh', ...argv]
  return sameUser === '' ? [...asNobody, ...masked] : masked
}

const epoch = { SOURCE_DATE_EPOCH: '1600000000' }

/** Both disks, made side by side. */
async function both(...argv: readonly string[]): Promise<{ readonly once: string; readonly again: string }> {
  const [once, again] = await Promise.all([
    digest(first, argv, { ...epoch, TMPDIR: first.desk, TZ: 'UTC', LANG: 'C', USER: 'root', HOME: first.desk }),
    digest(second, argv, {
      ...epoch,
      TMPDIR: second.desk,
      TZ: 'Pacific/Chatham',
      LANG: 'C.UTF-8',
      USER: 'nobody',
      HOME: '/',
    }),
  ])
  return { once, again }
}

const byWhom = sameUser === '' ? 'nobody' : `the same user, for ${sameUser}`

describe(`a disk made again by ${byWhom}`, () => {
  it.skipIf(orderedPlace() === undefined)(
    'comes from a tree whose directories are listed in another order (needs /dev/shm)',
    () => {
      const source = (world: World) => rawNames(join(world.source, 'hello-1.0'))
      expect(source(second)).not.toEqual(source(first))
      expect(source(second).toSorted()).toEqual(source(first).toSorted())
    },
  )

  it.each(
    diskFormats.flatMap((format) => imageMedia.map((medium) => [format, medium] as const)),
  )('of the format %s on %s has the same bytes', async (format, medium) => {
    const { once, again } = await both('--format', format, '--media', medium, ...needs)
    expect(again).toBe(once)
  })

  it('with compression and several formats has the same bytes', async () => {
    const { once, again } = await both('--format', 'dud,suse', '--media', 'cpio', '--compress', 'xz', ...needs)
    expect(again).toBe(once)
  })

  it('has other bytes for another time', async () => {
    const argv = ['--format', 'redhat3', '--media', 'tar', ...needs]
    const [once, later] = await Promise.all([
      digest(first, argv, { ...epoch, TMPDIR: first.desk }),
      digest(second, argv, { SOURCE_DATE_EPOCH: '1600000001', TMPDIR: second.desk, USER: 'nobody' }),
    ])
    expect(later).not.toBe(once)
  })
})
