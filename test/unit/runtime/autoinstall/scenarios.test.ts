import { chmodSync, cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bare, modulePackage, other, readText, type ToyHost, toy, toyHost } from './toy-host.ts'

let host: ToyHost

beforeEach(() => {
  host = toyHost()
})
afterEach(() => host[Symbol.dispose]())

function autoinstall(...more: readonly string[]) {
  return host.dkms('autoinstall', '-k', toy, ...more)
}

/** States by package name. */
function states(json: Readonly<Record<string, unknown>>): Record<string, string> {
  const [kernel] = json['kernels'] as readonly { packages: readonly { module: string; state: string }[] }[]
  return Object.fromEntries((kernel?.packages ?? []).map(({ module, state }) => [module, state]))
}

const installedLine = (id: string, release = toy) => `${id}, ${release}, x86_64: installed`

describe('autoinstall', () => {
  it.each([
    'autoinstall',
    'kernel_postinst',
    'kernel_prerm',
    'kernel_preinst',
  ])('%s has nothing to say and succeeds on an empty tree, also without headers', async (action) => {
    expect(await host.dkms(action, '-k', bare)).toMatchObject({ status: 0, text: '', events: [] })
  })

  it.each([
    ['two kernels', 4, ['autoinstall', '-k', toy, '-k', other]],
    ['--all', 5, ['autoinstall', '--all']],
    ['no kernel', 4, ['kernel_postinst']],
    ['no kernel', 4, ['kernel_prerm']],
    ['no kernel', 4, ['kernel_preinst']],
    ['two kernels', 4, ['kernel_postinst', '-k', toy, '-k', other]],
    ['two kernels', 4, ['kernel_prerm', '-k', toy, '-k', other]],
  ])('refuses %s with status %i: %j', async (_, status, words) => {
    expect((await host.dkms(...words)).status).toBe(status)
  })

  it('does nothing where no-autoinstall forbids it, while install and kernel_prerm work', async () => {
    await host.add('hello-1.0')
    host.write('e/no-autoinstall', '')
    const result = await autoinstall()
    expect(result).toMatchObject({ status: 0, json: { disabledBy: host.path('e/no-autoinstall') } })
    expect(await host.status()).toEqual(['hello/1.0: added'])
    expect((await host.dkms('install', 'hello/1.0', '-k', toy)).status).toBe(0)
    expect((await host.dkms('kernel_prerm', '-k', toy)).status).toBe(0)
    expect(await host.status()).toEqual(['hello/1.0: added'])
  })

  it('installs once, then finds nothing to do', async () => {
    await host.add('hello-1.0')
    const first = await autoinstall()
    expect(first).toMatchObject({ status: 0, text: `Autoinstall on ${toy} succeeded for module(s) hello.\n` })
    expect(await host.status()).toEqual([installedLine('hello/1.0')])
    expect(readText(host, `i/${toy}/modules.dep`)).toContain('hello.ko')
    expect(await autoinstall()).toMatchObject({ status: 0, text: '', events: [] })
    expect(host.exists(`t/depmod-pending-${toy}-x86_64`)).toBe(false)
  })

  it('installs what it has just built, also where a marker of a build that is gone calls it installed', async () => {
    await host.add('hello-1.0')
    await autoinstall()
    const file = `i/${toy}/updates/dkms/hello.ko`
    const built = `t/hello/1.0/${toy}/x86_64/module/hello.ko`
    const former = readText(host, file)
    const makeChanged = async (text: string) => {
      rmSync(host.path(`t/hello/1.0/${toy}`), { recursive: true })
      const source = readText(host, 's/hello-1.0/hello.c')
      host.write('s/hello-1.0/hello.c', source.replace(/MODULE_DESCRIPTION\(.*\)/, `MODULE_DESCRIPTION("${text}")`))
      return await autoinstall()
    }
    expect(await makeChanged('changed once')).toMatchObject({ status: 0 })
    expect(readText(host, file)).not.toBe(former)
    expect(readText(host, file)).toBe(readText(host, built))
    expect(await host.status()).toEqual([installedLine('hello/1.0')])
    expect(host.exists('t/hello/original_module')).toBe(false)
    expect(await makeChanged('changed once')).toMatchObject({ status: 0 })
    expect(await host.status()).toEqual([installedLine('hello/1.0')])
  })

  it('only copies what is built already, and needs no headers for that', async () => {
    await host.add('hello-1.0')
    await host.dkms('build', 'hello/1.0', '-k', toy)
    rmSync(host.path(`i/${toy}/build`))
    const result = await autoinstall()
    expect(result.status).toBe(0)
    expect(result.events.filter(({ kind }) => kind === 'build')).toEqual([])
    expect(await host.status()).toEqual([installedLine('hello/1.0')])
  })

  it('ends with 21 when headers are missing, names their package, and installs what is built all the same', async () => {
    await host.add('early-1.0', modulePackage('early', '1.0'))
    await host.add('late-1.0', modulePackage('late', '1.0'))
    await host.dkms('build', 'late/1.0', '-k', toy)
    rmSync(host.path(`i/${toy}/build`))
    const result = await autoinstall()
    expect(result).toMatchObject({ status: 21, code: 'HEADERS_MISSING' })
    expect(result.text).toContain('failed for module(s) early(21).')
    expect(result.text).toMatch(/What to do: install the headers with: .*6\.1\.0-77-toy/)
    expect(await host.status()).toEqual(['early/1.0: added', installedLine('late/1.0')])
  })

  it('leaves packages without AUTOINSTALL alone, and kernel_prerm takes them nevertheless', async () => {
    await host.add('quiet-1.0', modulePackage('quiet', '1.0', 'AUTOINSTALL=""\n'))
    for (const action of ['autoinstall', 'kernel_postinst']) {
      expect(await host.dkms(action, '-k', toy)).toMatchObject({ status: 0, text: '' })
    }
    expect(await host.status()).toEqual(['quiet/1.0: added'])
    await host.dkms('install', 'quiet/1.0', '-k', toy)
    await host.dkms('kernel_preinst', '-k', toy)
    expect(await host.status()).toEqual([installedLine('quiet/1.0')])
    await host.dkms('kernel_prerm', '-k', toy)
    expect(await host.status()).toEqual(['quiet/1.0: added'])
  })

  it('tells excluded, obsolete, newer in the kernel and failed apart, and installs the rest', async () => {
    await host.add('exclusive-1.0')
    await host.add('failing-make-1.0')
    await host.add('hello-1.0')
    await host.add('old-1.0', modulePackage('old', '1.0', 'OBSOLETE_BY="6.0"\n'))
    await host.add('second-1.0', modulePackage('second', '1.0'))
    await giveKernelANewer('second')
    const result = await autoinstall()
    expect(result).toMatchObject({ status: 11, code: 'AUTOINSTALL_FAILED' })
    expect(states(result.json)).toEqual({
      exclusive: 'excluded',
      'failing-make': 'failed',
      hello: 'installed',
      newer: 'not-autoinstalled',
      old: 'obsolete',
      second: 'newer-in-kernel',
    })
    expect(result.text).toContain(`Autoinstall on ${toy} succeeded for module(s) hello.\n`)
    expect(result.text).toContain(`Autoinstall on ${toy} was skipped for module(s) exclusive old second.\n`)
    expect(result.text).toContain(`Autoinstall on ${toy} failed for module(s) failing-make(10).\n`)
    expect(result.text).toContain('this_name_does_not_exist')
  })

  /** Version 2.0 of a module where the kernel keeps its own, built by way of another package. */
  async function giveKernelANewer(module: string): Promise<void> {
    const { 'dkms.conf': conf = '', ...files } = modulePackage(module, '2.0')
    const named = `${conf.replace(`PACKAGE_NAME="${module}"`, 'PACKAGE_NAME="newer"')}AUTOINSTALL=""\n`
    await host.add('newer-2.0', { ...files, 'dkms.conf': named })
    await host.dkms('build', 'newer/2.0', '-k', toy)
    mkdirSync(host.path(`i/${toy}/kernel/drivers`), { recursive: true })
    cpSync(
      host.path(`t/newer/2.0/${toy}/x86_64/module/${module}.ko`),
      host.path(`i/${toy}/kernel/drivers/${module}.ko`),
    )
  }

  it('skips with status 0 when all is excluded, and tries again the next time', async () => {
    await host.add('exclusive-1.0')
    for (let time = 0; time < 2; time++) {
      const result = await autoinstall()
      expect(result).toMatchObject({ status: 0 })
      expect(result.text).toContain(`Autoinstall on ${toy} was skipped for module(s) exclusive.\n`)
    }
  })

  it('skips a dependant of an excluded package that is excluded itself', async () => {
    await host.add('exclusive-1.0')
    const conf = 'BUILD_DEPENDS[0]="exclusive"\nBUILD_EXCLUSIVE_ARCH="^none$"\n'
    await host.add('after-1.0', modulePackage('after', '1.0', conf))
    const result = await autoinstall()
    expect(result.status).toBe(0)
    expect(result.text).toContain('was skipped for module(s) after exclusive.')
  })

  it('installs what is depended on first, though its name comes later', async () => {
    await host.add('a-needs-1.0', modulePackage('a-needs', '1.0', 'BUILD_DEPENDS[0]="z-lib"\n'))
    await host.add('z-lib-1.0', modulePackage('z-lib', '1.0'))
    const result = await autoinstall()
    expect(result).toMatchObject({ status: 0 })
    const built = result.events.flatMap((event) =>
      event.kind === 'build' && event.step === 'kernel' && event.state === 'begin' ? [event.package.name] : [],
    )
    expect(built).toEqual(['z-lib', 'a-needs'])
    expect(await autoinstall()).toMatchObject({ status: 0, text: '' })
    const prerm = await host.dkms('kernel_prerm', '-k', toy)
    expect(prerm.events.flatMap((event) => (event.kind === 'note' ? [event.message] : []))).toEqual([
      `dkms: removing module a-needs/1.0 for kernel ${toy} (x86_64)`,
      `dkms: removing module z-lib/1.0 for kernel ${toy} (x86_64)`,
    ])
    expect(await host.status()).toEqual(['a-needs/1.0: added', 'z-lib/1.0: added'])
  })

  it('defers what depends on a package it does not know, with status 0', async () => {
    await host.add('needs-hello-1.0')
    const result = await autoinstall()
    expect(result.status).toBe(0)
    expect(states(result.json)).toEqual({ 'needs-hello': 'deferred' })
    expect(result.text).toContain('waits for hello')
    await host.add('hello-1.0')
    expect((await autoinstall()).status).toBe(0)
    expect(await host.status()).toEqual([installedLine('hello/1.0'), installedLine('needs-hello/1.0')])
  })

  it.each([
    ['itself', [['a', 'a']], ['a/1.0 autoinstall failed due to missing dependencies: a.']],
    [
      'each other',
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      [
        'a/1.0 autoinstall failed due to missing dependencies: b.',
        'b/1.0 autoinstall failed due to missing dependencies: a.',
      ],
    ],
  ])('fails with 11 for packages that depend on %s', async (_, packages, lines) => {
    for (const [name = '', needs = ''] of packages) {
      await host.add(`${name}-1.0`, modulePackage(name, '1.0', `BUILD_DEPENDS[0]="${needs}"\n`))
    }
    const result = await autoinstall()
    expect(result.status).toBe(11)
    for (const text of lines) expect(result.text).toContain(`${text}\n`)
  })

  it('fails with 11 for what depends on a package that failed', async () => {
    await host.add('failing-make-1.0')
    await host.add('after-1.0', modulePackage('after', '1.0', 'BUILD_DEPENDS[0]="failing-make"\n'))
    const result = await autoinstall()
    expect(result.status).toBe(11)
    expect(result.text).toContain(`Autoinstall on ${toy} failed for module(s) failing-make(10).\n`)
    expect(result.text).toContain('after/1.0 autoinstall failed due to missing dependencies: failing-make.\n')
  })

  it('builds what depends on an installed package again when that changes (BUILD_DEPENDS_REBUILD)', async () => {
    await host.add('hello-1.0')
    await host.add('needs-hello-1.0')
    await autoinstall()
    const note = `t/needs-hello/1.0/${toy}/x86_64/.dep_hello`
    expect(readText(host, note)).toBe('1.0\n')
    await host.add('hello-2.0')
    const result = await autoinstall()
    expect(result).toMatchObject({ status: 0 })
    expect(readText(host, note)).toBe('2.0\n')
    expect(await host.status()).toEqual([
      `hello/1.0, ${toy}, x86_64: built`,
      installedLine('hello/2.0'),
      installedLine('needs-hello/1.0'),
    ])
  })

  it('takes the highest version only, and leaves an older one alone once that is installed', async () => {
    await host.add('hello-1.0')
    await host.add('hello-2.0')
    expect((await autoinstall()).status).toBe(0)
    expect(await host.status()).toEqual(['hello/1.0: added', installedLine('hello/2.0')])
    expect(await autoinstall()).toMatchObject({ status: 0, text: '' })
  })

  it('orders versions as DKMS does, not as numbers of four digits would', async () => {
    for (const version of ['1000', '999']) await host.add(`many-${version}`, modulePackage('many', version))
    await autoinstall()
    expect(await host.status()).toEqual(['many/1000: added', installedLine('many/999')])
  })

  it('goes on past a broken package, with a warning and status 0', async () => {
    await host.add('hello-1.0')
    await host.add('torn-1.0', modulePackage('torn', '1.0'))
    rmSync(host.path('t/torn/1.0/source'))
    const result = await autoinstall()
    expect(result.status).toBe(0)
    expect(states(result.json)).toEqual({ hello: 'installed', torn: 'broken' })
    expect(result.events).toContainEqual(expect.objectContaining({ kind: 'warning', code: 'PACKAGE_BROKEN' }))
  })

  it('goes on past a package whose dkms.conf is gone, and fails for it', async () => {
    await host.add('hello-1.0')
    await host.add('torn-1.0', modulePackage('torn', '1.0'))
    rmSync(host.path('s/torn-1.0/dkms.conf'))
    const result = await autoinstall()
    expect(result.status).toBe(11)
    expect(states(result.json)).toEqual({ hello: 'installed', torn: 'failed' })
  })

  it('installs again what is marked as installed and is gone or empty (crash state D)', async () => {
    await host.add('hello-1.0')
    await autoinstall()
    const file = host.path(`i/${toy}/${host.installed()[0] ?? ''}`)
    for (const damage of [() => rmSync(file), () => host.write(`i/${toy}/${host.installed()[0] ?? ''}`, '')]) {
      damage()
      expect((await autoinstall()).text).toContain('succeeded for module(s) hello.')
      expect(await host.status()).toEqual([installedLine('hello/1.0')])
    }
  })

  it('installs for every kernel with headers when asked to', async () => {
    await host.add('hello-1.0')
    const result = await host.dkms('autoinstall', '--all-kernels')
    expect(result.status).toBe(0)
    expect(await host.status()).toEqual([installedLine('hello/1.0'), installedLine('hello/1.0', other)])
  })

  it('says in a dry run what it would do, in order, and changes nothing', async () => {
    await host.add('hello-1.0')
    await host.add('needs-hello-1.0')
    const result = await autoinstall('--dry-run')
    expect(result.status).toBe(0)
    expect(states(result.json)).toEqual({ hello: 'planned', 'needs-hello': 'planned' })
    expect(result.text).toContain('would build and install it after hello')
    expect(await host.status()).toEqual(['hello/1.0: added', 'needs-hello/1.0: added'])
  })

  it('takes everything back when depmod fails, and says so', async () => {
    await host.add('hello-1.0')
    rmSync(host.path(`i/${toy}/modules.order`))
    host.write(`i/${toy}/modules.dep.bin/in-the-way`, '')
    const result = await autoinstall()
    expect(result.status).toBe(11)
    expect(result.text).toContain('failed for module(s) hello(6).')
    expect(await host.status()).toEqual([`hello/1.0, ${toy}, x86_64: built`])
    expect(host.installed()).toEqual([])
    rmSync(host.path(`i/${toy}/modules.dep.bin`), { recursive: true })
    expect((await autoinstall()).status).toBe(0)
  })

  it('runs post_transaction once, for all packages and kernels', async () => {
    host.write('e/framework.conf.d/post.conf', `post_transaction="echo ran >> ${host.path('ran')}"\n`)
    await host.add('hello-1.0')
    await host.add('needs-hello-1.0')
    await host.dkms('autoinstall', '--all-kernels')
    expect(readText(host, 'ran')).toBe('ran\n')
  })

  it('runs depmod once for a kernel, whatever the number of packages, and so does kernel_prerm', async () => {
    await host.add('hello-1.0')
    await host.add('needs-hello-1.0')
    host.write('bin/depmod', `#!/bin/sh\necho ran >> ${host.path('ran')}\n`)
    chmodSync(host.path('bin/depmod'), 0o755)
    vi.stubEnv('PATH', `${host.path('bin')}:${process.env['PATH'] ?? ''}`)
    await autoinstall()
    expect(readText(host, 'ran')).toBe('ran\n')
    await host.dkms('kernel_prerm', '-k', toy)
    vi.unstubAllEnvs()
    expect(readText(host, 'ran')).toBe('ran\nran\n')
    expect(await host.status()).toEqual(['hello/1.0: added', 'needs-hello/1.0: added'])
  })

  it('builds twenty packages side by side, within the number of jobs', async () => {
    for (let index = 10; index < 30; index++) await host.add(`mod${index}-1.0`, modulePackage(`mod${index}`, '1.0'))
    const result = await autoinstall('-j', '2')
    expect(result.status).toBe(0)
    let running = 0
    let most = 0
    for (const event of result.events) {
      if (event.kind !== 'build' || event.step !== 'kernel') continue
      running += event.state === 'begin' ? 1 : -1
      most = Math.max(most, running)
    }
    expect(most).toBe(2)
    expect(host.installed()).toHaveLength(20)
  })

  it('runs a depmod that a killed autoinstall owes', async () => {
    await host.add('hello-1.0')
    await host.dkms('install', 'hello/1.0', '-k', toy, '--no-depmod')
    host.write(`t/depmod-pending-${toy}-x86_64`, '')
    expect((await autoinstall()).status).toBe(0)
    expect(readText(host, `i/${toy}/modules.dep`)).toContain('hello.ko')
    expect(existsSync(host.path(`t/depmod-pending-${toy}-x86_64`))).toBe(false)
  })
})
