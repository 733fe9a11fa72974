import { X509Certificate } from 'node:crypto'
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { detectDistro } from '../../../src/distro/detect.ts'
import { belongTogether, type KeyPair } from '../../../src/signing/key-pair.ts'
import { completePair, makePair, stagedName } from '../../../src/signing/make-pair.ts'
import type { MakePairOptions } from '../../../src/signing/model.ts'
import { settlePair } from '../../../src/signing/prepare.ts'
import { makeForeignPair, makePlace, type Place, searchPath, succeed } from './place.ts'

let place: Place
let pair: KeyPair
beforeEach(() => {
  place = makePlace()
  pair = { key: place.path('tree/mok.key'), certificate: place.path('tree/mok.pub'), origin: 'tree' }
})
afterEach(() => place[Symbol.dispose]())

function options(change: { PATH?: string; interactive?: boolean } = {}) {
  const { PATH = searchPath, interactive = false } = change
  return { roots: { tmp: place.path('tmp') }, environment: { PATH }, interactive, report: place.request().report }
}

function bytesOfPair(): Buffer[] {
  return [pair.key, pair.certificate].map((path) => readFileSync(path))
}

describe('a new key pair', () => {
  it('is RSA-2048, self-signed for 36500 days, for code signing only, and in DER', async () => {
    await makePair(pair, undefined, options())
    const certificate = new X509Certificate(readFileSync(pair.certificate))
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000
    expect(days).toBe(36_500)
    expect(certificate).toMatchObject({
      subject: 'CN=DKMS module signing key',
      issuer: 'CN=DKMS module signing key',
      ca: false,
    })
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 })
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    const text = succeed('openssl', ['x509', '-inform', 'DER', '-in', pair.certificate, '-noout', '-text'])
    expect(text).toMatch(/X509v3 Key Usage:\s+Digital Signature\n/)
    expect(text).toMatch(/X509v3 Extended Key Usage:\s+Code Signing\n/)
    expect(belongTogether(pair.key, pair.certificate)).toBe(true)
  })

  it('keeps its key from others, and leaves nothing beside the two files', async () => {
    const before = process.umask(0)
    try {
      await makePair(pair, undefined, options())
    } finally {
      process.umask(before)
    }
    expect(statSync(pair.key).mode & 0o777).toBe(0o600)
    expect(statSync(pair.certificate).mode & 0o777).toBe(0o644)
    expect(statSync(pair.key).nlink).toBe(1)
    expect(readdirSync(place.path('tree')).sort()).toEqual(['mok.key', 'mok.pub'])
    expect(readdirSync(place.path('tmp'))).toEqual([])
  })

  it('is made in a tree that does not exist yet, and not in a mistyped place of framework.conf', async () => {
    rmSync(place.path('tree'), { recursive: true })
    await makePair(pair, undefined, options())
    expect(existsSync(pair.key)).toBe(true)
    const elsewhere = {
      key: place.path('typo/a.key'),
      certificate: place.path('typo/a.der'),
      origin: 'framework',
    } as const
    await expect(makePair(elsewhere, undefined, options())).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect(existsSync(place.path('typo'))).toBe(false)
  })

  it.each([
    ['is missing', undefined, 'TOOL_MISSING'],
    ['fails', 'exit 3', 'COMMAND_FAILED'],
    ['makes nothing', 'exit 0', 'FILE_ACCESS'],
    [
      'makes something else',
      'for last; do :; done; echo x >"$last"; eval "echo x > \\${$(($# - 4))}"; exit 0',
      'COMMAND_FAILED',
    ],
  ])('is not there in part when openssl %s', async (_, program, code) => {
    if (program !== undefined) place.script('bin/openssl', program)
    const attempt = makePair(pair, undefined, options({ PATH: place.path('bin') }))
    await expect(attempt).rejects.toMatchObject({ code })
    expect(readdirSync(place.path('tree'))).toEqual([])
  })

  it('does not replace a file that appears while it is made', async () => {
    const program = succeed('sh', ['-c', 'command -v openssl']).trim()
    place.script('bin/openssl', `${program} "$@"; echo mine > ${pair.key}`)
    const attempt = makePair(pair, undefined, options({ PATH: `${place.path('bin')}:${searchPath}` }))
    await expect(attempt).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect(readFileSync(pair.key, 'utf8')).toBe('mine\n')
    expect(readdirSync(place.path('tree'))).toEqual(['mok.key'])
  })
})

