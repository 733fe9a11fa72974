import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mokDocument, mokText } from '../../../src/cli/commands/mok.ts'
import { generateMok } from '../../../src/runtime/generate-mok.ts'
import { describeMok, type MokResult } from '../../../src/runtime/mok.ts'
import { readCertificate } from '../../../src/signing/certificate.ts'
import { sha256Type, signatureList, writeFirmware, x509Type } from './machine.ts'
import { makeForeignPair, makePlace, type Place, succeed } from './place.ts'

let place: Place
beforeEach(() => {
  place = makePlace()
  mkdirSync(place.path('machine'))
})
afterEach(() => place[Symbol.dispose]())

const on = { SecureBoot: Buffer.from([1]), SetupMode: Buffer.from([0]) }

function describeIt(): Promise<MokResult> {
  return describeMok({ ...place.request(), machineRoot: place.path('machine') })
}

async function withPair(): Promise<Buffer> {
  const { certificate } = await generateMok(place.request())
  return readFileSync(certificate)
}

function listOf(...certificates: readonly Buffer[]): Buffer {
  const hashes = signatureList(sha256Type, [Buffer.alloc(32, 7)])
  return Buffer.concat([hashes, ...certificates.map((certificate) => signatureList(x509Type, [certificate]))])
}

describe('generate_mok', () => {
  it('makes the pair once and names its paths', async () => {
    const expected = { key: place.path('tree/mok.key'), certificate: place.path('tree/mok.pub') }
    expect(await generateMok(place.request())).toEqual({ ...expected, made: true })
    const before = readFileSync(expected.key)
    expect(await generateMok(place.request())).toEqual({ ...expected, made: false })
    expect(readFileSync(expected.key)).toEqual(before)
  })

  it('fails where it cannot write', async () => {
    const settings = { trySignModules: 'true', mokSigningKey: '/no/such/k', mokCertificate: '/no/such/c' } as const
    await expect(generateMok(place.request({ settings }))).rejects.toMatchObject({ code: 'FILE_ACCESS' })
  })

  it('refuses half a pair and says what to do', async () => {
    place.write('tree/mok.key', 'mine')
    await expect(generateMok(place.request())).rejects.toMatchObject({
      code: 'KEY_PAIR_UNUSABLE',
      message: `${place.path('tree/mok.key')} exists and ${place.path('tree/mok.pub')} does not`,
      hint: expect.stringContaining(`bring ${place.path('tree/mok.pub')} back`),
    })
    expect(readFileSync(place.path('tree/mok.key'), 'utf8')).toBe('mine')
  })
})

describe('mok tells whether Secure Boot is on:', () => {
  const one = Buffer.from([1])
  const zero = Buffer.from([0])
  it.each([
    ['on', { SecureBoot: one, SetupMode: zero }],
    ['on', { SecureBoot: one }],
    ['off', { SecureBoot: zero, SetupMode: zero }],
    ['off', { SecureBoot: one, SetupMode: one }],
    ['off', { BootCurrent: zero }],
    ['off-in-shim', { SecureBoot: one, SetupMode: zero, MokSBStateRT: one }],
    ['on', { SecureBoot: one, SetupMode: zero, MokSBStateRT: zero }],
    ['unknown', {}],
    ['unknown', { SecureBoot: Buffer.alloc(0).subarray(0, 0), SetupMode: zero }],
  ])('%s with %j', async (state, variables) => {
    writeFirmware(place, variables)
    if (state === 'unknown' && 'SecureBoot' in variables) {
      place.write('machine/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c', 'x')
    }
    expect((await describeIt()).trust.secureBoot.state).toBe(state)
  })

  it('none without EFI', async () => {
    expect((await describeIt()).trust.secureBoot).toEqual({ state: 'no-efi' })
  })
})

