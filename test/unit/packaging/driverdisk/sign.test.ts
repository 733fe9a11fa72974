import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AbsolutePath, absolutePath, below } from '../../../../src/domain.ts'
import { type DriverDiskRequest, makeDriverDisk } from '../../../../src/packaging/driverdisk/make.ts'
import { showImage } from '../../../../src/packaging/driverdisk/show.ts'
import { parseRelease } from '../../../../src/packaging/driverdisk/verify/releases.ts'
import { verifyImage } from '../../../../src/packaging/driverdisk/verify/verify.ts'
import { armorSignature } from '../../../../src/packaging/openpgp/armor.ts'
import { gpgSigner, keyFileSigner, type PackageSigner } from '../../../../src/packaging/openpgp/signer.ts'
import { requestOf } from './parts.ts'
import { rooms } from './rooms.ts'

const hasGpg = spawnSync('sh', ['-c', 'command -v gpg']).status === 0
const madeAt = 1_740_000_000

let root: AbsolutePath
/** Short: gpg's agent listens on a socket below it. */
let home: string
/** With the public keys and nothing else, as an installer's. */
let installer: string
/** With no key. */
let stranger: string

function gpg(...args: readonly string[]): Buffer {
  return execFileSync('gpg', ['--homedir', home, '--batch', '--yes', '--pinentry-mode', 'loopback', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

const algorithms = { rsa: 'rsa3072', ed25519: 'ed25519' } as const
type Key = keyof typeof algorithms

const secretOf = (key: Key) => join(root, `${key}.secret.asc`)
const publicOf = (key: Key) => join(root, `${key}.asc`)

beforeAll(() => {
  if (!hasGpg) return
  root = absolutePath(mkdtempSync(join(tmpdir(), 'disk-sign-')))
  const homes = ['g', 'i', 's'].map((name) => join(root, name))
  for (const place of homes) mkdirSync(place, { mode: 0o700 })
  ;[home = '', installer = '', stranger = ''] = homes
  for (const [key, algorithm] of Object.entries(algorithms) as [Key, string][]) {
    const user = `${key}@example.org`
    gpg('--faked-system-time', String(madeAt), '--passphrase', '', '--quick-gen-key', user, algorithm, 'sign', '0')
    writeFileSync(secretOf(key), gpg('--armor', '--export-secret-keys', user))
    writeFileSync(publicOf(key), gpg('--armor', '--export', user))
    execFileSync('gpg', ['--homedir', installer, '--batch', '--import', publicOf(key)], { stdio: 'ignore' })
  }
})
afterAll(() => {
  if (!hasGpg) return
  for (const place of [home, installer, stranger]) spawnSync('gpgconf', ['--homedir', place, '--kill', 'all'])
  rmSync(root, { recursive: true, force: true })
})

let count = 0
function request(more: Partial<DriverDiskRequest> = {}): DriverDiskRequest {
  count += 1
  const destination = below(root, `disk-${count}`)
  return requestOf(root, { formats: ['dud'], medium: 'cpio', compression: 'gzip', destination, ...more })
}

const time = madeAt + 60

const signers: readonly (readonly [string, Key, () => PackageSigner])[] = [
  ['a file with an RSA key', 'rsa', () => keyFileSigner({ path: secretOf('rsa'), time })],
  ['a file with an Ed25519 key', 'ed25519', () => keyFileSigner({ path: secretOf('ed25519'), time })],
  ['gpg', 'rsa', () => gpgSigner({ user: 'rsa@example.org', home })],
]

/** As linuxrc runs gpg, but for its key ring. */
const quietly = ['--batch', '--ignore-valid-from', '--ignore-time-conflict']

function accepts(place: string, ...args: readonly string[]): boolean {
  return spawnSync('gpg', ['--homedir', place, ...quietly, ...args]).status === 0
}

/** The same file with one bit in the middle changed. */
function flipped(path: string): string {
  const bytes = readFileSync(path)
  const at = bytes.length >> 1
  bytes[at] = (bytes[at] ?? 0) ^ 1
  const copy = `${path}.flipped`
  writeFileSync(copy, bytes)
  return copy
}

async function verdict(path: AbsolutePath, keyFiles: readonly string[], releases: readonly string[] = ['sles15']) {
  const options = { path, tmp: root, reader: rooms, keyFiles }
  const { signature, findings } = await verifyImage({ ...options, releases: releases.map(parseRelease) })
  return { signature, codes: findings.map(({ code }) => code).filter((code) => /sign/.test(code)) }
}

describe.skipIf(!hasGpg)('a disk for SUSE that is signed by (needs gpg)', () => {
  it.each(signers)('%s has a signature beside it that gpg takes, and only for this disk and key', async (_, __, by) => {
    const made = await makeDriverDisk(request({ signing: { signer: by(), form: 'detached' } }))
    const asc = `${made.path}.asc`
    expect(made.signature).toEqual({ form: 'detached', path: asc })
    expect(made.boot[0]?.note).toContain(`${basename(asc)} beside it`)
    expect(readFileSync(asc, 'utf8')).toMatch(
      /^-----BEGIN PGP SIGNATURE-----\n\n[A-Za-z0-9+/=\n]+\n=[A-Za-z0-9+/]{4}\n-----END PGP SIGNATURE-----\n$/,
    )
    expect(accepts(installer, '--verify', asc, made.path)).toBe(true)
    expect(accepts(stranger, '--verify', asc, made.path)).toBe(false)
    expect(accepts(installer, '--verify', asc, flipped(made.path))).toBe(false)
    const plain = await makeDriverDisk(request())
    expect(plain.sha256).toBe(made.sha256)
  })

  it.each(signers)('%s has it around it, where gpg unpacks the disk as it was', async (_, __, by) => {
    const made = await makeDriverDisk(request({ signing: { signer: by(), form: 'inline' } }))
    expect(made.signature).toEqual({ form: 'inline', path: made.path })
    expect(existsSync(`${made.path}.asc`)).toBe(false)
    const out = `${made.path}.unpacked`
    expect(accepts(installer, '--output', out, made.path)).toBe(true)
    const plain = await makeDriverDisk(request())
    expect(readFileSync(out).equals(readFileSync(plain.path))).toBe(true)
    const decrypted = execFileSync('gpg', ['--homedir', installer, '--batch', '--decrypt', made.path], {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 28,
    })
    expect(decrypted.equals(readFileSync(plain.path))).toBe(true)
    expect(accepts(installer, '--verify', made.path)).toBe(true)
    expect(accepts(stranger, '--verify', made.path)).toBe(false)
    expect(accepts(stranger, '--output', `${out}2`, made.path)).toBe(false)
    expect(accepts(installer, '--verify', flipped(made.path))).toBe(false)
  })

  it.each([
    ['detached', 'rsa'],
    ['inline', 'ed25519'],
  ] as const)('a key file at a given time has the same bytes twice (%s)', async (form, key) => {
    const signing = () => ({ signer: keyFileSigner({ path: secretOf(key), time }), form })
    const first = await makeDriverDisk(request({ signing: signing() }))
    const second = await makeDriverDisk(request({ signing: signing() }))
    expect(second.sha256).toBe(first.sha256)
    const [one, other] = [first, second].map(({ signature }) => readFileSync(signature?.path ?? ''))
    expect(other).toEqual(one)
  })
})

describe.skipIf(!hasGpg)('a signature as text (needs gpg)', () => {
  it.each([1, 47, 48, 49, 96, 300])('of %d bytes is the one gpg reads back', (length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 7) & 0xff))
    const options = ['--homedir', stranger, '--batch', '--dearmor']
    expect(execFileSync('gpg', options, { input: armorSignature(bytes) })).toEqual(bytes)
  })
})

