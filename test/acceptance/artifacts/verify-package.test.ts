import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { generateKey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { armorSignature } from '../../../src/packaging/openpgp/armor.ts'
import { keyFileSigner } from '../../../src/packaging/openpgp/signer.ts'
import { makeBuiltWorld, runBuilt, toyKernels } from '../../support/built-world.ts'
import type { Run } from '../../support/program.ts'
import type { World } from '../../support/world.ts'

const kernels = Object.values(toyKernels)

let root: string
let world: World
let made: string
let secret: string
const published: Record<'own' | 'other', string> = { own: '', other: '' }

function run(...args: readonly string[]): Promise<Run> {
  return runBuilt(world, args)
}

async function make(...args: readonly string[]): Promise<void> {
  const { status, stderr } = await run(...args)
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'verify-package-'))
  world = await makeBuiltWorld(root)
  made = join(root, 'made')
  mkdirSync(made)
  for (const name of ['own', 'other'] as const) {
    const { privateKey, publicKey } = await generateKey({ type: 'ecc', userIDs: [{ name }], date: new Date(1.7e12) })
    published[name] = join(root, `${name}.asc`)
    writeFileSync(published[name], publicKey)
    if (name === 'own') writeFileSync((secret = join(root, 'secret.asc')), privateKey)
  }
  const who = ['--maintainer', 'Test <test@example.org>', '--output', made]
  await Promise.all([
    make('mkrpm', 'hello/1.0', '--all', ...who),
    make('mkkmod', 'hello/1.0', '-k', `${toyKernels.el9}/x86_64`, '--sign-key', secret, ...who),
    make('mkdeb', 'hello/1.0', '--all', ...who),
    make('mkbmdeb', 'hello/1.0', '-k', `${toyKernels.jammy}/x86_64`, ...who),
    make('mkdsc', 'hello/1.0', ...who),
    ...['tar', 'tar.gz', 'tar.bz2', 'tar.xz', 'tar.zst'].map((suffix) =>
      make('mktarball', 'hello/1.0', '--all', '--archive', join(made, `hello.${suffix}`)),
    ),
  ])
}, 120_000)
afterAll(() => rmSync(root, { recursive: true, force: true }))

function fileLike(pattern: RegExp): string {
  const name = readdirSync(made).find((one) => pattern.test(one))
  if (name === undefined) throw new Error(`no file like ${pattern} was made`)
  return join(made, name)
}

/** With one bit changed, at that part of its length. */
function damaged(path: string, where: number): string {
  const bytes = readFileSync(path)
  const at = Math.floor(bytes.length * where)
  bytes[at] = (bytes[at] ?? 0) ^ 0x10
  const directory = mkdtempSync(join(root, 'damaged-'))
  const copy = join(directory, basename(path))
  writeFileSync(copy, bytes)
  return copy
}

const codesOf = (document: { findings: readonly { code: string }[] }) =>
  [...new Set(document.findings.map(({ code }) => code))].sort()

interface Kind {
  readonly what: string
  readonly pattern: RegExp
  readonly kind: string
  readonly kernels: readonly string[]
  readonly state?: string
}

const kinds: readonly Kind[] = [
  { what: 'a package of modules', pattern: /^kmod-.*rpm$/, kind: 'rpm', kernels: [toyKernels.el9] },
  { what: 'an RPM with a DKMS tarball', pattern: /noarch\.rpm$/, kind: 'rpm', kernels },
  { what: 'a source RPM', pattern: /\.src\.rpm$/, kind: 'srpm', kernels },
  { what: 'a Debian package of modules', pattern: /^hello-modules.*deb$/, kind: 'deb', kernels: [toyKernels.jammy] },
  { what: 'a Debian package with modules for DKMS', pattern: /^hello-dkms.*deb$/, kind: 'deb', kernels },
  { what: 'a tarball with gzip', pattern: /^hello\.tar\.gz$/, kind: 'dkms-tarball', kernels },
  { what: 'a tarball with bzip2', pattern: /^hello\.tar\.bz2$/, kind: 'dkms-tarball', kernels },
  { what: 'a tarball with xz', pattern: /^hello\.tar\.xz$/, kind: 'dkms-tarball', kernels },
  { what: 'a tarball with zstd', pattern: /^hello\.tar\.zst$/, kind: 'dkms-tarball', kernels },
]

