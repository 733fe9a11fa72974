import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSignaturePacket } from '../../../../../src/packaging/rpm/format/pgp-packet.ts'
import { openRpm } from '../../../../../src/packaging/rpm/format/read.ts'
import { signRpm } from '../../../../../src/packaging/rpm/format/resign.ts'
import { gpgSigner, type HeaderSigner, keyFileSigner } from '../../../../../src/packaging/rpm/format/sign.ts'
import { encodeSignatureHeader } from '../../../../../src/packaging/rpm/format/signature-header.ts'
import { storedSignatures, verifyDigests, verifySignatures } from '../../../../../src/packaging/rpm/format/verify.ts'
import { writeRpm } from '../../../../../src/packaging/rpm/format/write.ts'
import { binaryDescription, buildFeaturePackage } from './feature-package.ts'
import { attempt, lacks, scratchDirectory, tool } from './rpm-tools.ts'

const scratch = scratchDirectory('rpm-sign')
/** Short: gpg's agent listens on a socket below it. */
const home = join(scratch, 'g')

interface TestKey {
  readonly user: string
  readonly secret: string
  readonly public: string
  readonly passphrase?: string
}

const keys = {
  rsa: { user: 'rsa@example.org', algorithm: 'rsa3072' },
  ed25519: { user: 'ed@example.org', algorithm: 'ed25519' },
  locked: { user: 'locked@example.org', algorithm: 'ed25519', passphrase: 'open sesame' },
} as const

