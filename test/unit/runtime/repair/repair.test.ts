import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { modulePackage, other, readText, type ToyHost, toy, toyHost } from '../autoinstall/toy-host.ts'

let host: ToyHost

beforeEach(() => {
  host = toyHost()
})
afterEach(() => host[Symbol.dispose]())

const build = `t/hello/1.0/${toy}/x86_64`
const marker = `t/hello/kernel-${toy}-x86_64`
const built = `${build}/module/hello.ko`
const installed = `i/${toy}/updates/dkms/hello.ko`
const archive = `t/hello/original_module/${toy}/x86_64`
const added = 'hello/1.0: added'
const isBuilt = `hello/1.0, ${toy}, x86_64: built`
const isInstalled = `hello/1.0, ${toy}, x86_64: installed`

function remove(path: string): void {
  rmSync(host.path(path), { recursive: true })
}

async function furnish(state: 'added' | 'built' | 'installed'): Promise<void> {
  await host.add('hello-1.0')
  if (state === 'built') await host.dkms('build', 'hello/1.0', '-k', toy)
  if (state === 'installed') await host.dkms('install', 'hello/1.0', '-k', toy)
}

type Told = readonly { readonly finding: { readonly kind: string; readonly path: string } }[]

async function findings(): Promise<readonly string[]> {
  const { json } = await host.dkms('status')
  const kinds = (json['findings'] as readonly { kind: string }[]).map(({ kind }) => kind)
  const broken = (json['packages'] as readonly { state: string }[]).filter(({ state }) => state === 'broken')
  return [...kinds, ...broken.map(() => 'broken')].sort()
}

interface State {
  readonly from: 'added' | 'built' | 'installed'
  readonly damage: () => void
  /** What status and the dry run find. */
  readonly finds: readonly string[]
  /** The status lines afterwards. */
  readonly after: readonly string[]
  /** Paths that exist afterwards. */
  readonly exists?: readonly string[]
  readonly gone?: readonly string[]
}

