import { mkdirSync, rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { modulePackage, other, readText, type ToyHost, toy, toyHost } from './autoinstall/toy-host.ts'

let host: ToyHost

beforeEach(() => {
  host = toyHost()
})
afterEach(() => host[Symbol.dispose]())

function notes(
  events: readonly { readonly kind: string; readonly message?: string }[],
): readonly (string | undefined)[] {
  return events.filter(({ kind }) => kind === 'note').map(({ message }) => message)
}

describe('kernel_prerm', () => {
  it('removes what is installed and what is only built, of that kernel alone, and keeps the packages', async () => {
    await host.add('hello-1.0')
    await host.add('spare-1.0', modulePackage('spare', '1.0'))
    for (const release of [toy, other]) await host.dkms('install', 'hello/1.0', '-k', release)
    await host.dkms('build', 'spare/1.0', '-k', toy)
    const result = await host.dkms('kernel_prerm', '-k', toy)
    expect(result.status).toBe(0)
    expect(notes(result.events)).toEqual([
      `dkms: removing module hello/1.0 for kernel ${toy} (x86_64)`,
      `dkms: removing module spare/1.0 for kernel ${toy} (x86_64)`,
    ])
    expect(await host.status()).toEqual([`hello/1.0, ${other}, x86_64: installed`, 'spare/1.0: added'])
    expect(readText(host, `i/${toy}/modules.dep`)).toBe('')
    expect(host.exists(`t/depmod-pending-${toy}-x86_64`)).toBe(false)
    expect(await host.dkms('kernel_prerm', '-k', toy)).toMatchObject({ status: 0, text: '', events: [] })
  })

  it('deletes the empty directories below the kernel, and nothing that holds something', async () => {
    await host.add('hello-1.0')
    await host.dkms('install', 'hello/1.0', '-k', toy)
    mkdirSync(host.path(`i/${toy}/kernel/drivers/empty/deep`), { recursive: true })
    host.write(`i/${toy}/kernel/fs/some.ko`, 'x')
    await host.dkms('kernel_prerm', '-k', toy)
    expect(host.exists(`i/${toy}/updates`)).toBe(false)
    expect(host.exists(`i/${toy}/kernel/drivers`)).toBe(false)
    expect(host.exists(`i/${toy}/kernel/fs/some.ko`)).toBe(true)
    expect(host.exists(`i/${toy}/build/include`)).toBe(true)
    expect(host.exists(`i/${other}`)).toBe(true)
  })

  it('goes on past what cannot be removed, and ends with 14', async () => {
    await host.add('aaa-1.0', modulePackage('aaa', '1.0'))
    await host.add('hello-1.0')
    for (const name of ['aaa', 'hello']) await host.dkms('install', `${name}/1.0`, '-k', toy)
    rmSync(host.path('s/aaa-1.0'), { recursive: true })
    const result = await host.dkms('kernel_prerm', '-k', toy)
    expect(result).toMatchObject({ status: 14, code: 'KERNEL_CLEANUP_FAILED' })
    expect(await host.status()).toEqual(['aaa/1.0: broken', 'hello/1.0: added'])
    expect(readText(host, `i/${toy}/modules.dep`)).not.toContain('hello.ko')
  })

  it('deletes a half build of the kernel too', async () => {
    await host.add('hello-1.0')
    host.write(`t/hello/1.0/${toy}/x86_64/log/make.log`, '')
    expect((await host.dkms('kernel_prerm', '-k', toy)).status).toBe(0)
    expect(host.exists(`t/hello/1.0/${toy}`)).toBe(false)
  })

  it('works for a kernel whose modules are gone already', async () => {
    await host.add('hello-1.0')
    await host.dkms('install', 'hello/1.0', '-k', toy)
    rmSync(host.path(`i/${toy}`), { recursive: true })
    expect((await host.dkms('kernel_prerm', '-k', toy)).status).toBe(0)
    expect(await host.status()).toEqual(['hello/1.0: added'])
    expect(host.exists(`i/${toy}`)).toBe(false)
  })

  it('says in a dry run what it would remove and changes nothing', async () => {
    await host.add('hello-1.0')
    await host.dkms('install', 'hello/1.0', '-k', toy)
    const result = await host.dkms('kernel_prerm', '-k', toy, '--dry-run')
    expect(notes(result.events)).toEqual([`dkms: would remove module hello/1.0 for kernel ${toy} (x86_64)`])
    expect(await host.status()).toEqual([`hello/1.0, ${toy}, x86_64: installed`])
    expect(host.installed()).toHaveLength(1)
  })
})

describe('kernel_preinst', () => {
  it('removes only what autoinstall brings back', async () => {
    await host.add('hello-1.0')
    await host.add('manual-1.0', modulePackage('manual', '1.0', 'AUTOINSTALL=""\n'))
    for (const name of ['hello', 'manual']) await host.dkms('install', `${name}/1.0`, '-k', toy)
    expect((await host.dkms('kernel_preinst', '-k', toy)).status).toBe(0)
    expect(await host.status()).toEqual(['hello/1.0: added', `manual/1.0, ${toy}, x86_64: installed`])
    expect((await host.dkms('kernel_postinst', '-k', toy)).status).toBe(0)
    expect(await host.status()).toEqual([
      `hello/1.0, ${toy}, x86_64: installed`,
      `manual/1.0, ${toy}, x86_64: installed`,
    ])
  })
})
