import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../src/domain.ts'
import { parseKconfig, readKconfig } from '../../../src/kernel/kconfig.ts'
import { detectToolchain, findOnPath, toolchainEnvironment } from '../../../src/kernel/toolchain.ts'
import { temporaryDirectory } from '../../../src/system/fs.ts'
import { elfForms, writeElf } from './elf-writer.ts'

let directory: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  directory = temporaryDirectory(tmpdir(), 'tool chain $HOME-')
})
afterEach(() => directory[Symbol.dispose]())

function make(path: string, content: string | Buffer, mode = 0o644): void {
  const target = join(directory.path, path)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, content)
  chmodSync(target, mode)
}

/** Only what the test puts there can be found. */
function detect(config?: string) {
  return detectToolchain(
    directory.path,
    config === undefined ? undefined : parseKconfig(config),
    join(directory.path, 'bin'),
  )
}

const comment = (text: string): Buffer => writeElf(elfForms[0]!, { '.comment': Buffer.from(`${text}\0`) })

describe('detectToolchain', () => {
  it('leaves everything to make when nothing is known', async () => {
    expect(await detect()).toEqual({ clang: false, cc: undefined, ld: undefined, strip: 'strip' })
  })

  it('takes the compiler of the configuration only when it is installed', async () => {
    const config = 'CONFIG_CC_VERSION_TEXT="gcc-12 (Debian 12.2.0-14) 12.2.0"\nCONFIG_CC_IS_GCC=y\n'
    expect((await detect(config)).cc).toBeUndefined()
    make('bin/gcc-12', '', 0o644)
    expect((await detect(config)).cc).toBeUndefined()
    make('bin/gcc-12', '', 0o755)
    expect((await detect(config)).cc).toBe('gcc-12')
  })

  it('takes clang and its tools for a kernel configured with them', async () => {
    const config = 'CONFIG_CC_VERSION_TEXT="Ubuntu clang version 18.1.3"\nCONFIG_CC_IS_CLANG=y\nCONFIG_LD_IS_LLD=y\n'
    expect(await detect(config)).toEqual({ clang: true, cc: undefined, ld: undefined, strip: 'llvm-strip' })
    make('bin/clang', '', 0o755)
    make('bin/ld.lld', '', 0o755)
    const found = await detect(config)
    expect(found).toEqual({ clang: true, cc: 'clang', ld: 'ld.lld', strip: 'llvm-strip' })
    expect(toolchainEnvironment(found)).toEqual({ CC: 'clang', KERNEL_CC: 'clang', LD: 'ld.lld', KERNEL_LD: 'ld.lld' })
  })

  it('believes vmlinux more than the configuration', async () => {
    make('vmlinux', comment('GCC: (Debian 12.2.0-14) 12.2.0'))
    expect((await detect('CONFIG_CC_IS_CLANG=y\n')).clang).toBe(false)
    make('vmlinux', comment('Debian clang version 14.0.6'))
    expect((await detect('')).clang).toBe(true)
  })

  it('falls back to the configuration when vmlinux is damaged', async () => {
    make('vmlinux', comment('GCC: 12').subarray(0, 80))
    expect((await detect('CONFIG_CC_IS_CLANG=y\n')).clang).toBe(true)
  })

  it('asks make for the compiler in .kernelvariables', async () => {
    make('.kernelvariables', 'TOOL = my\nCC = $(if $(X),ccache) $(TOOL)-clang-15\n')
    expect(await detect('CONFIG_CC_VERSION_TEXT="gcc-12 x"\n')).toMatchObject({
      clang: false,
      cc: 'my-clang-15',
      strip: 'llvm-strip',
    })
  })

  it('does not take the compiler of make itself for one of .kernelvariables', async () => {
    make('.kernelvariables', 'override ARCH = x86\n')
    expect((await detect()).cc).toBeUndefined()
  })

  it('reports a .kernelvariables that make cannot read', async () => {
    make('.kernelvariables', 'this is not make\n')
    await expect(detect()).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  })

  const real = '/usr/src/linux-headers-6.1.0-56-amd64'
  it.skipIf(!existsSync(real))(
    'finds gcc-12 for a real Debian kernel (needs linux-headers-6.1.0-56-amd64)',
    async () => {
      const kconfig = readKconfig(absolutePath(`${real}/include/config/auto.conf`))
      expect(await detectToolchain(absolutePath(real), kconfig)).toEqual({
        clang: false,
        cc: 'gcc-12',
        ld: undefined,
        strip: 'strip',
      })
      expect(kconfig.get('CONFIG_CC_IS_GCC')).toBe('y')
    },
  )
})

describe('findOnPath', () => {
  it('passes over directories, files that are not executable and relative places', () => {
    make('a/tool/x', '')
    make('b/tool', '', 0o644)
    make('c/tool', '', 0o755)
    const at = (name: string): string => join(directory.path, name)
    expect(findOnPath('tool', `.:${at('a')}:${at('b')}:${at('c')}`)).toBe(at('c/tool'))
    expect(findOnPath('tool', at('b'))).toBeUndefined()
    expect(findOnPath(at('c/tool'), '')).toBe(at('c/tool'))
    expect(findOnPath('./tool', at('c'))).toBeUndefined()
  })
})
