import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { modulePackage, other, readText, type ToyHost, toy, toyHost } from './autoinstall/toy-host.ts'

let host: ToyHost

beforeEach(() => {
  host = toyHost()
})
afterEach(() => host[Symbol.dispose]())

function match(...more: readonly string[]) {
  return host.dkms('match', '--templatekernel', toy, '-k', other, ...more)
}

const line = (id: string, release: string, state = 'installed') => `${id}, ${release}, x86_64: ${state}`

describe('match', () => {
  it.each([
    ['no template kernel', 1, ['match', '-k', toy]],
    ['the template itself', 2, ['match', '--templatekernel', toy, '-k', toy]],
    ['a package that is not in the tree', 3, ['match', 'nope', '--templatekernel', toy, '-k', other]],
    ['a version that is not in the tree', 3, ['match', 'hello/9', '--templatekernel', toy, '-k', other]],
    ['two kernels', 4, ['match', '--templatekernel', toy, '-k', other, '-k', toy]],
    ['--all', 5, ['match', '--templatekernel', toy, '--all']],
  ])('refuses %s with status %i', async (_, status, words) => {
    await host.add('hello-1.0')
    expect((await host.dkms(...words)).status).toBe(status)
  })

  it('has nothing to do when nothing is installed on the template', async () => {
    await host.add('hello-1.0')
    await host.dkms('build', 'hello/1.0', '-k', toy)
    const result = await match()
    expect(result).toMatchObject({ status: 0, json: { packages: [] } })
    expect(result.text).toContain('Nothing to do')
    expect(await host.status()).toEqual([line('hello/1.0', toy, 'built')])
  })

  it('builds and installs what is installed on the template, dependencies first, also without AUTOINSTALL', async () => {
    await host.add('a-needs-1.0', modulePackage('a-needs', '1.0', 'BUILD_DEPENDS[0]="z-lib"\nAUTOINSTALL=""\n'))
    await host.add('z-lib-1.0', modulePackage('z-lib', '1.0', 'AUTOINSTALL=""\n'))
    await host.add('hello-1.0')
    await host.dkms('install', 'z-lib/1.0', '-k', toy)
    await host.dkms('install', 'a-needs/1.0', '-k', toy)
    const result = await match()
    expect(result).toMatchObject({ status: 0, text: `Match on ${other} succeeded for module(s) a-needs z-lib.\n` })
    expect(await host.status()).toEqual([
      ...[toy, other].map((release) => line('a-needs/1.0', release)),
      'hello/1.0: added',
      ...[toy, other].map((release) => line('z-lib/1.0', release)),
    ])
    expect(readText(host, `i/${other}/modules.dep`)).toContain('z_lib.ko')
    expect((await match()).text).toContain('Nothing to do')
  })

  it('takes the version that is installed on the template, not the highest', async () => {
    await host.add('hello-1.0')
    await host.add('hello-2.0')
    await host.dkms('install', 'hello/1.0', '-k', toy)
    expect((await match()).status).toBe(0)
    expect(await host.status()).toEqual([line('hello/1.0', toy), line('hello/1.0', other), 'hello/2.0: added'])
  })

  it('is about one package when that is named', async () => {
    await host.add('hello-1.0')
    await host.add('spare-1.0', modulePackage('spare', '1.0'))
    for (const name of ['hello', 'spare']) await host.dkms('install', `${name}/1.0`, '-k', toy)
    expect((await match('spare')).status).toBe(0)
    expect(await host.status()).toEqual([line('hello/1.0', toy), line('spare/1.0', toy), line('spare/1.0', other)])
  })

  it('goes on past a failure, and ends with its status', async () => {
    await host.add('hello-1.0')
    await host.add('sick-1.0', modulePackage('sick', '1.0'))
    for (const name of ['hello', 'sick']) await host.dkms('install', `${name}/1.0`, '-k', toy)
    host.write('s/sick-1.0/sick.c', '#error sick\n')
    expect(await match()).toMatchObject({ status: 10, code: 'BUILD_FAILED' })
    expect(await host.status()).toEqual([line('hello/1.0', toy), line('hello/1.0', other), line('sick/1.0', toy)])
  })

  it('ends with 21 when the headers are missing, and with 13 when a dependency is', async () => {
    await host.add('hello-1.0')
    await host.add('needs-hello-1.0')
    for (const name of ['hello', 'needs-hello']) await host.dkms('install', `${name}/1.0`, '-k', toy)
    expect((await match('needs-hello')).status).toBe(13)
    rmSync(host.path(`i/${other}/build`))
    expect((await match('hello')).status).toBe(21)
  })

  it('leaves out what dkms.conf excludes for the kernel, with status 0', async () => {
    await host.add('only-1.0', modulePackage('only', '1.0', 'BUILD_EXCLUSIVE_KERNEL="77"\n'))
    await host.dkms('install', 'only/1.0', '-k', toy)
    const result = await match()
    expect(result.status).toBe(0)
    expect(result.text).toContain('was skipped for module(s) only.')
  })
})
