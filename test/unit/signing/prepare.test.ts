import { existsSync, readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SigningRequest } from '../../../src/signing/model.ts'
import { prepareSigning } from '../../../src/signing/prepare.ts'
import { kernel, makeForeignPair, makePlace, notInChroot, type Place } from './place.ts'

let place: Place
let tool: string
beforeEach(() => {
  place = makePlace()
  tool = place.script('sign', 'exit 0')
})
afterEach(() => place[Symbol.dispose]())

function settings(change: Partial<SigningRequest['settings']> = {}): SigningRequest['settings'] {
  return { trySignModules: 'not_in_chroot', signFile: tool, ...change }
}

describe('signing is prepared', () => {
  it('with the tool, the hash of the kernel and a new pair, once', async () => {
    const request = place.request({ settings: settings() })
    const expected = {
      kind: 'sign',
      command: [tool],
      hash: 'sha256',
      key: place.path('tree/mok.key'),
      certificate: place.path('tree/mok.pub'),
    }
    expect(await prepareSigning(request)).toEqual({ ...expected, generated: true })
    expect(await prepareSigning(request)).toEqual({ ...expected, generated: false })
    expect(place.events.map(({ kind }) => kind)).toEqual(['note', 'note'])
    expect(place.events[0]).toMatchObject({
      message: expect.stringContaining(`for ${kernel.release} are signed by ${tool}`),
    })
  })

  it('with the hash that --config names', async () => {
    const kernelConfig = place.write('other', 'CONFIG_MODULE_SIG_HASH="sha384"\n')
    expect(await prepareSigning(place.request({ settings: settings(), kernelConfig }))).toMatchObject({
      hash: 'sha384',
    })
  })

  it('with a pair for each kernel where the paths name $kernelver', async () => {
    for (const release of ['6.1.0-1-amd64', '6.1.0-2-amd64']) place.write(`keys/${release}/.keep`, '')
    const paths = { mokSigningKey: place.path('keys/$kernelver/k'), mokCertificate: place.path('keys/${kernelver}/c') }
    for (const release of ['6.1.0-1-amd64', '6.1.0-2-amd64']) {
      const request = place.request({ settings: settings(paths), kernel: { release, arch: 'x86_64' } })
      expect(await prepareSigning(request)).toMatchObject({ key: place.path(`keys/${release}/k`), generated: true })
      expect(existsSync(place.path(`keys/${release}/c`))).toBe(true)
    }
  })

  it('with a key in a token, of which only the certificate is looked at', async () => {
    makeForeignPair(place, 'x.key', 'x.der')
    const token = { mokSigningKey: 'pkcs11:token=a', mokCertificate: place.path('x.der') }
    expect(await prepareSigning(place.request({ settings: settings(token) }))).toMatchObject({
      kind: 'sign',
      key: 'pkcs11:token=a',
      generated: false,
    })
    expect(existsSync(place.path('tree/mok.key'))).toBe(false)
  })

  it('without making a pair in a dry run', async () => {
    expect(await prepareSigning(place.request({ settings: settings(), dryRun: true }))).toMatchObject({
      generated: true,
    })
    expect(readdirSync(place.path('tree'))).toEqual([])
  })

  it('in a chroot when try_sign_modules is true', async () => {
    const rootFacts = { ...notInChroot, ownRoot: '9:9' }
    const always = settings({ trySignModules: 'true' })
    expect(await prepareSigning(place.request({ settings: always, rootFacts }))).toMatchObject({ kind: 'sign' })
  })
})