describe('repair', () => {
  it.each<[string, State]>([
    [
      'A: a build with only its log',
      {
        from: 'built',
        damage: () => remove(`${build}/module`),
        finds: ['half-build'],
        after: [added],
        gone: [`t/hello/1.0/${toy}`],
      },
    ],
    [
      'A: the same of what was installed',
      {
        from: 'installed',
        damage: () => remove(`${build}/module`),
        finds: ['dangling-marker', 'half-build'],
        after: [isInstalled],
      },
    ],
    [
      'B: an empty module directory',
      { from: 'built', damage: () => remove(built), finds: ['empty-build'], after: [isBuilt], exists: [built] },
    ],
    [
      'B: the same of what was installed',
      {
        from: 'installed',
        damage: () => remove(built),
        finds: ['empty-build'],
        after: [isInstalled],
        exists: [built, installed],
      },
    ],
    [
      'C: an installed file without the marker',
      { from: 'installed', damage: () => remove(marker), finds: ['unmarked-install'], after: [isInstalled] },
    ],
    [
      'D: an empty installed file',
      {
        from: 'installed',
        damage: () => host.write(installed, ''),
        finds: ['empty-installed-file'],
        after: [isInstalled],
      },
    ],
    [
      'an installed file that is gone',
      {
        from: 'installed',
        damage: () => remove(installed),
        finds: ['missing-installed-file'],
        after: [isInstalled],
        exists: [installed],
      },
    ],
    [
      'a marker for a kernel that is gone',
      {
        from: 'installed',
        damage: () => remove(`i/${toy}`),
        finds: ['missing-installed-file'],
        after: [isBuilt],
        gone: [`i/${toy}`],
      },
    ],
    [
      'E: an empty file in the tree',
      { from: 'built', damage: () => host.write(built, ''), finds: ['empty-built-file'], after: [isBuilt] },
    ],
    [
      'E: the same of what was installed',
      { from: 'installed', damage: () => host.write(built, ''), finds: ['empty-built-file'], after: [isInstalled] },
    ],
    [
      'F: a marker that leads nowhere',
      {
        from: 'installed',
        damage: () => {
          remove(`t/hello/1.0/${toy}`)
          remove(installed)
        },
        finds: ['dangling-marker'],
        after: [added],
        gone: [marker],
      },
    ],
    [
      'F: the same while the module is still in its place',
      {
        from: 'installed',
        damage: () => remove(`t/hello/1.0/${toy}`),
        finds: ['dangling-marker'],
        after: [isInstalled],
        exists: [built, installed],
      },
    ],
    [
      'F: the same of what cannot be built any more',
      {
        from: 'installed',
        damage: () => {
          remove(`t/hello/1.0/${toy}`)
          remove(`i/${toy}/build`)
        },
        finds: ['dangling-marker'],
        after: [added],
        gone: [marker],
      },
    ],
    [
      'F: the last of a package',
      {
        from: 'installed',
        damage: () => remove('t/hello/1.0'),
        finds: ['dangling-marker'],
        after: [],
        gone: ['t/hello'],
      },
    ],
    [
      'G: a build directory',
      {
        from: 'added',
        damage: () => host.write('t/hello/1.0/build/make.log', 'x'),
        finds: ['stale-build-directory'],
        after: [added],
      },
    ],
    [
      'a staging directory',
      {
        from: 'added',
        damage: () => host.write(`t/hello/1.0/${toy}/.tmp_x86_64_Ab3/module/hello.ko`, 'x'),
        finds: ['stale-staging'],
        after: [added],
        gone: [`t/hello/1.0/${toy}`],
      },
    ],
    [
      'originals that nothing replaced, which go back',
      {
        from: 'added',
        damage: () => {
          host.write(`${archive}/hello.ko`, 'original')
          host.write(`${archive}/hello.ko.origin`, `${host.path(`i/${toy}/kernel/drivers/hello.ko`)}\n`)
        },
        finds: ['orphaned-originals'],
        after: [added],
        exists: [`i/${toy}/kernel/drivers/hello.ko`],
        gone: ['t/hello/original_module'],
      },
    ],
    [
      'originals of a kernel that is gone',
      {
        from: 'added',
        damage: () => host.write('t/hello/original_module/5.0/x86_64/hello.ko', 'original'),
        finds: ['orphaned-originals'],
        after: [added],
        gone: ['t/hello/original_module', 'i/5.0'],
      },
    ],
    [
      'our own module in the archive',
      {
        from: 'built',
        damage: () => {
          mkdirSync(host.path(archive), { recursive: true })
          cpSync(host.path(built), host.path(`${archive}/hello.ko`))
          host.write(`${archive}/hello.ko.origin`, `${host.path(installed)}\n`)
        },
        finds: ['orphaned-originals'],
        after: [isBuilt],
        gone: ['t/hello/original_module', installed],
      },
    ],
    [
      'a package without its link, whose source is there',
      { from: 'built', damage: () => remove('t/hello/1.0/source'), finds: ['broken'], after: [isBuilt] },
    ],
    [
      'a stub in place of the link',
      {
        from: 'built',
        damage: () => {
          remove('t/hello/1.0/source')
          host.write('t/hello/1.0/source/dkms.conf', 'PACKAGE_NAME="hello"\n')
        },
        finds: ['broken'],
        after: [isBuilt],
      },
    ],
    [
      'a link to where the source was before',
      {
        from: 'added',
        damage: () => {
          remove('t/hello/1.0/source')
          symlinkSync('/nonexistent/hello-1.0', host.path('t/hello/1.0/source'))
        },
        finds: ['broken'],
        after: [added],
      },
    ],
    [
      'a version that holds nothing',
      {
        from: 'added',
        damage: () => void mkdirSync(host.path('t/husk/1.0/build'), { recursive: true }),
        finds: ['broken'],
        after: [added],
        gone: ['t/husk'],
      },
    ],
    [
      'depmod that is owed',
      {
        from: 'added',
        damage: () => host.write(`t/depmod-pending-${toy}-x86_64`, ''),
        finds: ['depmod-pending'],
        after: [added],
        exists: [`i/${toy}/modules.dep.bin`],
        gone: [`t/depmod-pending-${toy}-x86_64`],
      },
    ],
  ])('puts right %s', async (_, { from, damage, finds, after, exists = [], gone = [] }) => {
    await furnish(from)
    damage()
    expect(await findings()).toEqual(finds)
    const plan = await host.dkms('repair', '--dry-run')
    expect(plan.status).toBe(0)
    expect((plan.json['done'] as Told).map(({ finding }) => finding.kind).sort()).toEqual(finds)
    expect(await findings()).toEqual(finds)
    const result = await host.dkms('repair')
    expect(result).toMatchObject({ status: 0, json: { left: [] } })
    expect(await findings()).toEqual([])
    expect(await host.status()).toEqual(after)
    expect(exists.filter((path) => !host.exists(path))).toEqual([])
    expect(gone.filter((path) => host.exists(path))).toEqual([])
    expect(await host.dkms('repair')).toMatchObject({ status: 0, json: { done: [], left: [] } })
    expect(readdirSync(host.path('t')).filter((name) => name.startsWith('depmod-pending'))).toEqual([])
  })

  it('restores originals byte for byte, and tells modprobe', async () => {
    await furnish('installed')
    const bytes = readText(host, installed)
    await host.dkms('uninstall', 'hello/1.0', '-k', toy)
    const origin = `i/${toy}/kernel/drivers/hello.ko`
    mkdirSync(host.path(archive), { recursive: true })
    cpSync(host.path(built), host.path(`${archive}/hello.ko`))
    host.write(`${archive}/hello.ko.origin`, `${host.path(origin)}\n`)
    await host.dkms('unbuild', 'hello/1.0', '-k', toy)
    expect((await host.dkms('repair')).status).toBe(0)
    expect(readText(host, origin)).toBe(bytes)
    expect(readText(host, `i/${toy}/modules.dep`)).toContain('kernel/drivers/hello.ko')
  })

  it('finds a package that lacks one of its modules, and builds it again', async () => {
    await host.add('two-modules-1.0')
    await host.dkms('install', 'two-modules/1.0', '-k', toy)
    const dir = `t/two-modules/1.0/${toy}/x86_64/module`
    const [one = ''] = readdirSync(host.path(dir)).filter((name) => name.endsWith('.ko'))
    remove(`${dir}/${one}`)
    expect(await findings()).toEqual(['incomplete-build'])
    expect((await host.dkms('repair')).status).toBe(0)
    expect(host.exists(`${dir}/${one}`)).toBe(true)
    expect(await host.status()).toEqual([`two-modules/1.0, ${toy}, x86_64: installed`])
  })

  it('does not take a package without modules for a damaged one', async () => {
    const conf = 'PACKAGE_NAME="none"\nPACKAGE_VERSION="1.0"\nMAKE[0]="true"\n'
    await host.add('none-1.0', { 'dkms.conf': conf, Makefile: 'obj-m :=\n' })
    expect((await host.dkms('build', 'none/1.0', '-k', toy)).status).toBe(0)
    expect(await findings()).toEqual([])
    expect(await host.dkms('repair')).toMatchObject({ status: 0, json: { done: [], left: [] } })
  })

  it('completes an interrupted install whose kernel now has a newer module by taking ours away', async () => {
    await furnish('installed')
    remove(marker)
    const { 'dkms.conf': conf = '', ...files } = modulePackage('hello', '3.0')
    await host.add('newer-3.0', { ...files, 'dkms.conf': conf.replace('PACKAGE_NAME="hello"', 'PACKAGE_NAME="newer"') })
    await host.dkms('build', 'newer/3.0', '-k', toy)
    const own = `i/${toy}/kernel/drivers/hello.ko`
    mkdirSync(dirname(host.path(own)), { recursive: true })
    cpSync(host.path(`t/newer/3.0/${toy}/x86_64/module/hello.ko`), host.path(own))
    expect(await findings()).toEqual(['unmarked-install'])
    expect((await host.dkms('repair')).status).toBe(0)
    expect(host.exists(installed)).toBe(false)
    expect(host.exists(own)).toBe(true)
    expect(await findings()).toEqual([])
  })

  it('leaves to a person what only a person can do, says what, and ends with 1', async () => {
    await furnish('added')
    remove('s/hello-1.0')
    host.write(`${archive}/hello.ko`, 'original without an origin')
    const result = await host.dkms('repair')
    expect(result).toMatchObject({ status: 1, code: 'REPAIR_INCOMPLETE' })
    const told = result.json['left'] as readonly { finding: { kind: string }; advice: string }[]
    expect(told.map(({ finding }) => finding.kind).sort()).toEqual(['broken', 'orphaned-originals'])
    expect(told.map(({ advice }) => advice).join('\n')).toMatch(
      /put the source directory back[\s\S]*nothing tells where/,
    )
    expect(readText(host, `${archive}/hello.ko`)).toBe('original without an origin')
    expect((await host.dkms('repair')).json['done']).toEqual([])
  })

  it('keeps an installed module whose build is damaged and cannot be built again', async () => {
    await furnish('installed')
    host.write(built, '')
    remove(`i/${toy}/build`)
    const result = await host.dkms('repair')
    expect(result).toMatchObject({ status: 1, code: 'REPAIR_INCOMPLETE' })
    expect(host.exists(installed)).toBe(true)
    expect(await findings()).toEqual(['empty-built-file'])
    symlinkSync(host.path(`headers/${toy}`), host.path(`i/${toy}/build`))
    expect((await host.dkms('repair')).status).toBe(0)
    expect(await findings()).toEqual([])
  })

  it('puts right everything at once', async () => {
    await furnish('installed')
    for (const name of ['one', 'two', 'three']) await host.add(`${name}-1.0`, modulePackage(name, '1.0'))
    await host.dkms('install', 'one/1.0', '-k', toy)
    await host.dkms('build', 'two/1.0', '-k', toy, '-k', other)
    remove(`${build}/module`)
    remove(`t/one/kernel-${toy}-x86_64`)
    host.write(`t/two/1.0/${toy}/x86_64/module/two.ko`, '')
    remove(`t/two/1.0/${other}/x86_64/module`)
    host.write('t/three/1.0/build/make.log', 'x')
    remove('t/three/1.0/source')
    expect((await host.dkms('repair')).status).toBe(0)
    expect(await findings()).toEqual([])
    expect(await host.status()).toEqual([
      isInstalled,
      `one/1.0, ${toy}, x86_64: installed`,
      'three/1.0: added',
      `two/1.0, ${toy}, x86_64: built`,
    ])
  })

  it('puts right many findings of one kind', async () => {
    for (let index = 0; index < 20; index++) {
      await host.add(`mod${index}-1.0`, modulePackage(`mod${index}`, '1.0'))
      host.write(`t/mod${index}/1.0/build/make.log`, 'x')
      host.write(`t/mod${index}/1.0/${toy}/.tmp_x86_64_x/log`, 'x')
      symlinkSync('1.0/gone/x86_64', host.path(`t/mod${index}/kernel-gone-x86_64`))
    }
    const result = await host.dkms('repair')
    expect(result.status).toBe(0)
    expect(result.json['done']).toHaveLength(60)
    expect(await findings()).toEqual([])
  })
})
