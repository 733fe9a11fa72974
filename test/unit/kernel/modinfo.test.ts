import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFactoryError } from '../../../src/errors.ts'
import { compressModule } from '../../../src/kernel/compress.ts'
import { decompressModule } from '../../../src/kernel/compression.ts'
import { parseModuleInfo, readModuleInfo, readModuleInfoSync, vermagicRelease } from '../../../src/kernel/modinfo.ts'
import { findOnPath } from '../../../src/kernel/toolchain.ts'
import { temporaryDirectory } from '../../../src/system/fs.ts'
import { run } from '../../../src/system/run.ts'
import { elfForms, extendedVersions, formName, modinfoSection, versionsSection, writeElf } from './elf-writer.ts'

const hasXz = findOnPath('xz', process.env['PATH'] ?? '') !== undefined
const symbols = { module_layout: 0xdeadbeef, __fentry__: 1 }
const entries = [
  'version=1.0',
  'license=GPL v2',
  'author=Ann <a@example.org>',
  'author=Bob',
  'description=A = B: both',
  'alias=pci:v00008086d*',
  'alias=usb:v1234p*',
  'firmware=foo/bar.bin',
  'softdep=pre: crc32c',
  'import_ns=CRYPTO_INTERNAL',
  'parmtype=debug:int',
  'parm=debug:Level: 0 to 3',
  'parmtype=untold:bool',
  'srcversion=ABCDEF0123456789',
  'depends=usbcore,scsi_mod',
  'retpoline=Y',
  'name=foo_bar',
  'vermagic=6.1.0-56-amd64 SMP preempt mod_unload modversions ',
  'bare',
]

const [commonForm] = elfForms
function sampleModule(form = commonForm!): Buffer {
  return writeElf(form, { '.modinfo': modinfoSection(...entries), __versions: versionsSection(form, symbols) })
}

describe('parseModuleInfo', () => {
  it.each(elfForms.map((form) => [formName(form), form] as const))('reads a %s module', (_, form) => {
    const info = parseModuleInfo(sampleModule(form))
    expect(info).toMatchObject({
      name: 'foo_bar',
      version: '1.0',
      srcversion: 'ABCDEF0123456789',
      vermagic: '6.1.0-56-amd64 SMP preempt mod_unload modversions ',
      description: 'A = B: both',
      license: ['GPL v2'],
      author: ['Ann <a@example.org>', 'Bob'],
      alias: ['pci:v00008086d*', 'usb:v1234p*'],
      depends: ['usbcore', 'scsi_mod'],
      softdep: ['pre: crc32c'],
      firmware: ['foo/bar.bin'],
      importNamespaces: ['CRYPTO_INTERNAL'],
      params: [
        { name: 'untold', type: 'bool', description: undefined },
        { name: 'debug', type: 'int', description: 'Level: 0 to 3' },
      ],
      intree: false,
      retpoline: true,
      signature: undefined,
      symbolVersions: [
        { crc: 0xdeadbeef, name: 'module_layout' },
        { crc: 1, name: '__fentry__' },
      ],
    })
    expect(info.fields.at(-1)).toEqual(['bare', ''])
  })

  it.each(
    elfForms.map((form) => [formName(form), form] as const),
  )('reads the extended symbol versions of a %s module', (_, form) => {
    const long = 'rust_'.repeat(40)
    const sections = {
      '.modinfo': modinfoSection('license=GPL'),
      __versions: versionsSection(form, { short: 7 }),
      ...extendedVersions(form, { short: 7, [long]: 0xfedcba98 }),
    }
    expect(parseModuleInfo(writeElf(form, sections)).symbolVersions).toEqual([
      { crc: 7, name: 'short' },
      { crc: 0xfedcba98, name: long },
    ])
  })

  it('takes the dot of big-endian PowerPC off symbol names', () => {
    const form = elfForms[1]!
    const sections = { '.modinfo': modinfoSection('license=GPL'), __versions: versionsSection(form, { '.printk': 5 }) }
    expect(parseModuleInfo(writeElf(form, sections)).symbolVersions).toEqual([{ crc: 5, name: 'printk' }])
  })

  it('reads section counts that do not fit the file header', () => {
    const sections = { '.modinfo': modinfoSection('version=2') }
    expect(parseModuleInfo(writeElf(commonForm!, sections, { extendedNumbers: true })).version).toBe('2')
  })

  it('reads information that begins and ends with padding', () => {
    const section = Buffer.concat([
      Buffer.alloc(8),
      modinfoSection('version=2'),
      Buffer.alloc(7),
      Buffer.from('license=GPL'),
    ])
    const info = parseModuleInfo(writeElf(commonForm!, { '.modinfo': section }))
    expect(info.fields).toEqual([
      ['version', '2'],
      ['license', 'GPL'],
    ])
  })

  it('takes the kernel release from vermagic', () => {
    expect(vermagicRelease('6.1.0-56-amd64 SMP preempt mod_unload modversions ')).toBe('6.1.0-56-amd64')
    expect(vermagicRelease('')).toBe('')
  })

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('#!/bin/sh\necho this is not a kernel module at all\n')],
    ['an ELF file without module information', writeElf(commonForm!, { '.text': Buffer.alloc(4) })],
    [
      'a cut table of symbol versions',
      writeElf(commonForm!, { '.modinfo': modinfoSection('a=b'), __versions: Buffer.alloc(65) }),
    ],
    [
      'extended versions with too few names',
      writeElf(commonForm!, {
        '.modinfo': modinfoSection('a=b'),
        __version_ext_crcs: Buffer.alloc(8),
        __version_ext_names: Buffer.from('one\0'),
      }),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseModuleInfo(bytes, 'x.ko')).toThrow(/^x\.ko is not a usable kernel module: /)
  })
})

