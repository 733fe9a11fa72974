import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DebDescription } from '../../../../../src/packaging/deb/format/description.ts'
import { openDeb } from '../../../../../src/packaging/deb/format/read.ts'
import { signDeb, verifyDebSignatures } from '../../../../../src/packaging/deb/format/sign.ts'
import {
  checkListedFiles,
  readChanges,
  readDsc,
  verifyListing,
} from '../../../../../src/packaging/deb/format/source-files.ts'
import { writeSource } from '../../../../../src/packaging/deb/format/source-write.ts'
import { writeDeb } from '../../../../../src/packaging/deb/format/write.ts'
import { gpgSigner, keyFileSigner, type PackageSigner } from '../../../../../src/packaging/openpgp/signer.ts'
import { attempt, lacks, scratchDirectory, tool } from './deb-tools.ts'

const scratch = scratchDirectory('deb-sign')
/** Short: gpg's agent listens on a socket below it. */
const home = join(scratch, 'g')
const time = 1_750_000_000
const now = 1_800_000_000_000

const description: DebDescription = {
  name: 'signed',
  version: '1.0',
  arch: 'all',
  maintainer: 'Ann Packager <ann@example.org>',
  summary: 'signed',
  description: 'A package.',
  entries: [
    { kind: 'file', path: '/usr/share/signed', mode: 0o644, mtime: time, content: { text: 'x'.repeat(300_000) } },
  ],
  time,
}

const source = {
  format: '3.0 (native)',
  time,
  entries: Object.entries({
    control:
      'Source: signed\nMaintainer: Ann <a@b.c>\nStandards-Version: 4.6.2\n\nPackage: signed\nArchitecture: all\nDescription: x\n',
    changelog:
      'signed (1.0) unstable; urgency=low\n\n  * x\n    - a dash at the begin of text\n\n -- Ann <a@b.c>  Tue, 14 Nov 2023 22:13:20 +0000\n',
    'source/format': '3.0 (native)\n',
  }).map(([name, text]) => ({
    kind: 'file' as const,
    path: `/debian/${name}`,
    mode: 0o644,
    mtime: time,
    content: { text },
  })),
} as const