function gpg(...args: readonly string[]): Buffer {
  return execFileSync('gpg', ['--homedir', home, '--batch', '--yes', '--pinentry-mode', 'loopback', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** Seconds since the epoch, before any time at which the tests sign, however long it takes to make the keys. */
const madeAt = '1740000000'

function makeKey(name: keyof typeof keys): TestKey {
  const key = keys[name]
  const passphrase = 'passphrase' in key ? key.passphrase : ''
  gpg(
    '--faked-system-time',
    madeAt,
    '--passphrase',
    passphrase,
    '--quick-gen-key',
    key.user,
    key.algorithm,
    'sign',
    '0',
  )
  const secret = join(scratch, `${name}.secret.asc`)
  const published = join(scratch, `${name}.asc`)
  writeFileSync(secret, gpg('--passphrase', passphrase, '--armor', '--export-secret-keys', key.user))
  writeFileSync(published, gpg('--armor', '--export', key.user))
  return { user: key.user, secret, public: published, ...('passphrase' in key ? { passphrase } : {}) }
}

let databases = 0
/** An rpm database that knows the given keys. */
function database(...publicKeys: readonly string[]): string {
  databases += 1
  const path = join(scratch, `db${databases}`)
  for (const key of publicKeys) tool('rpm', '--dbpath', path, '--import', key)
  return path
}

function accepts(dbpath: string, path: string): boolean {
  return attempt('rpm', '--dbpath', dbpath, '-K', path).status === 0
}

describe.skipIf(lacks('rpm', 'gpg'))('a signed package (needs rpm and gpg)', () => {
  const time = Number(madeAt) + 1
  const made = {} as Record<keyof typeof keys, TestKey>
  let places = 0
  function place(): string {
    places += 1
    return join(scratch, `${places}.rpm`)
  }

  beforeAll(() => {
    mkdirSync(home, { mode: 0o700 })
    for (const name of Object.keys(keys) as (keyof typeof keys)[]) made[name] = makeKey(name)
    // Primes are found when they are found.
  }, 60_000)
  afterAll(() => {
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  })

  function fileSigner(name: keyof typeof keys): HeaderSigner {
    const { secret, passphrase } = made[name]
    return keyFileSigner({ path: secret, time, ...(passphrase === undefined ? {} : { passphrase }) })
  }

  const signers: readonly (readonly [string, keyof typeof keys, () => HeaderSigner])[] = [
    ['an RSA key file', 'rsa', () => fileSigner('rsa')],
    ['an Ed25519 key file', 'ed25519', () => fileSigner('ed25519')],
    ['a key file with a passphrase', 'locked', () => fileSigner('locked')],
    ['gpg and an RSA key', 'rsa', () => gpgSigner({ user: made.rsa.user, home })],
    ['gpg and an Ed25519 key', 'ed25519', () => gpgSigner({ user: made.ed25519.user, home })],
  ]

  it.each(signers)('by %s is accepted by rpm with the key imported, and not without', async (_, name, signer) => {
    const path = place()
    await writeRpm(binaryDescription, path, { signer: signer() })
    expect(accepts(database(made[name].public), path)).toBe(true)
    expect(accepts(database(), path)).toBe(false)
    const said = attempt('rpm', '--dbpath', database(made[name].public), '-Kv', path).output
    expect(said).toMatch(/Header V4 (RSA|EdDSA)\/SHA(256|512) Signature, key ID [0-9a-f]{8}: OK/)
    expect(said).not.toMatch(/BAD|NOKEY/)
  })

  it.each(signers)('by %s is accepted by us with the key, and not with another', async (_, name, signer) => {
    const path = place()
    await writeRpm(binaryDescription, path, { signer: signer() })
    using rpm = openRpm(path)
    const other = name === 'rsa' ? made.ed25519 : made.rsa
    expect((await verifySignatures(rpm, [made[name].public])).map(({ state }) => state)).toEqual(['good'])
    expect((await verifySignatures(rpm, [other.public])).map(({ state }) => state)).toEqual(['unknown key'])
  })

  it('is refused by rpm and by us when a byte of header, payload or signature is another', async () => {
    const path = place()
    await writeRpm(binaryDescription, path, { signer: fileSigner('rsa') })
    const dbpath = database(made.rsa.public)
    const whole = readFileSync(path)
    using rpm = openRpm(path)
    const signature = rpm.signature.bytes(268) ?? Buffer.alloc(0)
    const places = {
      header: rpm.headerRange.offset + rpm.headerBytes.indexOf('A package with many features'),
      payload: rpm.payloadRange.offset + 40,
      signature: whole.indexOf(signature) + signature.length - 20,
    }
    for (const [part, at] of Object.entries(places)) {
      const flipped = place()
      const bytes = Buffer.from(whole)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      writeFileSync(flipped, bytes)
      expect([part, accepts(dbpath, flipped)]).toEqual([part, false])
      using damaged = openRpm(flipped)
      const { intact } = await verifyDigests(damaged)
      const states = (await verifySignatures(damaged, [made.rsa.public])).map(({ state }) => state)
      expect([part, intact && states.every((state) => state === 'good')]).toEqual([part, false])
    }
  })

  it.each(
    signers,
  )('by %s has an issuer and no critical subpacket, which rpm up to 4.16 needs', async (_, __, signer) => {
    const { bytes } = await signer().sign(Buffer.from('header'))
    const packet = readSignaturePacket(bytes)
    expect(packet).toMatchObject({ version: 4, type: 0, issuer: expect.stringMatching(/^[0-9a-f]{16}$/) as string })
    const listed = execFileSync('gpg', ['--homedir', home, '--list-packets'], { input: bytes, encoding: 'utf8' })
    expect(listed).toContain('sig created')
    expect(listed).toContain('issuer key ID')
    expect(listed).not.toContain('critical')
  })

  it('has the same bytes when it is made again with a key file', async () => {
    const [first, second] = [place(), place()]
    await writeRpm(binaryDescription, first, { signer: fileSigner('ed25519') })
    await writeRpm(binaryDescription, second, { signer: fileSigner('ed25519') })
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true)
  })

  it('can be signed afterwards, and again by another key, and stays the same otherwise', async () => {
    const path = place()
    await writeRpm(binaryDescription, path)
    const unsigned = readFileSync(path)
    await signRpm(path, fileSigner('rsa'))
    expect(accepts(database(made.rsa.public), path)).toBe(true)
    await signRpm(path, fileSigner('ed25519'))
    expect(accepts(database(made.ed25519.public), path)).toBe(true)
    expect(accepts(database(made.rsa.public), path)).toBe(false)
    const signed = readFileSync(path)
    using rpm = openRpm(path)
    expect(signed.subarray(rpm.headerRange.offset).equals(unsigned.subarray(rpm.headerRange.offset))).toBe(true)
    expect(rpm.signature.has(268)).toBe(false)

    const atOnce = place()
    await writeRpm(binaryDescription, atOnce, { signer: fileSigner('ed25519') })
    expect(signed.equals(readFileSync(atOnce))).toBe(true)
  })

  /** rpm's own signer, told where gpg is: Debian's rpm does not know. */
  function rpmsign(action: '--addsign' | '--resign', path: string, ...more: readonly string[]): void {
    const definitions = [`_gpg_name ${made.rsa.user}`, `__gpg ${tool('sh', '-c', 'command -v gpg').trim()}`]
    const options = definitions.flatMap((definition) => ['--define', definition])
    tool('env', `GNUPGHOME=${home}`, 'rpmsign', ...options, action, ...more, path)
  }

  /** Another byte of the payload, with digests that say nothing of it. */
  function withOtherPayload(path: string): string {
    using rpm = openRpm(path)
    const bytes = readFileSync(path)
    const at = rpm.payloadRange.offset + 40
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    const changed = place()
    writeFileSync(changed, bytes)
    return changed
  }

  it.skipIf(lacks('rpmsign'))('may be of header and payload, as rpm 4.0 signed (needs rpmsign)', async () => {
    const path = place()
    await writeRpm(binaryDescription, path)
    rpmsign('--addsign', path, '--rpmv3')
    const states = async (file: string, key: string) => {
      using rpm = openRpm(file)
      return (await verifySignatures(rpm, [key])).map(({ tag, state }) => `${tag} ${state}`)
    }
    expect(await states(path, made.rsa.public)).toEqual(['RSAHEADER good', 'SIGPGP good'])
    expect(await states(path, made.ed25519.public)).toEqual(['RSAHEADER unknown key', 'SIGPGP unknown key'])
    expect(await states(withOtherPayload(path), made.rsa.public)).toEqual(['RSAHEADER good', 'SIGPGP bad'])
  })

  /** As rpm 6 stores signatures: a list in the header of signatures. */
  async function withList(signatures: readonly string[]): Promise<string> {
    const plain = place()
    await writeRpm(binaryDescription, plain)
    using rpm = openRpm(plain)
    const { headerBytes, payloadRange } = rpm
    const payload = readFileSync(plain).subarray(payloadRange.offset)
    const digest = (algorithm: string, ...parts: readonly Uint8Array[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash(algorithm)).digest()
    const header = encodeSignatureHeader(
      {
        sha1: digest('sha1', headerBytes).toString('hex'),
        sha256: digest('sha256', headerBytes).toString('hex'),
        md5: digest('md5', headerBytes, payload),
        size: headerBytes.length + payload.length,
        archiveSize: 0,
      },
      [{ tag: 278, value: { type: 'strings', texts: signatures } }],
    )
    const path = place()
    const lead = readFileSync(plain).subarray(0, 96)
    writeFileSync(path, Buffer.concat([lead, header, headerBytes, payload]))
    return path
  }

  async function headerOf(): Promise<Buffer> {
    const plain = place()
    await writeRpm(binaryDescription, plain)
    using rpm = openRpm(plain)
    return rpm.headerBytes
  }

  it('may be one of a list, as rpm 6 stores them, by keys of version 4 and 6', async () => {
    const header = await headerOf()
    const openpgp = await import('openpgp')
    const date = new Date(time * 1000)
    const { privateKey, publicKey } = await openpgp.generateKey({
      userIDs: [{ email: 'six@example.org' }],
      type: 'curve25519',
      date,
      format: 'object',
      config: { v6Keys: true },
    })
    const six = join(scratch, 'six.asc')
    writeFileSync(six, publicKey.armor())
    const message = await openpgp.createMessage({ binary: header })
    const signed = { message, signingKeys: privateKey, detached: true, format: 'binary', date } as const
    const list = [
      Buffer.from((await fileSigner('rsa').sign(header)).bytes),
      Buffer.from((await fileSigner('ed25519').sign(header)).bytes),
      Buffer.from(await openpgp.sign(signed)),
    ].map((bytes) => bytes.toString('base64'))
    const path = await withList([...list, 'not base64 of a packet'])
    expect(attempt('rpm', '-K', '--nosignature', path).status).toBe(0)
    using rpm = openRpm(path)
    const verdicts = async (...keyFiles: readonly string[]) =>
      (await verifySignatures(rpm, keyFiles)).map(({ tag, state }) => `${tag} ${state}`)
    expect(await verdicts(made.rsa.public)).toEqual([
      'OPENPGP good',
      'OPENPGP unknown key',
      'OPENPGP unknown key',
      'OPENPGP bad',
    ])
    expect(await verdicts(six, made.ed25519.public)).toEqual([
      'OPENPGP unknown key',
      'OPENPGP good',
      'OPENPGP good',
      'OPENPGP bad',
    ])
    const ids = storedSignatures(rpm).map(({ packet }) => `${packet?.version} ${packet?.issuer}`)
    expect(ids[2]).toBe(`6 ${publicKey.getKeyID().toHex()}`)
    expect(ids[3]).toBe('undefined undefined')
  })

  it('is not one of more than anybody makes', async () => {
    using rpm = openRpm(await withList(Array.from({ length: 101 }, () => 'AA==')))
    await expect(verifySignatures(rpm, [made.rsa.public])).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
  })

  it('of a list is bad when the header is another', async () => {
    const list = [Buffer.from((await fileSigner('rsa').sign(Buffer.from('other'))).bytes).toString('base64')]
    using rpm = openRpm(await withList(list))
    expect((await verifySignatures(rpm, [made.rsa.public])).map(({ state }) => state)).toEqual(['bad'])
  })

  it.skipIf(lacks('rpmbuild', 'rpmsign'))('may be one of rpmbuild, signed by rpmsign before (needs both)', async () => {
    const { binary, source } = buildFeaturePackage(join(scratch, 'topdir'))
    for (const path of [binary, source]) {
      rpmsign('--addsign', path)
      using rpm = openRpm(path)
      expect((await verifySignatures(rpm, [made.rsa.public])).map(({ state }) => state)).toEqual(['good'])
      const ours = place()
      copyFileSync(path, ours)
      await signRpm(ours, fileSigner('ed25519'))
      expect(accepts(database(made.ed25519.public), ours)).toBe(true)
      rpmsign('--resign', ours)
      expect(accepts(database(made.rsa.public), ours)).toBe(true)
    }
  })

  it('is not made of a damaged package', async () => {
    const path = place()
    await writeRpm(binaryDescription, path)
    const bytes = readFileSync(path)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5)
    writeFileSync(path, bytes)
    await expect(signRpm(path, fileSigner('rsa'))).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  it.each<[string, () => HeaderSigner, string, RegExp]>([
    [
      'without its passphrase',
      () => keyFileSigner({ path: made.locked.secret, time }),
      'PACKAGE_KEY_UNUSABLE',
      /locked/,
    ],
    [
      'with a wrong passphrase',
      () => keyFileSigner({ path: made.locked.secret, passphrase: 'wrong', time }),
      'PACKAGE_KEY_UNUSABLE',
      /cannot unlock the key/,
    ],
    [
      'that is a public key',
      () => keyFileSigner({ path: made.rsa.public, time }),
      'PACKAGE_KEY_UNUSABLE',
      /cannot use the key/,
    ],
    ['that is not there', () => keyFileSigner({ path: join(scratch, 'none'), time }), 'FILE_ACCESS', /none/],
    [
      'before it was made',
      () => keyFileSigner({ path: made.rsa.secret, time: 1000 }),
      'PACKAGE_SIGNING_FAILED',
      /cannot sign with/,
    ],
    [
      'that gpg does not have',
      () => gpgSigner({ user: 'nobody@example.org', home }),
      'PACKAGE_SIGNING_FAILED',
      /nobody@example.org/,
    ],
  ])('is not made by a key %s', async (_, signer, code, message) => {
    await expect(signer().sign(Buffer.from('header'))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
  })
})

describe('a signature packet', () => {
  it.each([
    ['nothing', ''],
    ['a packet of another kind', '9901'],
    ['a length that runs over the end', '88ff04'],
    ['a partial length', 'c2e000'],
    ['version 3', '880a03000108000000000000'],
    ['subpackets that run over the end', '880a0400010800ff00000000'],
    ['an empty subpacket', '880a040001080001000000ff'],
  ])('that holds %s is not read, or has no issuer', (_, hex) => {
    expect(readSignaturePacket(Buffer.from(hex, 'hex'))?.issuer).toBeUndefined()
  })
})
