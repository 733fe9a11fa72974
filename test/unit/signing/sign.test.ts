import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readModuleInfo } from '../../../src/kernel/modinfo.ts'
import { readCertificate } from '../../../src/signing/certificate.ts'
import type { SignPlan } from '../../../src/signing/model.ts'
import { prepareSigning } from '../../../src/signing/prepare.ts'
import { signModule } from '../../../src/signing/sign.ts'
import { compileModule, makeForeignPair, makePlace, type Place, signFile, succeed } from './place.ts'

const missing = existsSync(signFile) ? undefined : `${signFile} is not installed`
const signs = missing === undefined ? it : it.skip

let place: Place
let plan: SignPlan
beforeEach(() => {
  place = makePlace()
  makeForeignPair(place, 'k.key', 'k.der')
  plan = {
    kind: 'sign',
    command: [signFile],
    hash: 'sha256',
    key: place.path('k.key'),
    certificate: place.path('k.der'),
    generated: false,
  }
})
afterEach(() => place[Symbol.dispose]())

describe(`a module is signed by the kernel's sign-file${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  signs.each(['sha1', 'sha256', 'sha384', 'sha512'])('with %s, as modinfo and the certificate say', async (hash) => {
    const path = compileModule(place)
    const unsigned = readFileSync(path)
    expect(await signModule({ ...plan, hash }, path)).toEqual({ state: 'signed' })
    const { signature } = await readModuleInfo(path)
    const certificate = readCertificate(plan.certificate)
    expect(signature).toMatchObject({
      sigId: 'PKCS#7',
      signer: 'foreign',
      sigKey: certificate.serial,
      sigHashAlgorithm: hash,
    })
    expect(succeed('modinfo', ['-F', 'sig_key', path]).trim()).toBe(certificate.serial)
    expect(succeed('modinfo', ['-F', 'sig_hashalgo', path]).trim()).toBe(hash)
    const serial = succeed('openssl', ['x509', '-inform', 'DER', '-in', plan.certificate, '-noout', '-serial'])
    expect(serial.trim()).toBe(`serial=${certificate.serial.replaceAll(':', '')}`)
    expect(readFileSync(path).subarray(0, unsigned.length)).toEqual(unsigned)
    expect(readdirSync(dirname(path)).filter((name) => name.includes('~'))).toEqual([])
  })

  signs('and the signature verifies with the certificate over exactly the module', async () => {
    const path = compileModule(place)
    const module = place.write('unsigned', readFileSync(path))
    await signModule(plan, path)
    const [whole, size] = [readFileSync(path), readFileSync(module).length]
    // The trailer of 12 bytes and the marker of 28 stand behind the PKCS#7 message.
    const message = place.write('message.der', whole.subarray(size, whole.length - 40))
    const pem = place.path('k.pem')
    succeed('openssl', ['x509', '-inform', 'DER', '-in', plan.certificate, '-out', pem])
    const how = ['-verify', '-binary', '-inform', 'DER', '-in', message, '-content', module, '-certfile', pem]
    succeed('openssl', ['cms', ...how, '-noverify', '-nointern', '-out', '/dev/null'])
  })

  signs('with a pair made here', async () => {
    const made = await prepareSigning(place.request({ settings: { trySignModules: 'true', signFile } }))
    if (made.kind !== 'sign') throw new Error(made.text)
    const path = compileModule(place)
    expect(await signModule(made, path)).toEqual({ state: 'signed' })
    expect((await readModuleInfo(path)).signature).toMatchObject({
      signer: 'DKMS module signing key',
      sigKey: readCertificate(made.certificate).serial,
    })
  })

  signs('with key and certificate in one PEM file', async () => {
    makeForeignPair(place, 'p.key', 'p.crt', 'PEM')
    const both = place.write(
      'both.pem',
      [place.path('p.key'), place.path('p.crt')].map((path) => readFileSync(path, 'utf8')).join(''),
    )
    const path = compileModule(place)
    expect(await signModule({ ...plan, key: both, certificate: both }, path)).toEqual({ state: 'signed' })
    expect((await readModuleInfo(path)).signature?.sigKey).toBe(readCertificate(both).serial)
  })

  signs.each([
    ['a hash it does not know', () => ({ hash: 'sha999' })],
    ['a key that is missing', () => ({ key: place.path('none') })],
    ['a certificate that is none', () => ({ certificate: place.write('bad.der', 'bad') })],
    ['a token that is not there', () => ({ key: 'pkcs11:token=none' })],
  ])('unless it fails, as with %s', async (_, change) => {
    const path = compileModule(place)
    const before = readFileSync(path)
    const result = await signModule({ ...plan, ...change() }, path)
    expect(result).toMatchObject({ state: 'failed', error: { code: 'SIGNING_FAILED' } })
    expect(readFileSync(path)).toEqual(before)
    expect(readdirSync(dirname(path)).filter((name) => name.includes('~'))).toEqual([])
  })
})

describe('a program that does not sign is found out', () => {
  it.each([
    ['/bin/false', /ended with status 1/],
    ['/bin/true', /appended no signature/],
    ['/nonexistent/sign-file', /not installed/],
  ])('as with %s', async (command, reason) => {
    const path = compileModule(place)
    const before = readFileSync(path)
    const result = await signModule({ ...plan, command: [command] }, path)
    if (result.state !== 'failed') throw new Error('it was taken for signed')
    expect(result.error.details.join('\n')).toMatch(reason)
    expect(readFileSync(path)).toEqual(before)
  })

  it('and what it left beside the module is taken away', async () => {
    const path = compileModule(place)
    const command = place.script('half', 'echo half > "$4.~signed~"; exit 1')
    expect(await signModule({ ...plan, command: [command] }, path)).toMatchObject({ state: 'failed' })
    expect(existsSync(`${path}.~signed~`)).toBe(false)
  })

  it('and gets hash, key, certificate and module, in this order', async () => {
    const path = compileModule(place)
    const command = place.script('show', `printf '%s\\n' "$@" > ${place.path('seen')}; exit 1`)
    await signModule({ ...plan, command: [command] }, path)
    expect(readFileSync(place.path('seen'), 'utf8').trim().split('\n')).toEqual([
      plan.hash,
      plan.key,
      plan.certificate,
      path,
    ])
  })
})
