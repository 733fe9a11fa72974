import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { modulePackage, other, readText, type ToyHost, toy, toyHost } from './autoinstall/toy-host.ts'

let host: ToyHost

beforeEach(() => {
  host = toyHost()
})
afterEach(() => host[Symbol.dispose]())

const builtFile = (name: string, release = toy) => `t/${name}/1.0/${release}/x86_64/module/${name}.ko`
const installedFile = (name: string, release = toy) => `i/${release}/updates/dkms/${name}.ko`

/** A text in the source that ends up in the module. */
function mark(name: string, text: string): void {
  const source = readText(host, `s/${name}-1.0/${name}.c`).replace(/MODULE_DESCRIPTION\(.*\n/, '')
  host.write(`s/${name}-1.0/${name}.c`, `${source}MODULE_DESCRIPTION("${text}");\n`)
}

describe('rebuild', () => {
  it('builds again what is built, and installs again what is installed, for the kernel', async () => {
    for (const name of ['one', 'two']) await host.add(`${name}-1.0`, modulePackage(name, '1.0'))
    await host.dkms('install', 'one/1.0', '-k', toy, '-k', other)
    await host.dkms('build', 'two/1.0', '-k', toy)
    for (const name of ['one', 'two']) mark(name, 'after the compiler update')
    const result = await host.dkms('rebuild', '-k', toy)
    expect(result.status).toBe(0)
    expect(readText(host, builtFile('one'))).toContain('after the compiler update')
    expect(readText(host, installedFile('one'))).toContain('after the compiler update')
    expect(readText(host, builtFile('two'))).toContain('after the compiler update')
    expect(readText(host, builtFile('one', other))).not.toContain('after the compiler update')
    expect(await host.status()).toEqual([
      `one/1.0, ${toy}, x86_64: installed`,
      `one/1.0, ${other}, x86_64: installed`,
      `two/1.0, ${toy}, x86_64: built`,
    ])
    expect((await host.dkms('rebuild', 'one/1.0', '--all-kernels')).status).toBe(0)
    expect(readText(host, installedFile('one', other))).toContain('after the compiler update')
  })

  it('never loses a build, or an installed module, when the new one fails', async () => {
    for (const name of ['one', 'two']) await host.add(`${name}-1.0`, modulePackage(name, '1.0'))
    for (const name of ['one', 'two']) await host.dkms('install', `${name}/1.0`, '-k', toy)
    const before = [readText(host, builtFile('one')), readText(host, installedFile('one'))]
    host.write('s/one-1.0/one.c', '#error sick\n')
    mark('two', 'anew')
    const result = await host.dkms('rebuild', '-k', toy)
    expect(result).toMatchObject({ status: 10, code: 'BUILD_FAILED' })
    expect(result.text).toContain('the former build stays')
    expect([readText(host, builtFile('one')), readText(host, installedFile('one'))]).toEqual(before)
    expect(readText(host, installedFile('two'))).toContain('anew')
    expect(await host.status()).toEqual(['one', 'two'].map((name) => `${name}/1.0, ${toy}, x86_64: installed`))
  })

  it.each(['install', 'build'])('brings back what was there before a POST_BUILD that fails (%s)', async (state) => {
    await host.add('one-1.0', modulePackage('one', '1.0', 'POST_BUILD="check.sh"\n'))
    host.write('s/one-1.0/check.sh', '#!/bin/sh\nexit 0\n')
    await host.dkms(state, 'one/1.0', '-k', toy)
    const [before, status] = [readText(host, builtFile('one')), await host.status()]
    host.write('s/one-1.0/check.sh', '#!/bin/sh\nexit 7\n')
    const { chmodSync } = await import('node:fs')
    chmodSync(host.path('s/one-1.0/check.sh'), 0o755)
    mark('one', 'anew')
    expect((await host.dkms('rebuild', 'one/1.0', '-k', toy)).status).toBe(7)
    expect(readText(host, builtFile('one'))).toBe(before)
    expect(await host.status()).toEqual(status)
    const { json } = await host.dkms('status')
    expect(json['findings']).toEqual([expect.objectContaining({ kind: 'stale-build-directory' })])
  })

  it('ends with 21 and keeps everything when the headers are missing', async () => {
    await host.add('hello-1.0')
    await host.dkms('install', 'hello/1.0', '-k', toy)
    rmSync(host.path(`i/${toy}/build`))
    expect((await host.dkms('rebuild', 'hello/1.0', '-k', toy)).status).toBe(21)
    expect(await host.status()).toEqual([`hello/1.0, ${toy}, x86_64: installed`])
  })

  it.each([
    ['a package that is not in the tree', 3, ['nope/1.0']],
    ['a package without a version', 1, ['hello']],
    ['a package that is not built for the kernel', 6, ['hello/1.0']],
  ])('refuses %s with status %i', async (_, status, words) => {
    await host.add('hello-1.0')
    await host.dkms('build', 'hello/1.0', '-k', other)
    expect((await host.dkms('rebuild', '-k', toy, ...words)).status).toBe(status)
    expect(await host.status()).toEqual([`hello/1.0, ${other}, x86_64: built`])
  })

  it('has nothing to do, with status 0, where nothing is built', async () => {
    await host.add('hello-1.0')
    expect(await host.dkms('rebuild', '-k', toy)).toMatchObject({ status: 0, json: { builds: [] } })
  })

  it('builds what is depended on first, and also packages that depend on each other', async () => {
    await host.add('a-1.0', modulePackage('a', '1.0', 'BUILD_DEPENDS[0]="z"\n'))
    await host.add('z-1.0', modulePackage('z', '1.0'))
    await host.dkms('autoinstall', '-k', toy)
    const order = async () =>
      (await host.dkms('rebuild', '-k', toy)).events.flatMap((event) =>
        event.kind === 'build' && event.step === 'kernel' && event.state === 'begin' ? [event.package.name] : [],
      )
    expect(await order()).toEqual(['z', 'a'])
    host.write('s/z-1.0/dkms.conf', `${readText(host, 's/z-1.0/dkms.conf')}BUILD_DEPENDS[0]="a"\n`)
    expect([...(await order())].sort()).toEqual(['a', 'z'])
  })

  it('passes over packages without their source, and says so', async () => {
    await host.add('hello-1.0')
    await host.dkms('build', 'hello/1.0', '-k', toy)
    rmSync(host.path('s/hello-1.0'), { recursive: true })
    const result = await host.dkms('rebuild', '-k', toy)
    expect(result.status).toBe(0)
    expect(result.text).toContain('skipped: hello/1.0 is broken')
    expect((await host.dkms('rebuild', 'hello/1.0', '-k', toy)).status).toBe(4)
  })

  it('says in a dry run what it would do', async () => {
    await host.add('hello-1.0')
    await host.dkms('install', 'hello/1.0', '-k', toy)
    const result = await host.dkms('rebuild', '-k', toy, '--dry-run')
    expect(result.status).toBe(0)
    expect(result.text).toContain('would be rebuilt and installed again')
    expect(result.events.filter(({ kind }) => kind === 'build')).toEqual([])
  })
})