function gpg(...args: readonly string[]): Buffer {
  return execFileSync(
    'gpg',
    ['--homedir', home, '--batch', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '', ...args],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
}

const users = { rsa: ['rsa@example.org', 'rsa3072'], ed25519: ['ed@example.org', 'ed25519'] } as const

function signers(): (readonly [string, PackageSigner, string])[] {
  return Object.entries(users).flatMap(([name, [user]]) => [
    [`${name} key file`, keyFileSigner({ path: join(scratch, `${name}.secret`), time }), name] as const,
    [`${name} key of gpg`, gpgSigner({ user, home }), name] as const,
  ])
}

describe.skipIf(lacks('gpg'))('signatures (need gpg)', () => {
  beforeAll(() => {
    mkdirSync(home, { mode: 0o700 })
    for (const [name, [user, algorithm]] of Object.entries(users)) {
      gpg('--faked-system-time', '1740000000', '--quick-gen-key', user, algorithm, 'sign', '0')
      writeFileSync(join(scratch, `${name}.secret`), gpg('--armor', '--export-secret-keys', user))
      writeFileSync(join(scratch, `${name}.public`), gpg('--export', user))
    }
  })
  afterAll(() => execFileSync('gpgconf', ['--homedir', home, '--kill', 'all']))

  function keyFiles(...names: readonly string[]): string[] {
    return names.map((name) => join(scratch, `${name}.public`))
  }

  it.each(signers())('of a package are good, and known as damaged or unknown (%s)', async (title, signer, name) => {
    const path = join(scratch, `${title}.deb`)
    await writeDeb(description, path, { signer })
    using deb = openDeb(path)
    expect(deb.members.map((member) => member.name).at(-1)).toBe('_gpgorigin')
    expect(await verifyDebSignatures(deb, { keyFiles: keyFiles('rsa', 'ed25519'), now })).toMatchObject([
      { role: 'origin', state: 'good', keyId: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ])
    const other = name === 'rsa' ? 'ed25519' : 'rsa'
    expect(await verifyDebSignatures(deb, { keyFiles: keyFiles(other), now })).toMatchObject([{ state: 'unknown key' }])
    const bytes = readFileSync(path)
    for (const { range } of [deb.control, deb.data, deb.members[3] ?? deb.data]) {
      const damaged = Buffer.from(bytes)
      const at = range.offset + range.bytes - 1
      damaged[at] = (damaged[at] ?? 0) ^ 1
      writeFileSync(join(scratch, 'damaged.deb'), damaged)
      using broken = openDeb(join(scratch, 'damaged.deb'))
      expect(await verifyDebSignatures(broken, { keyFiles: keyFiles(name), now })).toMatchObject([{ state: 'bad' }])
    }
  })

  it.each(signers())('of a package are gpg’s business too: the three members, one after the other (%s)', (title) => {
    const path = join(scratch, `${title}.deb`)
    using deb = openDeb(path)
    const bytes = readFileSync(path)
    const cut = ({ range }: (typeof deb.members)[number]) => bytes.subarray(range.offset, range.offset + range.bytes)
    writeFileSync(join(scratch, 'signed-data'), Buffer.concat([deb.version, deb.control, deb.data].map(cut)))
    const [, , , signature] = deb.members
    writeFileSync(join(scratch, 'signature'), signature === undefined ? '' : cut(signature))
    const said = attempt([
      'gpg',
      '--homedir',
      home,
      '--verify',
      join(scratch, 'signature'),
      join(scratch, 'signed-data'),
    ])
    expect(said).toMatchObject({ status: 0, output: expect.stringContaining('Good signature') })
  })

  it('of a key file are the same each time, and leave the rest of the package as it was', async () => {
    const path = join(scratch, 'resigned.deb')
    await writeDeb(description, path)
    const unsigned = readFileSync(path)
    const signer = keyFileSigner({ path: join(scratch, 'ed25519.secret'), time })
    await signDeb(path, signer)
    const once = readFileSync(path)
    expect(once.subarray(0, unsigned.length).equals(unsigned)).toBe(true)
    await signDeb(path, signer)
    expect(readFileSync(path).equals(once)).toBe(true)
    await signDeb(path, keyFileSigner({ path: join(scratch, 'rsa.secret'), time }), { role: 'maint' })
    using deb = openDeb(path)
    expect(await verifyDebSignatures(deb, { keyFiles: keyFiles('rsa', 'ed25519'), now })).toMatchObject([
      { role: 'origin', state: 'good' },
      { role: 'maint', state: 'good' },
    ])
  })

  it('that were made later than now are bad', async () => {
    const path = join(scratch, 'future.deb')
    await writeDeb(description, path, { signer: keyFileSigner({ path: join(scratch, 'rsa.secret'), time }) })
    using deb = openDeb(path)
    const before = (time - 10) * 1000
    expect(await verifyDebSignatures(deb, { keyFiles: keyFiles('rsa'), now: before })).toMatchObject([{ state: 'bad' }])
  })

  it.skipIf(lacks('debsig-verify'))('of a package are accepted by debsig-verify (needs debsig-verify)', async () => {
    const fingerprint =
      /^fpr:+([0-9A-F]{40}):/m.exec(gpg('--with-colons', '--list-keys', users.rsa[0]).toString('utf8'))?.[1] ?? ''
    const keyId = fingerprint.slice(-16)
    const policies = join(scratch, 'policies', keyId)
    const rings = join(scratch, 'rings', keyId)
    mkdirSync(policies, { recursive: true })
    mkdirSync(rings, { recursive: true })
    copyFileSync(join(scratch, 'rsa.public'), join(rings, 'ring.gpg'))
    writeFileSync(
      join(policies, 'x.pol'),
      `<?xml version="1.0"?>
<!DOCTYPE Policy SYSTEM "https://www.debian.org/debsig/1.0/policy.dtd">
<Policy xmlns="https://www.debian.org/debsig/1.0/">
 <Origin Name="x" id="${keyId}" Description="x"/>
 <Selection><Required Type="origin" File="ring.gpg" id="${keyId}"/></Selection>
 <Verification><Required Type="origin" File="ring.gpg" id="${keyId}"/></Verification>
</Policy>
`,
    )
    for (const [title] of signers().filter(([, , name]) => name === 'rsa')) {
      const path = join(scratch, `${title}.deb`)
      const argv = [
        'debsig-verify',
        '--policies-dir',
        join(scratch, 'policies'),
        '--keyrings-dir',
        join(scratch, 'rings'),
        path,
      ] as const
      expect(attempt(argv)).toMatchObject({ status: 0, output: expect.stringContaining('Verified package from') })
    }
    expect(tool(['dpkg-deb', '--contents', join(scratch, 'rsa key file.deb')])).toContain('./usr/share/signed')
  })

  it.each(
    signers(),
  )('of a source are good, and its sums are those of the signed files (%s)', async (title, signer, name) => {
    const output = join(scratch, `${title} source`)
    mkdirSync(output)
    const { dsc, changes } = await writeSource(source, output, { signer })
    const options = { keyFiles: keyFiles(name), now }
    for (const [path, listing] of [
      [dsc, readDsc(dsc)],
      [changes, readChanges(changes)],
    ] as const) {
      expect(await verifyListing(listing, options)).toMatchObject({ state: 'good' })
      expect(await verifyListing(listing, { keyFiles: [], now })).toMatchObject({ state: 'unknown key' })
      expect((await checkListedFiles(listing, path)).every(({ state }) => state === 'ok')).toBe(true)
      const tampered = { ...listing, signedBlock: listing.signedBlock?.replace('1.0', '1.1') ?? '' }
      expect(await verifyListing(tampered, options)).toMatchObject({ state: 'bad' })
      expect(attempt(['gpg', '--homedir', home, '--verify', path])).toMatchObject({
        status: 0,
        output: expect.stringContaining('Good signature'),
      })
    }
    if (!lacks('dpkg-source')) {
      const keyring = join(scratch, `${name}.public`)
      expect(attempt(['gpgv', '--keyring', keyring, dsc])).toMatchObject({ status: 0 })
      tool(['dpkg-source', '-x', dsc, join(output, 'unpacked')])
    }
    if (!lacks('dscverify')) {
      const said = attempt([
        'dscverify',
        '--no-default-keyrings',
        '--keyring',
        join(scratch, `${name}.public`),
        changes,
      ])
      expect(said).toMatchObject({ status: 0, output: expect.stringContaining('All files validated successfully') })
    }
    if (title.includes('file')) {
      const again = join(scratch, `${title} again`)
      mkdirSync(again)
      await writeSource(source, again, { signer })
      expect(attempt(['diff', '-r', output, again, '--exclude=unpacked'])).toEqual({ status: 0, output: '' })
    }
  })

  it('fail with nothing written when the key cannot be used', async () => {
    const place = join(scratch, 'nothing')
    mkdirSync(place)
    writeFileSync(join(scratch, 'no-key'), 'nonsense')
    const bad = keyFileSigner({ path: join(scratch, 'no-key'), time })
    await expect(writeDeb(description, join(place, 'x.deb'), { signer: bad })).rejects.toMatchObject({
      code: 'PACKAGE_KEY_UNUSABLE',
    })
    const unknown = gpgSigner({ user: 'nobody@example.org', home })
    await expect(writeSource(source, place, { signer: unknown })).rejects.toMatchObject({
      code: 'PACKAGE_SIGNING_FAILED',
    })
    const young = keyFileSigner({ path: join(scratch, 'rsa.secret'), time: 1000 })
    await expect(writeDeb(description, join(place, 'x.deb'), { signer: young })).rejects.toMatchObject({
      code: 'PACKAGE_SIGNING_FAILED',
    })
    expect(readdirSync(place)).toEqual([])
  })
})