/** Runs the parser; a module or an ELF_INVALID are both fine, everything else is a crash. */
function survives(bytes: Uint8Array): 'read' | 'refused' {
  try {
    parseModuleInfo(bytes)
    return 'read'
  } catch (error) {
    if (isFactoryError(error, 'ELF_INVALID')) return 'refused'
    throw error
  }
}

describe('hostile modules', () => {
  it.each(
    elfForms.map((form) => [formName(form), form] as const),
  )('are refused at every truncation (%s)', (_, form) => {
    const whole = sampleModule(form)
    for (let length = 0; length < whole.length; length += 1) expect(survives(whole.subarray(0, length))).toBe('refused')
    expect(survives(whole)).toBe('read')
  })

  it('with any bytes changed are read or refused', () => {
    const whole = sampleModule()
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.constantFrom(...elfForms), fc.array(change, { minLength: 1, maxLength: 8 }), (form, changes) => {
        const bytes = sampleModule(form)
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        survives(bytes)
      }),
      { numRuns: 3000 },
    )
  })

  it('with a changed header or section table are read or refused', () => {
    const whole = sampleModule()
    const tableAt = Number(whole.readBigUInt64LE(40))
    const count = 64 + whole.length - tableAt
    const spots = Array.from({ length: count }, (_, index) => (index < 64 ? index : tableAt + index - 64))
    for (const at of spots) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const bytes = Buffer.from(whole)
        bytes[at] = value
        survives(bytes)
      }
    }
  })
})

describe('readModuleInfo', () => {
  const whole = sampleModule()
  const plain = parseModuleInfo(whole)

  it.each([
    ['plain', 'x.ko', whole],
    ['gzip', 'x.ko.gz', gzipSync(whole)],
    ['zstd', 'x.ko.zst', zstdCompressSync(whole)],
    ['gzip under the name of another compression', 'x.ko.xz', gzipSync(whole)],
  ])('reads %s, with and without waiting', async (_, name, bytes) => {
    using directory = temporaryDirectory(tmpdir(), 'modinfo-')
    const path = join(directory.path, name)
    writeFileSync(path, bytes)
    expect(readModuleInfoSync(path)).toEqual(plain)
    expect(await readModuleInfo(path)).toEqual(plain)
  })

  it.skipIf(!hasXz)('reads xz, and only by waiting (needs xz to make one)', async () => {
    using directory = temporaryDirectory(tmpdir(), 'modinfo-')
    const path = join(directory.path, 'x.ko')
    writeFileSync(path, whole)
    const compressed = await compressModule(path, '.xz')
    expect(readModuleInfoSync(compressed)).toBeUndefined()
    expect(await readModuleInfo(compressed)).toEqual(plain)
  })

  it.each([
    ['gzip', gzipSync(whole)],
    ['zstd', zstdCompressSync(whole)],
    ['xz', Buffer.from('fd377a585a000001696922de36', 'hex')],
  ])('says that damaged %s is damaged', async (_, bytes) => {
    const cut = bytes.subarray(0, bytes.length - 1)
    await expect(decompressModule(cut, 'x.ko')).rejects.toMatchObject({ code: 'ELF_INVALID' })
  })

  it.each(['.gz', '.zst', '.xz'] as const)('refuses %s that expands beyond the limit', async (suffix) => {
    using directory = temporaryDirectory(tmpdir(), 'modinfo-')
    writeFileSync(join(directory.path, 'x.ko'), Buffer.alloc(1_000_000))
    const bytes = readFileSync(await compressModule(join(directory.path, 'x.ko'), suffix))
    await expect(decompressModule(bytes, 'x.ko', 999_999)).rejects.toMatchObject({ code: 'ELF_INVALID' })
    expect((await decompressModule(bytes, 'x.ko', 1_000_000)).length).toBe(1_000_000)
  })

  it('refuses a directory and a pipe without waiting', async () => {
    using directory = temporaryDirectory(tmpdir(), 'modinfo-')
    const pipe = join(directory.path, 'x.ko')
    await run(['mkfifo', pipe])
    for (const path of [pipe, directory.path]) {
      await expect(readModuleInfo(path)).rejects.toMatchObject({ code: 'ELF_INVALID' })
    }
  })

  it('names the file that does not exist', async () => {
    await expect(readModuleInfo('/nonexistent/x.ko')).rejects.toMatchObject({
      code: 'FILE_ACCESS',
      message: expect.stringContaining('/nonexistent/x.ko'),
    })
  })
})