describe('verify', () => {
  it.each(kinds)('finds $what in order, and tells the kernels and whether modules are signed', async (expected) => {
    const { status, stdout } = await run('verify', fileLike(expected.pattern), '--json')
    const document = JSON.parse(stdout)
    expect({ status, code: document.error }).toEqual({ status: 0 })
    expect(document).toMatchObject({
      kind: expected.kind,
      integrity: { state: 'intact' },
      kernels: expected.kernels.toSorted(),
      isAccepted: true,
    })
    expect(codesOf(document)).toEqual(['module-unsigned'])
    expect(document.modules.map(({ isSigned }: { isSigned: boolean }) => isSigned)).toEqual(
      expected.kernels.map(() => false),
    )
  })

  it.each(kinds)('ends with an error over $what that one bit is wrong in', async ({ pattern }) => {
    for (const where of [0.6, 0.8]) {
      const { status, stdout } = await run('verify', damaged(fileLike(pattern), where), '--json')
      const { error } = JSON.parse(stdout)
      expect([3, 7], `${where}: ${stdout}`).toContain(status)
      expect(['PACKAGE_INVALID', 'ARCHIVE_UNREADABLE']).toContain(error.code)
    }
  })

  it('says of a bare tar archive that nothing protects it, and of a truncated one that it is cut off', async () => {
    const whole = await run('verify', fileLike(/^hello\.tar$/), '--json')
    expect({ status: whole.status, codes: codesOf(JSON.parse(whole.stdout)) }).toEqual({
      status: 0,
      codes: ['module-unsigned', 'unprotected'],
    })
    const cut = join(root, 'cut.tar')
    writeFileSync(cut, readFileSync(fileLike(/^hello\.tar$/)).subarray(0, statSync(fileLike(/^hello\.tar$/)).size / 2))
    expect((await run('verify', cut)).status).toBe(3)
  })

  it('checks what a source package names, and what is missing of it', async () => {
    const dsc = fileLike(/\.dsc$/)
    expect((await run('verify', dsc)).status).toBe(0)
    const alone = join(mkdtempSync(join(root, 'alone-')), basename(dsc))
    copyFileSync(dsc, alone)
    const { status, stdout } = await run('verify', alone, '--json')
    expect({ status, codes: codesOf(JSON.parse(stdout)) }).toEqual({ status: 7, codes: ['incomplete'] })
  })

  it('demands the signature of a given key, in a package or beside an archive', async () => {
    const rpm = fileLike(/^kmod-.*rpm$/)
    const archive = fileLike(/^hello\.tar\.xz$/)
    expect((await run('verify', rpm, '--keyring', published.own)).status).toBe(0)
    expect((await run('verify', rpm, '--keyring', published.other)).status).toBe(1)
    const unsigned = await run('verify', archive, '--keyring', published.own, '--json')
    expect({ status: unsigned.status, codes: codesOf(JSON.parse(unsigned.stdout)) }).toEqual({
      status: 1,
      codes: ['module-unsigned', 'untrusted'],
    })
    const signer = keyFileSigner({ path: secret, time: 1_740_000_000 })
    writeFileSync(`${archive}.asc`, armorSignature(await signer.detached(readFileSync(archive))))
    expect((await run('verify', archive, '--keyring', published.own)).status).toBe(0)
    expect((await run('verify', archive, '--keyring', published.other)).status).toBe(1)
    const { stdout } = await run('verify', archive)
    expect(stdout).toMatch(/^Signatures: .*hello\.tar\.xz\.asc: unchecked, key [0-9a-f]{16}$/m)
  })

  it('demands modules for the kernels that are named', async () => {
    const rpm = fileLike(/^kmod-.*rpm$/)
    expect((await run('verify', rpm, '-k', toyKernels.el9)).status).toBe(0)
    const { status, stderr, stdout } = await run('verify', rpm, '-k', '1.2.3-generic')
    expect(status).toBe(6)
    expect(stdout).toContain('1.2.3-generic) [kernel-missing]')
    expect(stderr).toContain('NOT_BUILT')
  })

  it('finds a module that lies among those of another kernel', async () => {
    const own = await makeBuiltWorld(mkdtempSync(join(root, 'mixed-')))
    const moduleOf = (release: string) => join(own.tree, 'hello/1.0', release, 'x86_64/module/hello.ko')
    copyFileSync(moduleOf(toyKernels.el9), moduleOf(toyKernels.jammy))
    const archive = join(own.desk, 'mixed.tar.gz')
    const packed = await runBuilt(own, ['mktarball', 'hello/1.0', '--all', '--archive', archive])
    expect(packed.status).toBe(0)
    const { status, stdout } = await runBuilt(own, ['verify', archive, '--json'])
    const document = JSON.parse(stdout)
    expect({ status, codes: codesOf(document) }).toEqual({ status: 7, codes: ['module-unsigned', 'vermagic-mismatch'] })
  })
})
