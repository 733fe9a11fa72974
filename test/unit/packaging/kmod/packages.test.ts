import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { readExportedSymbols } from '../../../../src/kernel/exported-symbols.ts'
import { makeKmods } from '../../../../src/packaging/kmod/make.ts'
import type { KmodRequest } from '../../../../src/packaging/kmod/model.ts'
import { type StyleName, styles } from '../../../../src/packaging/kmod/styles.ts'
import { keyFileSigner } from '../../../../src/packaging/rpm/format/sign.ts'
import { type BuiltTree, buildPair, epoch, kernelWithSymvers, requestFor } from './built.ts'

const known = kernelWithSymvers()
const kernel = known ?? { release: 'none', arch: 'x86_64' }
const scratch = mkdtempSync(join(tmpdir(), 'kmod-packages-'))
const allStyles = Object.keys(styles) as StyleName[]
let tree: BuiltTree
const made = new Map<StyleName, string>()

function out(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' })
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

async function make(style: StyleName, output: string, given: Partial<KmodRequest> = {}): Promise<string> {
  const { packages } = await makeKmods(
    await requestFor(tree, join(scratch, output), { style: styles[style], ...given }),
  )
  const [first, ...others] = packages
  // Behind the package of the modules, in the style of Fedora, comes the one that leads to it.
  expect(others.map(({ name }) => name)).toEqual(style === 'fedora' ? ['kmod-kmod-pair'] : [])
  return first?.path ?? ''
}

function fileOf(style: StyleName): string {
  const path = made.get(style)
  if (path === undefined) throw new Error(`no package in the style ${style}`)
  return path
}

/** What modprobe says the modules need, less what they give each other. */
function neededSymbols(): readonly (readonly [crc: string, name: string])[] {
  const all = ['pair_giver.ko', 'pair_taker.ko'].flatMap((name) =>
    lines(out('modprobe', '--dump-modversions', join(tree.modules, name))).map((line): [string, string] => {
      const [crc = '', symbol = ''] = line.split('\t')
      return [crc, symbol]
    }),
  )
  return [...new Map(all.map((one) => [one[1], one])).values()].filter(([, name]) => name !== 'pair_answer')
}

describe.skipIf(known === undefined)('packages of modules for a real kernel (needs headers)', () => {
  beforeAll(async () => {
    tree = buildPair(scratch, kernel)
    for (const style of allStyles) made.set(style, await make(style, style))
  }, 120_000)

  it.each(allStyles)('are sound to rpm in the style %s', (style) => {
    expect(out('rpm', '-K', '--nosignature', fileOf(style))).toContain('digests OK')
  })

  it('need of the kernel, at RHEL, what modprobe tells and Module.symvers has, with its checksum', () => {
    const symvers = readFileSync(`/lib/modules/${kernel.release}/build/Module.symvers`, 'utf8')
    const inKernel = new Map(lines(symvers).map((line) => [line.split('\t')[1] ?? '', line.split('\t')[0] ?? '']))
    const wanted = neededSymbols().map(([crc, name]) => {
      expect(inKernel.get(name)).toBe(crc)
      return `kernel(${name}) = ${crc}`
    })
    const requires = lines(out('rpm', '-qp', '--requires', fileOf('rhel')))
    expect(requires.filter((line) => line.startsWith('kernel(')).sort()).toEqual(wanted.sort())
    expect(wanted.length).toBeGreaterThan(1)
    expect(requires.filter((line) => line.startsWith('ksym('))).toEqual([])
  })

  it('need at SUSE the same of the flavour, without leading zeros', () => {
    const flavour = kernel.release.replace(/^.*-/, '')
    const wanted = neededSymbols().map(([crc, name]) => `ksym(${flavour}:${name}) = ${crc.replace(/^0x0*/, '')}`)
    const requires = lines(out('rpm', '-qp', '--requires', fileOf('suse')))
    expect(requires.filter((line) => line.startsWith('ksym(')).sort()).toEqual(wanted.sort())
  })

  it('offer the symbols that nm finds exported, with the checksum that the module which needs one has of it', async () => {
    const giver = join(tree.modules, 'pair_giver.ko')
    const named = lines(out('nm', giver)).flatMap((line) => /__crc_(\S+)$/.exec(line)?.slice(1) ?? [])
    expect((await readExportedSymbols(giver)).map(({ name }) => name)).toEqual(named.sort())
    const taker = lines(out('modprobe', '--dump-modversions', join(tree.modules, 'pair_taker.ko')))
    const crc = taker.find((line) => line.endsWith('\tpair_answer'))?.split('\t')[0] ?? 'none'
    expect(lines(out('rpm', '-qp', '--provides', fileOf('rhel')))).toContain(`ksym(pair_answer) = ${crc}`)
    const flavour = kernel.release.replace(/^.*-/, '')
    expect(lines(out('rpm', '-qp', '--provides', fileOf('suse')))).toContain(
      `ksym(${flavour}:pair_answer) = ${crc.replace(/^0x0*/, '')}`,
    )
  })

  it('take symbols that the kernel does not have for those of other packages', async () => {
    const headers = join(scratch, 'headers')
    mkdirSync(join(headers, 'include'), { recursive: true })
    writeFileSync(join(headers, 'Module.symvers'), '0x00000001\t_printk\tvmlinux\tEXPORT_SYMBOL\t\n')
    const told: string[] = []
    const path = await make('rhel', 'other', {
      kernelSourceDir: absolutePath(headers),
      report: (event) => {
        if (event.kind === 'warning') told.push(event.message)
      },
    })
    const requires = lines(out('rpm', '-qp', '--requires', path))
    const [printk = '', layout = ''] = ['_printk', 'module_layout'].map(
      (wanted) => neededSymbols().find(([, name]) => name === wanted)?.[0] ?? 'none',
    )
    expect(requires).toContain(`kernel(_printk) = ${printk}`)
    expect(requires).toContain(`ksym(module_layout) = ${layout}`)
    expect(told.join()).toContain('_printk')
  })

  it('need Module.symvers in the style of RHEL, and say where it should be', async () => {
    const headers = join(scratch, 'no-headers')
    mkdirSync(join(headers, 'include'), { recursive: true })
    const given = { kernelSourceDir: absolutePath(headers) }
    await expect(make('rhel', 'none', given)).rejects.toMatchObject({ code: 'HEADERS_MISSING' })
    await expect(make('suse', 'none', given)).resolves.toContain('kmod-pair-kmp')
    await expect(make('fedora', 'none', given)).resolves.toContain('kmod-kmod-pair')
  })

  it('are for one kernel where its symbols have no versions', async () => {
    const request = await requestFor(tree, join(scratch, 'unversioned'), { style: styles.rhel })
    const builds = request.plan.builds.map((build) => ({
      ...build,
      modules: build.modules.map((module) => ({ ...module, info: { ...module.info, symbolVersions: [] } })),
    }))
    const { packages } = await makeKmods({ ...request, plan: { ...request.plan, builds } })
    const requires = out('rpm', '-qp', '--requires', packages[0]?.path ?? '')
    expect(requires).toMatch(/^kernel-uname-r = /m)
    expect(requires).not.toContain('kernel(')
  })

  it('tell their devices: as capabilities at RHEL, as supplements of the flavour at SUSE', () => {
    const flavour = kernel.release.replace(/^.*-/, '')
    expect(lines(out('rpm', '-qp', '--provides', fileOf('rhel')))).toContain(
      'modalias(pci:v00001234d0000000[12]sv*sd*bc*sc*i*) = 2.5',
    )
    expect(lines(out('rpm', '-qp', '--supplements', fileOf('suse')))).toEqual([
      `(kernel-${flavour} and kmod-pair)`,
      `modalias(kernel-${flavour}:pci:v00001234d0000000[12]sv*sd*bc*sc*i*)`,
    ])
    expect(out('rpm', '-qp', '--supplements', fileOf('rhel'))).toBe('')
  })

  const suseFiles = ['/K', '/K/updates', '/K/updates/pair_giver.ko', '/K/updates/pair_taker.ko']
  it.each<[StyleName, readonly string[]]>([
    [
      'rhel',
      [
        '/lib/modules/K',
        '/lib/modules/K/extra',
        '/lib/modules/K/extra/kmod-pair',
        '/lib/modules/K/extra/kmod-pair/pair_giver.ko',
        '/lib/modules/K/extra/kmod-pair/pair_taker.ko',
      ],
    ],
    [
      'fedora',
      [
        // kmodtool's packages have it, too: nothing of the kernel's directory shall outlast the last of them.
        '/usr/lib/modules/K/extra',
        '/usr/lib/modules/K/extra/kmod-pair',
        '/usr/lib/modules/K/extra/kmod-pair/pair_giver.ko',
        '/usr/lib/modules/K/extra/kmod-pair/pair_taker.ko',
      ],
    ],
    ['suse', suseFiles.map((file) => `/lib/modules${file}`)],
    ['tumbleweed', suseFiles.map((file) => `/usr/lib/modules${file}`)],
  ])('own their files, and the directories that go with the last of them, in the style %s', (style, files) => {
    const wanted = files.map((file) => file.replace(/\/K(?=\/|$)/, `/${kernel.release}`))
    expect(lines(out('rpm', '-qpl', fileOf(style)))).toEqual(wanted)
    expect(out('rpm', '-qp', '--qf', '%{ARCH} %{RELEASE}', fileOf(style))).toBe(`${kernel.arch} 1`)
  })

  it.each<[StyleName, string]>([
    ['rhel', 'kmod-pair-1.0-1.src.rpm'],
    ['fedora', 'kmod-pair-kmod-1.0-1.src.rpm'],
    ['suse', 'kmod-pair-1.0-1.src.rpm'],
  ])('name the source package that others are built from in the style %s: %s', (style, source) => {
    expect(out('rpm', '-qp', '--qf', '%{SOURCERPM}', fileOf(style))).toBe(source)
  })

  it('leave no directory behind in the style suse, also where no kernel is', () => {
    const root = join(scratch, 'root-gone')
    mkdirSync(root)
    const rpm = (...args: readonly string[]) =>
      spawnSync('rpm', ['--root', root, '--nodeps', '--noscripts', ...args], { encoding: 'utf8' })
    const name = out('rpm', '-qp', '--qf', '%{NAME}', fileOf('suse'))
    expect(rpm('-i', fileOf('suse'))).toMatchObject({ status: 0 })
    expect(existsSync(join(root, 'lib/modules', kernel.release))).toBe(true)
    expect(rpm('-e', name)).toMatchObject({ status: 0 })
    expect(existsSync(join(root, 'lib/modules', kernel.release))).toBe(false)
  })

  it.each(allStyles)('are installed and found unchanged by rpm in the style %s', (style) => {
    const root = join(scratch, `root-${style}`)
    mkdirSync(root)
    const rpm = (...args: readonly string[]) =>
      spawnSync('rpm', ['--root', root, '--nodeps', ...args], { encoding: 'utf8' })
    expect(rpm('--noscripts', '-i', fileOf(style))).toMatchObject({ status: 0 })
    expect(rpm('-Va', '--noscripts')).toMatchObject({ status: 0, stdout: '' })
    const [file = ''] = lines(out('rpm', '-qpl', fileOf(style))).filter((path) => path.endsWith('taker.ko'))
    expect(readFileSync(join(root, file)).equals(readFileSync(join(tree.modules, 'pair_taker.ko')))).toBe(true)
  })

  it('are the same bytes twice, whatever the time zone, mask and temporary directory', async () => {
    const mask = process.umask(0o077)
    const zone = process.env['TZ']
    process.env['TZ'] = 'Asia/Tokyo'
    try {
      for (const style of allStyles) {
        const again = await make(style, `again-${style}`)
        expect(readFileSync(again).equals(readFileSync(fileOf(style)))).toBe(true)
      }
    } finally {
      process.umask(mask)
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    }
  })

  it('have scripts that every shell takes', () => {
    for (const style of allStyles) {
      const scripts = ['PREIN', 'POSTIN', 'PREUN', 'POSTUN', 'POSTTRANS'].map((tag) =>
        out('rpm', '-qp', '--qf', `%{${tag}}`, fileOf(style)),
      )
      for (const body of scripts.filter((text) => text !== '(none)')) {
        for (const shell of ['sh', 'bash']) expect(spawnSync(shell, ['-n'], { input: body }).status).toBe(0)
      }
      expect(scripts.filter((text) => text !== '(none)').length).toBeGreaterThan(1)
    }
  })

  it('hand weak-modules what came, and later what is gone and not what an upgrade brought again', () => {
    const bin = join(scratch, 'bin')
    mkdirSync(bin)
    const log = join(scratch, 'weak.log')
    writeFileSync(join(bin, 'weak-modules'), `#!/bin/sh\n{ echo "$@"; cat; } >>'${log}'\n`)
    chmodSync(join(bin, 'weak-modules'), 0o755)
    const place = join(scratch, 'installed')
    mkdirSync(place)
    const runTag = (tag: string) => {
      const body = out('rpm', '-qp', '--qf', `%{${tag}}`, fileOf('rhel')).replaceAll(
        `/lib/modules/${kernel.release}/extra/kmod-pair`,
        place,
      )
      const env = { PATH: `${bin}:/usr/bin:/bin` }
      expect(spawnSync('sh', ['-s', '1'], { input: body, env, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      })
      const text = existsSync(log) ? readFileSync(log, 'utf8') : ''
      rmSync(log, { force: true })
      return text
    }
    expect(runTag('POSTIN')).toBe(`--add-modules\n${place}/pair_giver.ko\n${place}/pair_taker.ko\n`)
    writeFileSync(join(place, 'pair_giver.ko'), '')
    expect(runTag('POSTUN')).toBe(`--remove-modules\n${place}/pair_taker.ko\n`)
    writeFileSync(join(place, 'pair_taker.ko'), '')
    expect(runTag('POSTUN')).toBe('')
  })

  it('hold signed modules signed: not a byte is changed', async () => {
    const headers = `/lib/modules/${kernel.release}/build/scripts/sign-file`
    const signFile = existsSync(headers) ? headers : undefined
    expect(signFile).toBeDefined()
    const key = join(scratch, 'key.pem')
    const certificate = join(scratch, 'cert.der')
    const subject = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test', '-outform', 'DER']
    execFileSync('openssl', ['req', ...subject, '-keyout', key, '-out', certificate], { stdio: 'pipe' })
    const module = join(tree.modules, 'pair_giver.ko')
    const unsigned = join(scratch, 'unsigned.ko')
    copyFileSync(module, unsigned)
    try {
      execFileSync(signFile ?? '', ['sha256', key, certificate, module])
      const path = await make('rhel', 'signed')
      const target = join(scratch, 'unpacked')
      mkdirSync(target)
      execFileSync('sh', ['-c', `rpm2cpio '${path}' | cpio -idm --quiet`], { cwd: target })
      const packed = join(target, `lib/modules/${kernel.release}/extra/kmod-pair/pair_giver.ko`)
      expect(readFileSync(packed).equals(readFileSync(module))).toBe(true)
      expect(readFileSync(packed).toString('latin1').endsWith('~Module signature appended~\n')).toBe(true)
    } finally {
      copyFileSync(unsigned, module)
    }
  })

  it('are refused when a module is missing, or built for another kernel', async () => {
    const taker = join(tree.modules, 'pair_taker.ko')
    const kept = join(scratch, 'kept.ko')
    copyFileSync(taker, kept)
    try {
      rmSync(taker)
      await expect(make('rhel', 'refused')).rejects.toMatchObject({ code: 'BUILD_INCOMPLETE' })
    } finally {
      copyFileSync(kept, taker)
    }
    const request = await requestFor(tree, join(scratch, 'refused'), { style: styles.fedora })
    const builds = request.plan.builds.map((build) => ({ ...build, kernel: { ...build.kernel, release: '6.2.0' } }))
    await expect(makeKmods({ ...request, plan: { ...request.plan, builds } })).rejects.toMatchObject({
      code: 'VERMAGIC_MISMATCH',
    })
    expect(existsSync(join(scratch, 'refused'))).toBe(false)
  })

  it('for several kernels get the kernel into a name that they would share', async () => {
    const headers = absolutePath(`/lib/modules/${kernel.release}/build`)
    const request = await requestFor(tree, join(scratch, 'several'), { style: styles.rhel, kernelSourceDir: headers })
    const [build] = request.plan.builds
    if (build === undefined) throw new Error('nothing is built')
    const modules = build.modules.map((module) => ({ ...module, info: { ...module.info, vermagic: '9.9-test SMP' } }))
    const builds = [build, { ...build, kernel: { ...build.kernel, release: '9.9-test' }, modules }]
    const { packages } = await makeKmods({ ...request, plan: { ...request.plan, builds } })
    expect(packages.map(({ name }) => name)).toEqual([`kmod-kmod-pair-${kernel.release}`, 'kmod-kmod-pair-9.9-test'])
    const suse = await makeKmods({ ...request, style: styles.suse, plan: { ...request.plan, builds } })
    expect(suse.packages.map(({ name, version }) => `${name} ${version}`).at(-1)).toBe('kmod-pair-kmp-test 1.0_k9.9')
  })

  it('are signed, so that rpm accepts them with the key imported', async () => {
    const home = mkdtempSync(join(scratch, 'g'))
    const gpg = (...args: readonly string[]) =>
      execFileSync('gpg', ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    gpg('--faked-system-time', '1600000000', '--quick-generate-key', 'kmod@example.org', 'rsa3072', 'sign', 'never')
    const [secret, open] = [join(scratch, 'secret.asc'), join(scratch, 'public.asc')]
    writeFileSync(secret, gpg('--armor', '--export-secret-keys'))
    writeFileSync(open, gpg('--armor', '--export'))
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
    const path = await make('fedora', 'with-key', { signer: keyFileSigner({ path: secret, time: epoch }) })
    const database = ['--dbpath', join(scratch, 'keys')]
    execFileSync('rpm', [...database, '--import', open], { stdio: 'pipe' })
    expect(out('rpm', ...database, '-K', path)).toContain('digests signatures OK')
  })

  it('are not written by a dry run, and have the names of a real one', async () => {
    const path = await make('suse', 'suse', { dryRun: true, output: absolutePath(join(scratch, 'dry')) })
    expect(path.replace(/^.*\//, '')).toBe(fileOf('suse').replace(/^.*\//, ''))
    expect(existsSync(join(scratch, 'dry'))).toBe(false)
  })

  it('leave nothing but packages in their directory', () => {
    for (const style of allStyles) {
      expect(readdirSync(join(scratch, style))).toHaveLength(style === 'fedora' ? 2 : 1)
    }
  })
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))
