import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { type KernelPlaces, kernelExports, kernelSymbolSets } from '../../../../src/packaging/kmod/kernel-symbols.ts'
import { parseStableList, stableSymbols } from '../../../../src/packaging/kmod/stable-list.ts'

const scratch = mkdtempSync(join(tmpdir(), 'kernel-symbols-'))
const kernel = { release: '5.14.0-1.el9.x86_64', arch: 'x86_64' }
let systems = 0

/** A system of its own: /lib/modules and /boot. */
function system(files: Readonly<Record<string, Uint8Array | string>>): KernelPlaces {
  systems += 1
  const root = join(scratch, `root-${systems}`)
  mkdirSync(join(root, 'lib/modules'), { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const roots = { installTree: absolutePath(join(root, 'lib/modules')) }
  return { roots, kernel, kernelSourceDir: undefined, symvers: undefined }
}

function symvers(name: string): string {
  return `0x0000000a\t${name}\tvmlinux\tEXPORT_SYMBOL\t\n`
}

function xz(text: string): Buffer {
  return execFileSync('xz', ['-c'], { input: text })
}

const namesOf = async (places: KernelPlaces) => (await kernelExports(places))?.map(({ name }) => name)

describe('what a kernel exports', () => {
  const { release } = kernel
  it.each<[place: string, path: string, content: Uint8Array | string]>([
    ['the headers', `lib/modules/${release}/build/Module.symvers`, symvers('here')],
    ['the package of the kernel in EL 8', `lib/modules/${release}/symvers.gz`, gzipSync(symvers('here'))],
    ['the package of the kernel in EL 9', `lib/modules/${release}/symvers.xz`, xz(symvers('here'))],
    ['the package of the kernel, with zstd', `lib/modules/${release}/symvers.zst`, zstdCompressSync(symvers('here'))],
    ['/boot', `boot/symvers-${release}.gz`, gzipSync(symvers('here'))],
    ['/boot of Fedora', `boot/symvers-${release}.xz`, xz(symvers('here'))],
  ])('is told by %s', async (_, path, content) => {
    expect(await namesOf(system({ [path]: content }))).toEqual(['here'])
  })

  it('is told by the headers rather than by the kernel, and by a given file rather than by either', async () => {
    const both = system({
      [`lib/modules/${release}/build/include/x`]: '',
      [`lib/modules/${release}/build/Module.symvers`]: symvers('headers'),
      [`boot/symvers-${release}.gz`]: gzipSync(symvers('boot')),
    })
    expect(await namesOf(both)).toEqual(['headers'])
    const given = join(scratch, 'given')
    writeFileSync(given, gzipSync(symvers('given')))
    expect(await namesOf({ ...both, symvers: absolutePath(given) })).toEqual(['given'])
    const missing = absolutePath(join(scratch, 'missing'))
    await expect(namesOf({ ...both, symvers: missing })).rejects.toMatchObject({ code: 'FILE_ACCESS' })
  })

  it('is told by nothing when nothing is there, and not by /boot of another system', async () => {
    expect(await namesOf(system({ [`boot/symvers-other.gz`]: gzipSync(symvers('other')) }))).toBeUndefined()
    const odd = { ...system({}), roots: { installTree: absolutePath(join(scratch, 'modules')) } }
    expect(await namesOf(odd)).toBeUndefined()
  })

  it.each(['', 'root:x:0:0:root:/root:/bin/sh\n'])('is not told by a file without symbols: %j', async (text) => {
    const file = join(scratch, 'no-symvers')
    writeFileSync(file, text)
    const given = { ...system({}), symvers: absolutePath(file) }
    await expect(kernelExports(given)).rejects.toMatchObject({ code: 'HEADERS_MISSING' })
    const found = system({ [`lib/modules/${release}/symvers.gz`]: gzipSync(text) })
    await expect(kernelExports(found)).rejects.toMatchObject({ code: 'HEADERS_MISSING' })
  })

  it('is an error when the file is damaged', async () => {
    const places = system({ [`boot/symvers-${release}.gz`]: gzipSync(symvers('here')).subarray(0, 20) })
    await expect(namesOf(places)).rejects.toMatchObject({ code: 'ELF_INVALID' })
  })
})

describe('sets of symbols', () => {
  it('are those of /boot/symsets-K.tar.gz, the smallest first, and nothing else that lies in it', async () => {
    const directory = join(scratch, 'sets')
    mkdirSync(directory)
    writeFileSync(join(directory, 'vmlinux.0123456789abcdef'), symvers('printk') + symvers('kfree'))
    writeFileSync(join(directory, 'drivers_net.fedcba9876543210'), symvers('register_netdev'))
    writeFileSync(join(directory, 'README'), 'nothing')
    const archive = join(scratch, 'sets.tar.gz')
    execFileSync('tar', ['-czf', archive, '-C', scratch, 'sets'])
    const places = system({ [`boot/symsets-${kernel.release}.tar.gz`]: readFileSync(archive) })
    const sets = await kernelSymbolSets(places)
    expect(sets.map(({ name, hash, symbols }) => `${name} ${hash} ${symbols.map((one) => one.name).join()}`)).toEqual([
      'drivers_net fedcba9876543210 register_netdev',
      'vmlinux 0123456789abcdef printk,kfree',
    ])
    expect(await kernelSymbolSets(system({}))).toEqual([])
  })
})

describe('the list of symbols that stay', () => {
  it('is that of kernel-abi-stablelists', () => {
    const text = '[rhel9_x86_64_stablelist]\n\t_printk\n\tkfree\n'
    expect([...parseStableList(text)]).toEqual(['_printk', 'kfree'])
    const { roots } = system({ 'lib/modules/kabi-current/kabi_stablelist_x86_64': text })
    expect(stableSymbols(roots, kernel)?.has('kfree')).toBe(true)
    expect(stableSymbols(roots, { ...kernel, arch: 's390x' })).toBeUndefined()
  })
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))
