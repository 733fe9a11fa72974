import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseModuleInfo, readModuleInfo } from '../../../src/kernel/modinfo.ts'
import type { ModuleSignature } from '../../../src/kernel/signature.ts'
import { findOnPath } from '../../../src/kernel/toolchain.ts'
import { temporaryDirectory } from '../../../src/system/fs.ts'
import { run } from '../../../src/system/run.ts'
import { elfForms, modinfoSection, writeElf } from './elf-writer.ts'

const marker = Buffer.from('~Module signature appended~\n')

interface Trailer {
  readonly hash?: number
  readonly idType: number
  readonly signer?: string
  readonly keyId?: Buffer
  readonly signature: Buffer
  readonly claimedLength?: number
}

function signed({ hash = 0, idType, signer = '', keyId = Buffer.alloc(0), signature, claimedLength }: Trailer): Buffer {
  const trailer = Buffer.from([1, hash, idType, signer.length, keyId.length, 0, 0, 0, 0, 0, 0, 0])
  trailer.writeUInt32BE(claimedLength ?? signature.length, 8)
  const appended = Buffer.concat([Buffer.from(signer), keyId, signature, trailer, marker])
  return writeElf(elfForms[0]!, { '.modinfo': modinfoSection('license=GPL') }, { appended })
}

function signatureOf(trailer: Trailer): ModuleSignature | undefined {
  return parseModuleInfo(signed(trailer)).signature
}

describe('readSignature', () => {
  it('reads the older form that names signer and key itself', () => {
    const keyId = Buffer.from([0x0a, 0xff, 0x00])
    expect(signatureOf({ hash: 4, idType: 1, signer: 'Example CA', keyId, signature: Buffer.alloc(16) })).toEqual({
      sigId: 'X509',
      signer: 'Example CA',
      sigKey: '0A:FF:00',
      sigHashAlgorithm: 'sha256',
      keyId: undefined,
    })
  })

  it.each([
    ['a message that is not DER', { idType: 2, signature: Buffer.from('garbage') }, 'PKCS#7'],
    ['an empty message', { idType: 2, signature: Buffer.alloc(0) }, 'PKCS#7'],
    ['an unknown kind', { idType: 9, signature: Buffer.alloc(4) }, 'unknown'],
    ['a length beyond the file', { idType: 2, signature: Buffer.alloc(4), claimedLength: 0x7fffffff }, 'unknown'],
  ])('knows nothing about %s', (_, trailer, sigId) => {
    const nothing = { signer: undefined, sigKey: undefined, sigHashAlgorithm: undefined, keyId: undefined }
    expect(signatureOf(trailer)).toEqual({ sigId, ...nothing })
  })

  it('survives any message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
        expect(signatureOf({ idType: 2, signature: Buffer.from(message) })?.sigId).toBe('PKCS#7')
      }),
    )
  })
})

const signFile = '/usr/lib/linux-kbuild-6.1/scripts/sign-file'
const path = process.env['PATH'] ?? ''
const canSign = existsSync(signFile) && ['openssl', 'modinfo'].every((tool) => findOnPath(tool, path) !== undefined)

describe.skipIf(!canSign)('signatures made by sign-file (needs linux-kbuild-6.1, openssl and kmod)', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  const at = (name: string): string => join(directory.path, name)

  beforeAll(async () => {
    directory = temporaryDirectory(tmpdir(), 'sign-file-')
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', at('key.pem'), '-outform', 'DER', '-out', at('cert.der')]
    const name = ['-subj', '/O=Example Org/CN=Ünïcode signer/', '-set_serial', '0x00ff00aa', '-days', '2']
    await run(['openssl', 'req', '-x509', ...key, ...name, '-utf8', '-batch'])
    writeFileSync(at('plain.ko'), writeElf(elfForms[0]!, { '.modinfo': modinfoSection('license=GPL', 'version=1') }))
  }, 60_000)

  afterAll(() => directory[Symbol.dispose]())

  async function modinfo(file: string, field: string): Promise<string> {
    return (await run(['modinfo', '-F', field, file])).stdout.trimEnd()
  }

  it.each(['sha1', 'sha224', 'sha256', 'sha384', 'sha512'])('are read as modinfo reads them (%s)', async (hash) => {
    const file = at(`${hash}.ko`)
    copyFileSync(at('plain.ko'), file)
    await run([signFile, hash, at('key.pem'), at('cert.der'), file])
    const { signature } = await readModuleInfo(file)
    expect(signature).toEqual({
      sigId: await modinfo(file, 'sig_id'),
      signer: await modinfo(file, 'signer'),
      sigKey: await modinfo(file, 'sig_key'),
      sigHashAlgorithm: await modinfo(file, 'sig_hashalgo'),
      keyId: undefined,
    })
    expect(signature).toMatchObject({ signer: 'Ünïcode signer', sigKey: 'FF:00:AA', sigHashAlgorithm: hash })
  })

  it('that name their certificate by key identifier tell that identifier', async () => {
    const file = at('by-key-id.ko')
    copyFileSync(at('plain.ko'), file)
    await run([signFile, '-k', 'sha256', at('key.pem'), at('cert.der'), file])
    const { stdout } = await run([
      'openssl',
      'x509',
      '-inform',
      'DER',
      '-in',
      at('cert.der'),
      '-noout',
      '-ext',
      'subjectKeyIdentifier',
    ])
    const { signature } = await readModuleInfo(file)
    expect(signature).toMatchObject({
      sigId: 'PKCS#7',
      signer: undefined,
      sigKey: undefined,
      sigHashAlgorithm: 'sha256',
    })
    expect(stdout).toContain(signature?.keyId)
  })
})