describe.skipIf(!hasGpg)('verify (needs gpg)', () => {
  it.each([
    'detached',
    'inline',
  ] as const)('tells whose signature a disk has, and whether it fits (%s)', async (form) => {
    const signer = keyFileSigner({ path: secretOf('rsa'), time })
    const { path } = await makeDriverDisk(request({ signing: { signer, form } }))
    const keyId = expect.stringMatching(/^[0-9a-f]{16}$/)
    expect(await verdict(path, [])).toEqual({ signature: { form, state: 'unchecked', keyId }, codes: [] })
    expect(await verdict(path, [publicOf('rsa')])).toEqual({ signature: { form, state: 'good', keyId }, codes: [] })
    expect(await verdict(path, [publicOf('ed25519')])).toEqual({
      signature: { form, state: 'unknown key', keyId },
      codes: ['disk-signer-unknown'],
    })
    const { formats, signature } = await showImage(path, { tmp: root, reader: rooms })
    expect({ formats, signature }).toEqual({ formats: ['suse'], signature: { form, state: 'unchecked', keyId } })
  })

  it('finds a changed disk whose structure is whole', async () => {
    const signer = keyFileSigner({ path: secretOf('rsa'), time })
    const signed = await makeDriverDisk(request({ compression: 'none', signing: { signer, form: 'detached' } }))
    const bytes = readFileSync(signed.path)
    const at = bytes.indexOf('UpdateName: hello')
    bytes[at + 12] = 'H'.charCodeAt(0)
    writeFileSync(signed.path, bytes)
    expect((await verdict(signed.path, [publicOf('rsa')])).codes).toEqual(['disk-signature-bad'])
    writeFileSync(`${signed.path}.asc`, 'no signature')
    expect((await verdict(signed.path, [])).codes).toEqual(['disk-signature-bad'])
  })

  it('reads what gpg --sign made, compressed or armored', async () => {
    const { path, sha256 } = await makeDriverDisk(request())
    for (const [index, options] of [['--sign'], ['--armor', '--sign'], ['-z', '0', '--sign']].entries()) {
      const theirs = below(root, `theirs-${index}`)
      gpg('--local-user', 'rsa@example.org', '--output', theirs, ...options, path)
      expect(await verdict(theirs, [publicOf('rsa')]), sha256).toMatchObject({
        signature: { form: 'inline', state: 'good' },
        codes: [],
      })
    }
  })

  it('says of a disk without a signature what linuxrc does about it, and nothing for others', async () => {
    const { path } = await makeDriverDisk(request({ suseTags: ['sles15', 'sles16.0'] }))
    expect(await verdict(path, [])).toEqual({ signature: { form: 'none' }, codes: ['disk-unsigned'] })
    expect((await verdict(path, [publicOf('rsa')])).codes).toEqual(['disk-unsigned', 'disk-signer-unknown'])
    expect((await verdict(path, [], ['sles16.0'])).codes).toEqual([])
    const iso = await makeDriverDisk(request({ medium: 'iso', compression: 'none' }))
    expect((await verdict(iso.path, [])).codes).toEqual([])
  })

  it('says that Agama does not unpack a disk with the signature around it', async () => {
    const signer = keyFileSigner({ path: secretOf('rsa'), time })
    const own = request({ suseTags: ['sles15', 'sles16.0'], signing: { signer, form: 'inline' } })
    const { path } = await makeDriverDisk(own)
    expect((await verdict(path, [], ['sles15', 'sles16.0'])).codes).toEqual(['inline-signature'])
  })
})