describe('mok tells whether the certificate is enrolled:', () => {
  it('not, and how to enrol it, when Secure Boot would refuse the modules', async () => {
    await withPair()
    makeForeignPair(place, 'f.key', 'f.der')
    writeFirmware(place, { ...on, MokListRT: listOf(readFileSync(place.path('f.der'))) })
    const result = await describeIt()
    expect(result.trust).toMatchObject({ enrolment: { state: 'not-enrolled' }, modules: 'refused' })
    expect(result.commands).toEqual([`mokutil --import ${place.path('tree/mok.pub')}`])
    expect(mokText(result)).toContain(`\nRun as root:\n  mokutil --import ${place.path('tree/mok.pub')}\n`)
    expect(mokText(result)).toContain('will be refused by this machine')
  })

  it('yes, when shim lists it', async () => {
    const certificate = await withPair()
    makeForeignPair(place, 'f.key', 'f.der')
    writeFirmware(place, { ...on, MokListRT: listOf(readFileSync(place.path('f.der')), certificate) })
    const result = await describeIt()
    expect(result.trust).toMatchObject({ enrolment: { state: 'enrolled' }, modules: 'accepted' })
    expect(result.commands).toEqual([])
    expect(mokText(result)).not.toContain('Run as root')
  })

  it('yes, when the list goes on in another variable or lies in a table', async () => {
    const certificate = await withPair()
    const whole = listOf(certificate)
    const split = [whole.subarray(0, 100), whole.subarray(100)] as const
    writeFirmware(place, { ...on, MokListRT: split[0], MokListRT1: split[1] })
    expect((await describeIt()).trust.enrolment.state).toBe('enrolled')
    writeFirmware(place, { ...on, MokListRT: listOf(), MokListRT1: Buffer.alloc(0) })
    expect((await describeIt()).trust.enrolment.state).toBe('not-enrolled')
    place.write('machine/sys/firmware/efi/mok-variables/MokListRT', whole)
    expect((await describeIt()).trust.enrolment.state).toBe('enrolled')
  })

  it('not yet, when it was imported and waits for the next boot', async () => {
    const certificate = await withPair()
    writeFirmware(place, { ...on, MokListRT: listOf(), MokNew: listOf(certificate) })
    const result = await describeIt()
    expect(result.trust).toMatchObject({ enrolment: { state: 'waiting' }, modules: 'refused' })
    expect(result.commands).toEqual([])
    expect(mokText(result)).toContain('Reboot and choose "Enroll MOK"')
  })

  it('yes, when the kernel has it among its keys, by its identifier', async () => {
    await withPair()
    writeFirmware(place, on)
    const identifier = readCertificate(place.path('tree/mok.pub')).subjectKeyId
    const keys = (id: string | undefined) => `159b0743 I--Q---     1 perm 0c030000     0 65534 keyring   .user_reg: 2
2b0e3f4a I------     1 perm 1f030000     0     0 asymmetri DKMS module signing key: ${id}: X509.rsa ${id?.slice(-8)} []
`
    place.write('machine/proc/keys', keys('7573d3f2a3c25d71a0ed2358ff1b5dfccc262785'))
    expect((await describeIt()).trust.enrolment.state).toBe('not-enrolled')
    place.write('machine/proc/keys', keys(identifier))
    expect((await describeIt()).trust).toMatchObject({ enrolment: { state: 'enrolled' }, modules: 'accepted' })
  })

  it.each([
    ['without EFI', undefined],
    ['when efivarfs is not mounted', {}],
    ['when the list is damaged', { ...on, MokListRT: Buffer.from('not a signature list at all, whatever the size') }],
  ])('unknown %s', async (_, variables) => {
    await withPair()
    if (variables !== undefined) writeFirmware(place, variables)
    const { trust, commands } = await describeIt()
    expect(trust.enrolment.state).toBe('unknown')
    expect(commands).toEqual([])
  })

  it('unknown when the list may not be read', async (context) => {
    await withPair()
    writeFirmware(place, on)
    const list = place.path('machine/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23')
    mkdirSync(list)
    chmodSync(list, 0o755)
    const { trust } = await describeIt()
    if (trust.enrolment.state !== 'unknown') context.skip('a directory can be read as a file here')
    expect(trust).toMatchObject({ enrolment: { why: expect.stringContaining('cannot be read') }, modules: 'unknown' })
  })
})