describe('modules stay unsigned, and it is told why,', () => {
  type Case = readonly [what: string, reason: string, kind: 'note' | 'warning', change: () => Partial<SigningRequest>]
  it.each<Case>([
    ['when try_sign_modules is false', 'DISABLED', 'note', () => ({ settings: settings({ trySignModules: 'false' }) })],
    ['in a chroot', 'IN_CHROOT', 'note', () => ({ rootFacts: { ...notInChroot, ownRoot: '9:9' } })],
    ['in a fakechroot', 'IN_CHROOT', 'note', () => ({ rootFacts: { ...notInChroot, fakechroot: true } })],
    ['without a kernel configuration', 'KERNEL_CONFIG_MISSING', 'note', () => ({ kernelConfig: undefined })],
    [
      'for a kernel without signatures',
      'KERNEL_DOES_NOT_SIGN',
      'note',
      () => ({ kernelConfig: place.write('c', 'CONFIG_MODULES=y\n# CONFIG_MODULE_SIG_HASH is not set\n') }),
    ],
    [
      'without the tool of framework.conf',
      'TOOL_MISSING',
      'warning',
      () => ({ settings: settings({ signFile: '/no/such' }) }),
    ],
    [
      'with a tool that is no program',
      'TOOL_MISSING',
      'warning',
      () => ({ settings: settings({ signFile: place.write('plain', '') }) }),
    ],
    [
      'without any tool of the distribution',
      'TOOL_MISSING',
      'warning',
      () => ({
        settings: { trySignModules: 'true' },
        kernel: { release: '1.2.3-none', arch: 'x86_64' },
        kernelSourceDir: place.path('headers'),
      }),
    ],
    [
      'with a key in a directory that does not exist',
      'KEY_PAIR_NOT_MADE',
      'warning',
      () => ({ settings: settings({ mokSigningKey: '/no/such/key', mokCertificate: '/no/such/cert' }) }),
    ],
    [
      'with a certificate that is missing',
      'KEY_PAIR_INCOMPLETE',
      'warning',
      () => ({ settings: settings({ mokSigningKey: place.write('k', 'k'), mokCertificate: '/no/such/cert' }) }),
    ],
    [
      'with a key that is missing',
      'KEY_PAIR_INCOMPLETE',
      'warning',
      () => ({ settings: settings({ mokSigningKey: place.path('none'), mokCertificate: place.write('c', 'c') }) }),
    ],
    [
      'with a token whose certificate is missing',
      'KEY_PAIR_INCOMPLETE',
      'warning',
      () => ({ settings: settings({ mokSigningKey: 'pkcs11:token=a', mokCertificate: '/no/such/cert' }) }),
    ],
    [
      'with a relative path',
      'KEY_PATH_RELATIVE',
      'warning',
      () => ({ settings: settings({ mokSigningKey: 'mok.key' }) }),
    ],
    ['without openssl', 'KEY_PAIR_NOT_MADE', 'warning', () => ({ environment: { PATH: place.path('bin') } })],
  ])('%s', async (_, reason, kind, change) => {
    const plan = await prepareSigning(place.request({ settings: settings(), ...change() }))
    expect(plan).toMatchObject({ kind: 'unsigned', reason })
    const text = plan.kind === 'unsigned' ? plan.text : ''
    expect(place.events).toMatchObject([{ kind, message: expect.stringContaining(text) }])
    if (kind === 'warning') expect(place.events[0]).toMatchObject({ code: reason, hint: expect.stringMatching(/\w/) })
    expect(readdirSync(place.path('tree'))).toEqual([])
  })

  it('with a token and no certificate does not ask to move the token away', async () => {
    const ofToken = settings({ mokSigningKey: 'pkcs11:token=a', mokCertificate: '/no/such/cert' })
    await prepareSigning(place.request({ settings: ofToken }))
    expect(place.events).toMatchObject([
      { message: expect.stringContaining('/no/such/cert, which goes with pkcs11:token=a, does not exist') },
    ])
    expect(JSON.stringify(place.events)).not.toContain('away')
  })

  it('with a certificate of another key', async () => {
    makeForeignPair(place, 'tree/mok.key', 'tree/other.pub')
    makeForeignPair(place, 'tree/other.key', 'tree/mok.pub')
    expect(await prepareSigning(place.request({ settings: settings() }))).toMatchObject({
      reason: 'KEY_PAIR_MISMATCHED',
    })
  })
})
