import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { detectDistro } from '../../../src/distro/detect.ts'
import { findSignTool, signToolCandidates } from '../../../src/signing/tool.ts'
import { makePlace, type Place } from './place.ts'

let place: Place
beforeEach(() => {
  place = makePlace()
})
afterEach(() => place[Symbol.dispose]())

const release = '6.8.0-49-generic'

describe('the program that signs', () => {
  it.each([
    ['debian', '6.1.0-56-amd64', ['/usr/lib/linux-kbuild-6.1/scripts/sign-file']],
    ['debian', '6.12.43+deb13-amd64', ['/usr/lib/linux-kbuild-6.12/scripts/sign-file']],
    ['ubuntu', release, ['kmodsign', `/usr/src/linux-headers-${release}/scripts/sign-file`]],
    ['gentoo', '6.6.58-gentoo', ['/usr/src/linux-6.6.58-gentoo/scripts/sign-file']],
    ['fedora', '6.11.4-301.fc41.x86_64', []],
    ['rhel', '5.14.0-503.el9.x86_64', []],
    ['opensuse-leap', '6.4.0-150600.23-default', []],
    ['arch', '6.11.5-arch1-1', []],
  ])('of %s for %s is looked for at %j, then in the headers', (id, release, own) => {
    const request = place.request({ distro: detectDistro(`ID=${id}`), kernel: { release, arch: 'x86_64' } })
    const headers = [`${place.path('modules')}/${release}/build`, place.path('headers')]
    expect(signToolCandidates(request)).toEqual([...own, ...headers.map((path) => `${path}/scripts/sign-file`)])
  })

  it.each([
    ['/opt/sign', '/opt/sign'],
    ['/opt/$kernelver/sign', '/opt/6.1.0-56-amd64/sign'],
    ['/opt/${kernelver}x/sign', '/opt/6.1.0-56-amd64x/sign'],
    ['/opt/$kernelversion/sign', '/opt/$kernelversion/sign'],
  ])('is only %s when framework.conf says so', (signFile, expected) => {
    const settings = { trySignModules: 'true', signFile } as const
    expect(signToolCandidates(place.request({ settings }))).toEqual([expected])
  })

  it('is the first one that can be run', () => {
    const plain = place.write('a/sign-file', 'not executable')
    const usable = place.script('b/sign-file', 'exit 0')
    expect(findSignTool([place.path('none'), plain, place.path('b'), usable, '/bin/true'], {})).toBe(usable)
    expect(findSignTool([place.path('none'), plain], {})).toBeUndefined()
  })

  it('is found on PATH when it has no slash', () => {
    const program = place.script('bin/kmodsign', 'exit 0')
    expect(findSignTool(['kmodsign'], { PATH: `/nonexistent:${place.path('bin')}` })).toBe(program)
    expect(findSignTool(['kmodsign'], { PATH: '/nonexistent' })).toBeUndefined()
  })
})