describe('mok', () => {
  it('says that modules are refused where the kernel insists by itself', async () => {
    await withPair()
    writeFirmware(place, { SecureBoot: Buffer.from([0]) })
    expect((await describeIt()).trust).toMatchObject({ enforced: undefined, modules: 'accepted' })
    place.write('machine/sys/module/module/parameters/sig_enforce', 'N\n')
    expect((await describeIt()).trust).toMatchObject({ enforced: false, modules: 'accepted' })
    place.write('machine/sys/module/module/parameters/sig_enforce', 'Y\n')
    expect((await describeIt()).trust).toMatchObject({ enforced: true, modules: 'refused' })
  })

  it('makes no pair, and names the command that does', async () => {
    const result = await describeIt()
    expect(result).toMatchObject({ state: { state: 'missing' }, commands: ['dkms generate_mok'] })
    expect(mokText(result)).toContain('\nRun as root:\n  dkms generate_mok\n')
    expect(place.events).toEqual([])
  })

  it('shows of the certificate what openssl shows', async () => {
    await withPair()
    const path = place.path('tree/mok.pub')
    const { certificate } = mokDocument(await describeIt()) as { certificate: Record<string, string> }
    const openssl = (...what: readonly string[]) =>
      succeed('openssl', ['x509', '-inform', 'DER', '-in', path, '-noout', ...what]).trim()
    expect(openssl('-fingerprint', '-sha256')).toMatch(new RegExp(`=${certificate['sha256']}$`))
    expect(openssl('-fingerprint', '-sha1')).toMatch(new RegExp(`=${certificate['sha1']}$`))
    expect(openssl('-serial')).toBe(`serial=${certificate['serial']?.replaceAll(':', '')}`)
    const identifier = openssl('-ext', 'subjectKeyIdentifier')
      .split('\n')
      .at(-1)
      ?.trim()
      .replaceAll(':', '')
      .toLowerCase()
    expect(certificate['subjectKeyId']).toBe(identifier)
    expect(Date.parse(openssl('-enddate').replace('notAfter=', ''))).toBe(Date.parse(certificate['validTo'] ?? ''))
  })

  it('converts a certificate that is text before it is imported', async () => {
    makeForeignPair(place, 'tree/mok.key', 'tree/mok.pub', 'PEM')
    writeFirmware(place, { ...on, MokListRT: listOf() })
    const path = place.path('tree/mok.pub')
    const { commands } = await describeIt()
    expect(commands).toEqual([`openssl x509 -in ${path} -outform DER -out ${path}.der`, `mokutil --import ${path}.der`])
    succeed('sh', ['-c', commands[0] ?? 'false'])
    expect(readCertificate(`${path}.der`)).toMatchObject({ isPem: false, sha256: readCertificate(path).sha256 })
  })

  it('says so when the certificate is none', async () => {
    place.write('tree/mok.key', 'x')
    place.write('tree/mok.pub', 'y')
    const result = await describeIt()
    expect(result.problem).toBe(`${place.path('tree/mok.pub')} is not an X.509 certificate`)
    expect(mokText(result)).toContain('is not an X.509 certificate')
  })

  it.each(['present', 'incomplete', 'mismatched'])('has a document and a text for a pair that is %s', async (state) => {
    makeForeignPair(place, 'tree/mok.key', 'tree/mok.pub')
    if (state === 'mismatched') makeForeignPair(place, 'x.key', 'tree/mok.pub')
    const request = place.request()
    const absent = { trySignModules: 'true', mokCertificate: place.path('absent') } as const
    const settings = state === 'incomplete' ? absent : request.settings
    const result = await describeMok({ ...request, settings, machineRoot: place.path('machine') })
    expect(mokDocument(result)).toMatchObject({ key: place.path('tree/mok.key'), pair: state })
    expect(JSON.parse(JSON.stringify(mokDocument(result)))).toMatchObject({ secureBoot: { state: 'no-efi' } })
    expect(mokText(result)).toContain(`Signing key     ${place.path('tree/mok.key')}\n`)
  })
})