describe.skipIf(!hasGpg)('signing (needs gpg)', () => {
  const signer = () => keyFileSigner({ path: secretOf('rsa'), time })

  it('leaves alone a disk that only installers take which look at no signature', async () => {
    const made = await makeDriverDisk(
      request({ formats: ['redhat3'], medium: 'tar', signing: { signer: signer(), form: 'detached' } }),
    )
    expect({ signature: made.signature, asc: existsSync(`${made.path}.asc`) }).toEqual({ asc: false })
  })

  it('takes away the signature of an older disk of the name', async () => {
    const own = request({ signing: { signer: signer(), form: 'detached' } })
    await makeDriverDisk(own)
    const { signing: _, ...unsigned } = own
    await makeDriverDisk(unsigned)
    expect(existsSync(`${own.destination}.asc`)).toBe(false)
  })

  it.each([
    ['an ISO image', { medium: 'iso', compression: 'none' }],
    ['a universal disk', { formats: ['universal'] }],
    ['a disk that has something for anaconda', { formats: ['dud', 'redhat3'] }],
    ['a disk without anything for SUSE', { formats: ['redhat3'] }],
  ] as const)('puts no signature around %s', async (_what, more) => {
    const own = request({ ...more, signing: { signer: signer(), form: 'inline' } })
    await expect(makeDriverDisk(own)).rejects.toMatchObject({ code: 'DISK_REFUSED' })
    expect(existsSync(own.destination)).toBe(false)
  })
})