describe('a key pair that is there', () => {
  it('is never written to', async () => {
    await makePair(pair, undefined, options())
    const before = bytesOfPair()
    const settled = await settlePair(pair, place.request())
    expect(settled).toEqual({ state: { state: 'present' }, made: false })
    await expect(makePair(pair, undefined, options())).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect(bytesOfPair()).toEqual(before)
    expect(readdirSync(place.path('tree')).sort()).toEqual(['mok.key', 'mok.pub'])
  })

  it.each(['key', 'certificate'] as const)('with its %s alone stays as it is', async (half) => {
    makeForeignPair(place, 'tree/mok.key', 'tree/mok.pub')
    rmSync(pair[half === 'key' ? 'certificate' : 'key'])
    const before = readFileSync(pair[half])
    const { state, made } = await settlePair(pair, place.request())
    expect({ state: state.state, made }).toEqual({ state: 'incomplete', made: false })
    expect(readFileSync(pair[half])).toEqual(before)
    expect(readdirSync(place.path('tree'))).toHaveLength(1)
  })

  it('is not made in a dry run', async () => {
    expect(await settlePair(pair, place.request({ dryRun: true }))).toEqual({ state: { state: 'missing' }, made: true })
    expect(readdirSync(place.path('tree'))).toEqual([])
  })
})

describe('a making that was killed', () => {
  /** The files as they are when the process dies after its n-th change. */
  async function stopAfter(step: 'staged' | 'key linked' | 'both linked'): Promise<void> {
    await makePair(pair, undefined, options())
    for (const path of [pair.key, pair.certificate]) linkSync(path, stagedName(path))
    if (step !== 'both linked') rmSync(pair.certificate)
    if (step === 'staged') rmSync(pair.key)
  }

  it('before its first file was there begins anew', async () => {
    await stopAfter('staged')
    expect(await settlePair(pair, place.request())).toEqual({ state: { state: 'present' }, made: true })
    expect(readdirSync(place.path('tree')).sort()).toEqual(['mok.key', 'mok.pub'])
  })

  it('between its two files is completed with the same certificate', async () => {
    await stopAfter('key linked')
    const [key, certificate] = [readFileSync(pair.key), readFileSync(stagedName(pair.certificate))]
    expect(await settlePair(pair, place.request())).toEqual({ state: { state: 'present' }, made: true })
    expect(bytesOfPair()).toEqual([key, certificate])
    expect(readdirSync(place.path('tree')).sort()).toEqual(['mok.key', 'mok.pub'])
  })

  it('before it tidied up is tidied up', async () => {
    await stopAfter('both linked')
    expect(await settlePair(pair, place.request())).toEqual({ state: { state: 'present' }, made: false })
    expect(readdirSync(place.path('tree')).sort()).toEqual(['mok.key', 'mok.pub'])
  })

  it('is not completed with the certificate of another key', async () => {
    await stopAfter('key linked')
    makeForeignPair(place, 'other.key', 'tree/.mok.pub.new')
    expect(completePair(pair)).toBe(false)
    expect(existsSync(pair.certificate)).toBe(false)
  })
})

describe('the pair of ubuntu', () => {
  const steps = detectDistro('ID=ubuntu').signingKeys.madeBy
  const log = () => readFileSync(place.path('log'), 'utf8')
  beforeEach(() => {
    pair = { key: place.path('mok/MOK.priv'), certificate: place.path('mok/MOK.der'), origin: 'distribution' }
  })

  function shimSigned(newKey: string, enroll = 'exit 0'): MakePairOptions {
    const lines = `echo "$1 trigger=$SHIM_NOTRIGGER frontend=$DEBIAN_FRONTEND" >> ${place.path('log')}
      case $1 in --new-key) ${newKey};; --enroll-key) ${enroll};; esac`
    place.script('bin/update-secureboot-policy', lines)
    const given = options({ PATH: `${place.path('bin')}:${searchPath}` })
    return { ...given, environment: { ...given.environment, DEBIAN_FRONTEND: 'noninteractive' } }
  }

  it('is made and enrolled by the distribution', async () => {
    await makePair(
      pair,
      steps,
      shimSigned(`mkdir -p ${place.path('mok')}; touch ${place.path('mok/MOK.priv')} ${place.path('mok/MOK.der')}`),
    )
    expect(log()).toBe('--new-key trigger=y frontend=noninteractive\n--enroll-key trigger= frontend=noninteractive\n')
  })

  it('is usable when enrolling fails, and the command is told', async () => {
    const made = `mkdir -p ${place.path('mok')}; touch ${place.path('mok/MOK.priv')} ${place.path('mok/MOK.der')}`
    await makePair(pair, steps, shimSigned(made, 'exit 1'))
    expect(place.events).toMatchObject([
      { kind: 'warning', hint: expect.stringContaining('update-secureboot-policy --enroll-key') },
    ])
  })

  it.each([
    ['fails', 'exit 4', /ended with status 4/],
    ['makes nothing', 'exit 0', /did not make .*MOK\.priv and .*MOK\.der/],
  ])('is not taken for made when the program %s', async (_, newKey, message) => {
    await expect(makePair(pair, steps, shimSigned(newKey))).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringMatching(message),
    })
    expect(log()).not.toContain('--enroll-key')
  })

  it('that framework.conf puts elsewhere is made by openssl', async () => {
    const given = shimSigned('exit 1')
    const own = { key: place.path('own.key'), certificate: place.path('own.der'), origin: 'framework' } as const
    await makePair(own, steps, given)
    expect(belongTogether(own.key, own.certificate)).toBe(true)
    expect(existsSync(place.path('log'))).toBe(false)
  })
})
