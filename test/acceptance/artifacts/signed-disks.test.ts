/** Signed disks through the built program, checked by gpg with key rings of its own. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeBuiltWorld, rootsOf, runBuilt } from '../../support/built-world.ts'
import { programFile, type Run, runFile } from '../../support/program.ts'
import type { World } from '../../support/world.ts'

const hasGpg = spawnSync('sh', ['-c', 'command -v gpg']).status === 0

let root: string
let world: World
let home: string
const files = { secret: '', published: '', stranger: '' }

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'signed-disks-'))
  world = await makeBuiltWorld(root)
  for (const name of ['own', 'stranger'] as const) {
    const { privateKey, publicKey } = await generateKey({ type: 'ecc', userIDs: [{ name }], date: new Date(1.7e12) })
    const published = join(root, `${name}.asc`)
    writeFileSync(published, publicKey)
    if (name === 'stranger') files.stranger = published
    else {
      files.published = published
      files.secret = join(root, 'secret.asc')
      writeFileSync(files.secret, privateKey)
    }
  }
  home = join(root, 'g')
  mkdirSync(home, { mode: 0o700 })
  if (hasGpg) spawnSync('gpg', ['--homedir', home, '--batch', '--import', files.published])
}, 120_000)
afterAll(() => {
  if (hasGpg) spawnSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  rmSync(root, { recursive: true, force: true })
})

const dud = ['--format', 'dud', '--dist', 'sle15sp5', '--media', 'cpio', '--all']

let count = 0
async function make(...args: readonly string[]): Promise<Run & { readonly path: string }> {
  count += 1
  const path = join(world.desk, `disk-${count}`)
  const command = ['mkdriverdisk', 'hello/1.0', ...args, '--output', path, ...rootsOf(world)]
  const env = { TMPDIR: join(world.desk, '.tmp'), SOURCE_DATE_EPOCH: '1750000000' }
  return { ...(await runFile(programFile.here, command, { cwd: world.desk, env })), path }
}

const gpg = (...args: readonly string[]) => spawnSync('gpg', ['--homedir', home, '--batch', ...args]).status

describe('mkdriverdisk --sign-key', () => {
  it('writes the signature beside the disk, tells where, and the next command knows it again', async () => {
    const { status, stdout, path } = await make(...dud, '--sign-key', files.secret)
    expect(status).toBe(0)
    expect(stdout.split('\n').slice(-6)).toEqual([
      `Signature: ${path}.asc`,
      '',
      `Disk image location: ${path}`,
      '',
      'DKMS: mkdriverdisk completed.',
      '',
    ])
    if (hasGpg) expect(gpg('--verify', `${path}.asc`, path)).toBe(0)
    const good = await runBuilt(world, ['verify', path, '--release', 'sles15', '--keyring', files.published, '--json'])
    expect({ status: good.status, document: JSON.parse(good.stdout) }).toMatchObject({
      status: 0,
      document: { signature: { form: 'detached', state: 'good' }, signatureAskedBy: ['sles15'], isAccepted: true },
    })
    const strange = await runBuilt(world, ['verify', path, '--release', 'sles15', '--keyring', files.stranger])
    expect(strange.status).toBe(1)
    expect(strange.stdout).toContain('[disk-signer-unknown]')
    const shown = await runBuilt(world, ['show', path])
    expect(shown.stdout).toMatch(/^Signature: +detached, unchecked, key [0-9a-f]{16}$/m)
    const bytes = readFileSync(path)
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const changed = await runBuilt(world, ['verify', path, '--release', 'sles15', '--keyring', files.published])
    expect(changed.status).not.toBe(0)
    if (hasGpg) expect(gpg('--verify', `${path}.asc`, path)).not.toBe(0)
  })

  it('of SOURCE_DATE_EPOCH gives the same signature twice, beside and around the disk', async () => {
    const first = await make(...dud, '--sign-key', files.secret)
    const second = await make(...dud, '--sign-key', files.secret)
    expect(readFileSync(`${second.path}.asc`, 'utf8')).toBe(readFileSync(`${first.path}.asc`, 'utf8'))
    const [one, other] = [
      await make(...dud, '--sign-key', files.secret, '--signature', 'inline'),
      await make(...dud, '--sign-key', files.secret, '--signature=inline'),
    ]
    expect(readFileSync(other.path).equals(readFileSync(one.path))).toBe(true)
    expect(existsSync(`${one.path}.asc`)).toBe(false)
    if (hasGpg) {
      expect(gpg('--output', `${one.path}.out`, '--decrypt', one.path)).toBe(0)
      expect(readFileSync(`${one.path}.out`).equals(readFileSync(first.path))).toBe(true)
    }
    const verified = await runBuilt(world, ['verify', one.path, '--release', 'sles15', '--keyring', files.published])
    expect(verified.stdout).toMatch(/^Signature of the disk: inline, good, key [0-9a-f]{16}$/m)
    expect(verified.status).toBe(0)
  })

  it('of a dry run says where the signature would be, and writes none', async () => {
    const { status, stdout, path } = await make(...dud, '--sign-key', files.secret, '--dry-run', '--json')
    expect({ status, document: JSON.parse(stdout) }).toMatchObject({
      status: 0,
      document: { path, signature: { form: 'detached', path: `${path}.asc` }, dryRun: true },
    })
    expect([path, `${path}.asc`].filter((one) => existsSync(one))).toEqual([])
  })

  it('makes none where no installer would look at it', async () => {
    const { stdout, path } = await make('--format', 'redhat3', '--media', 'tar', '--all', '--sign-key', files.secret)
    expect(stdout).not.toContain('Signature:')
    expect(existsSync(`${path}.asc`)).toBe(false)
  })

  it.each([
    ['a form without a key', 1, 'USAGE', () => [...dud, '--signature', 'inline']],
    ['a form that does not exist', 1, 'USAGE', () => [...dud, '--sign-key', files.secret, '--signature', 'around']],
    [
      'a signature around an ISO image',
      3,
      'DISK_REFUSED',
      () => ['--format=dud', '--dist=tw', '--all', '--sign-key', files.secret, '--signature=inline'],
    ],
    ['a key file that holds none', 1, 'PACKAGE_KEY_UNUSABLE', () => [...dud, '--sign-key', files.published]],
  ])('refuses %s with status %d', async (_what, expected, code, args) => {
    const { status, stdout, path } = await make(...args(), '--json')
    expect({ status, code: JSON.parse(stdout).error.code }).toEqual({ status: expected, code })
    expect([path, `${path}.asc`].filter((one) => existsSync(one))).toEqual([])
  })
})
