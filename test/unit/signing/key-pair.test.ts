import { readFileSync, rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Distro, detectDistro } from '../../../src/distro/detect.ts'
import { absolutePath } from '../../../src/domain.ts'
import { belongTogether, locateKeyPair, stateOfPair } from '../../../src/signing/key-pair.ts'
import { makeForeignPair, makePlace, type Place } from './place.ts'

let place: Place
beforeEach(() => {
  place = makePlace()
})
afterEach(() => place[Symbol.dispose]())

/** Gentoo with a make.conf of the test's own. */
function gentoo(): Distro {
  const distro = detectDistro('ID=gentoo')
  const { configuredIn } = distro.signingKeys
  if (configuredIn === undefined) throw new Error('gentoo has no settings of its own')
  return {
    ...distro,
    signingKeys: { ...distro.signingKeys, configuredIn: { ...configuredIn, file: place.path('make.conf') } },
  }
}

describe('the key pair', () => {
  it.each([
    'debian',
    'fedora',
    'rhel',
    'opensuse-leap',
    'arch',
    'mageia',
    'something',
  ])('of %s lies in the tree', async (id) => {
    const request = place.request({ distro: detectDistro(`ID=${id}`) })
    const expected = { key: place.path('tree/mok.key'), certificate: place.path('tree/mok.pub'), origin: 'tree' }
    expect(await locateKeyPair(request)).toEqual(expected)
    const roots = { ...request.roots, dkmsTree: absolutePath('/var/lib/dkms') }
    expect(await locateKeyPair({ ...request, roots })).toEqual({
      key: '/var/lib/dkms/mok.key',
      certificate: '/var/lib/dkms/mok.pub',
      origin: 'tree',
    })
  })

  it('of ubuntu is that of shim-signed, whatever the tree', async () => {
    expect(await locateKeyPair(place.request({ distro: detectDistro('ID=ubuntu') }))).toEqual({
      key: '/var/lib/shim-signed/mok/MOK.priv',
      certificate: '/var/lib/shim-signed/mok/MOK.der',
      origin: 'distribution',
    })
  })

  it.each(['debian', 'ubuntu', 'gentoo'])('is on %s what framework.conf says, with $kernelver', async (id) => {
    const settings = {
      trySignModules: 'true',
      mokSigningKey: '/k/$kernelver/a.key',
      mokCertificate: '/k/${kernelver}.der',
    } as const
    const distro = detectDistro(`ID=${id}`)
    expect(await locateKeyPair(place.request({ distro, settings, environment: { MODULES_SIGN_KEY: '/e' } }))).toEqual({
      key: '/k/6.1.0-56-amd64/a.key',
      certificate: '/k/6.1.0-56-amd64.der',
      origin: 'framework',
    })
  })

  it('may have only one half in framework.conf', async () => {
    const settings = { trySignModules: 'true', mokSigningKey: 'pkcs11:token=x' } as const
    expect(await locateKeyPair(place.request({ settings }))).toEqual({
      key: 'pkcs11:token=x',
      certificate: place.path('tree/mok.pub'),
      origin: 'framework',
    })
  })
})

describe('the key pair of gentoo', () => {
  it('is what the environment says, then make.conf, then the kernel, then the tree', async () => {
    const kernelConfig = place.write(
      'config',
      'CONFIG_MODULE_SIG_HASH="sha512"\nCONFIG_MODULE_SIG_KEY="certs/signing_key.pem"\n',
    )
    place.write('headers/certs/signing_key.pem', 'key')
    place.write(
      'make.conf',
      '# portage\nDIR=/etc/keys\nMODULES_SIGN_KEY="${DIR}/m.pem"\nMODULES_SIGN_CERT="/etc/keys/m.crt"\n',
    )
    const variables = { MODULES_SIGN_KEY: '/env/key', MODULES_SIGN_CERT: '/env/cert' }
    const request = place.request({ distro: gentoo(), kernelConfig })
    expect(await locateKeyPair({ ...request, environment: variables })).toEqual({
      key: '/env/key',
      certificate: '/env/cert',
      origin: 'configured',
    })
    expect(await locateKeyPair(request)).toEqual({
      key: '/etc/keys/m.pem',
      certificate: '/etc/keys/m.crt',
      origin: 'configured',
    })
    rmSync(place.path('make.conf'))
    expect(await locateKeyPair(request)).toEqual({
      key: place.path('headers/certs/signing_key.pem'),
      certificate: place.path('headers/certs/signing_key.x509'),
      origin: 'kernel-config',
    })
    rmSync(place.path('headers/certs'), { recursive: true })
    expect(await locateKeyPair(request)).toMatchObject({ origin: 'tree' })
  })

  it('has its certificate in the file of the key where that holds one', async () => {
    const key = place.write('both.pem', '-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n')
    const environment = { MODULES_SIGN_KEY: key }
    expect(await locateKeyPair(place.request({ distro: gentoo(), environment }))).toEqual({
      key,
      certificate: key,
      origin: 'configured',
    })
  })

  it.each([
    ['pkcs11:token=kernel', 'pkcs11:token=kernel'],
    ['/abs/signing.pem', undefined],
    ['', undefined],
  ])('is with CONFIG_MODULE_SIG_KEY="%s" %s', async (value, key) => {
    const kernelConfig = place.write('config', `CONFIG_MODULE_SIG_KEY="${value}"\n`)
    const pair = await locateKeyPair(place.request({ distro: gentoo(), kernelConfig }))
    expect(pair.key).toBe(key ?? place.path('tree/mok.key'))
  })
})

describe('of a key pair is told', () => {
  const pair = () => ({ key: place.path('a.key'), certificate: place.path('a.der'), origin: 'tree' }) as const

  it('that it is missing, incomplete, whole or mismatched', () => {
    expect(stateOfPair(pair())).toEqual({ state: 'missing' })
    makeForeignPair(place, 'a.key', 'a.der')
    expect(stateOfPair(pair())).toEqual({ state: 'present' })
    const key = readFileSync(pair().key)
    rmSync(pair().key)
    expect(stateOfPair(pair())).toEqual({ state: 'incomplete', present: pair().certificate, absent: pair().key })
    makeForeignPair(place, 'a.key', 'b.der')
    expect(stateOfPair(pair())).toEqual({ state: 'mismatched' })
    place.write('a.key', key)
    rmSync(pair().certificate)
    expect(stateOfPair(pair())).toEqual({ state: 'incomplete', present: pair().key, absent: pair().certificate })
  })

  it('that a relative path is not taken', () => {
    expect(stateOfPair({ ...pair(), key: 'mok.key' })).toEqual({ state: 'relative', path: 'mok.key' })
  })

  it('of a key in a token only whether its certificate is there', () => {
    const token = { ...pair(), key: 'pkcs11:token=x' }
    expect(stateOfPair(token)).toEqual({ state: 'incomplete', present: 'pkcs11:token=x', absent: pair().certificate })
    makeForeignPair(place, 'b.key', 'a.der')
    expect(stateOfPair(token)).toEqual({ state: 'present' })
  })

  it('nothing about fitting when the key cannot be read without a passphrase', () => {
    makeForeignPair(place, 'a.key', 'a.der')
    expect(belongTogether(pair().key, pair().certificate)).toBe(true)
    place.write('a.key', 'not a key')
    expect(belongTogether(pair().key, pair().certificate)).toBeUndefined()
  })
})
