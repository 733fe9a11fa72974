/** Signing as part of the build action, and the commands, as they are started. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AbsolutePath, absolutePath } from '../../../src/domain.ts'
import { readModuleInfo } from '../../../src/kernel/modinfo.ts'
import { buildPackage } from '../../../src/runtime/build/build.ts'
import type { BuildRequest, KernelOutcome } from '../../../src/runtime/build/model.ts'
import { readCertificate } from '../../../src/signing/certificate.ts'
import { checkout, fromSources } from '../../support/program.ts'
import { writeToyHeaders } from '../../support/toy-kernel.ts'
import { signatureList, writeFirmware, x509Type } from './machine.ts'
import { kernel, makeForeignPair, makePlace, type Place, searchPath, signFile } from './place.ts'

const missing = existsSync(signFile) ? undefined : `${signFile} is not installed`
const signs = missing === undefined ? it : it.skip

let place: Place
beforeEach(() => {
  place = makePlace()
  writeToyHeaders(place.path('headers'), kernel.release)
  place.write('headers/.config', 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG_HASH="sha256"\n')
  mkdirSync(place.path(`modules/${kernel.release}`))
  symlinkSync(place.path('headers'), place.path(`modules/${kernel.release}/build`))
  cpSync(join(checkout, 'fixtures/two-modules-1.0'), place.path('src/two-modules-1.0'), { recursive: true })
  mkdirSync(place.path('machine'))
})
afterEach(() => place[Symbol.dispose]())

interface Change extends Partial<Omit<BuildRequest, 'signing'>> {
  readonly signing?: Partial<BuildRequest['signing']>
  readonly settings?: BuildRequest['settings']
}

const settings = {
  verbose: false,
  symlinkModules: false,
  autoinstallAllKernels: false,
  modprobeOnInstall: false,
  trySignModules: 'not_in_chroot',
  continueOnError: true,
  legacyDirectives: false,
} as const

async function build({ signing, ...change }: Change = {}): Promise<KernelOutcome> {
  const { distro, rootFacts, report, environment, roots } = place.request()
  const all = { ...roots, sourceTree: place.path('src'), etc: place.path('etc') }
  const used = change.settings ?? { ...settings, signFile }
  const { kernels } = await buildPackage({
    roots: all,
    settings: used,
    report,
    package: { name: 'two-modules', version: '1.0' },
    kernels: [kernel],
    force: true,
    jobs: 1,
    directives: [],
    environment,
    dryRun: false,
    verbose: false,
    headersHint: () => 'the headers',
    signing: {
      distro: () => distro,
      settingsFor: () => Promise.resolve(used),
      rootFacts: () => rootFacts,
      required: false,
      interactive: false,
      machineRoot: place.path('machine'),
      ...signing,
    },
    ...change,
  })
  const [outcome] = kernels
  if (outcome === undefined) throw new Error('no outcome')
  return outcome
}

function builtFiles(): AbsolutePath[] {
  const dir = place.path(`tree/two-modules/1.0/${kernel.release}/${kernel.arch}/module`)
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .filter((name) => name.includes('.ko'))
    .sort()
    .map((name) => absolutePath(join(dir, name)))
}

async function serials(): Promise<(string | undefined)[]> {
  return Promise.all(builtFiles().map(async (file) => (await readModuleInfo(file)).signature?.sigKey))
}

function warnings(): string[] {
  return place.events.flatMap((event) => (event.kind === 'warning' ? [`${event.code ?? ''} ${event.message}`] : []))
}

describe(`a build${missing === undefined ? '' : ` (some skipped: ${missing})`}`, () => {
  signs('signs every module with the pair it made, after stripping them', async () => {
    const outcome = await build()
    expect(outcome).toMatchObject({ state: 'built', modules: [{ signed: true }, { signed: true }] })
    const { serial } = readCertificate(place.path('tree/mok.pub'))
    expect(await serials()).toEqual([serial, serial])
    const steps = place.events.flatMap((event) =>
      event.kind === 'build' ? [`${event.step} ${event.detail ?? ''}`.trim()] : [],
    )
    expect(steps.filter((step) => step.startsWith('sign '))).toHaveLength(2)
    expect(place.events.filter(({ kind }) => kind === 'note')).toHaveLength(1 + 1)
  })

  signs.each(['.gz', '.xz', '.zst'])('compresses the signed module where the kernel has %s', async (suffix) => {
    place.write(`modules/${kernel.release}/kernel/x.ko${suffix}`, 'x')
    await build()
    expect(builtFiles().every((file) => file.endsWith(`.ko${suffix}`))).toBe(true)
    const { serial } = readCertificate(place.path('tree/mok.pub'))
    expect(await serials()).toEqual([serial, serial])
  })

  signs('takes the hash of the configuration that --config names', async () => {
    await build({ kernelConfig: place.write('config', 'CONFIG_MODULE_SIG_HASH="sha512"\n') })
    const [file = ''] = builtFiles()
    expect((await readModuleInfo(file)).signature?.sigHashAlgorithm).toBe('sha512')
  })

  it.each([
    ['/no/such', 'TOOL_MISSING Modules for'],
    ['/bin/false', 'SIGNING_FAILED /bin/false did not sign'],
    ['/bin/true', 'SIGNING_FAILED /bin/true did not sign'],
  ])('goes on unsigned with a sign_file of %s, and warns', async (tool, warning) => {
    const outcome = await build({ settings: { ...settings, signFile: tool } })
    expect(outcome).toMatchObject({ state: 'built', modules: [{ signed: false }, { signed: false }] })
    expect(await serials()).toEqual([undefined, undefined])
    expect(warnings()[0]).toContain(warning)
  })

  it.each([
    ['/no/such', 'SIGNATURE_REQUIRED'],
    ['/bin/false', 'SIGNING_FAILED'],
    ['/bin/true', 'SIGNING_FAILED'],
  ])('fails with a sign_file of %s when signatures are required, and keeps nothing', async (tool, code) => {
    const outcome = await build({ settings: { ...settings, signFile: tool }, signing: { required: true } })
    expect(outcome).toMatchObject({ state: 'failed', error: { code } })
    expect(builtFiles()).toEqual([])
  })

  it('fails where signatures are required and turned off', async () => {
    const off = { ...settings, trySignModules: 'false' } as const
    const outcome = await build({ settings: off, signing: { required: true } })
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'SIGNATURE_REQUIRED' } })
  })

  it('makes no key when it cannot begin', async () => {
    const outcome = await build({ kernelSourceDir: place.path('nowhere') })
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'HEADERS_MISSING' } })
    expect(existsSync(place.path('tree/mok.key'))).toBe(false)
  })

  it('plans the signature and makes no key in a dry run', async () => {
    const outcome = await build({ dryRun: true })
    const steps = expect.arrayContaining([`sign with ${place.path('tree/mok.key')}`])
    expect(outcome).toMatchObject({ state: 'planned', steps })
    expect(existsSync(place.path('tree/mok.key'))).toBe(false)
  })

  signs('warns where the firmware would refuse the modules, and not where it would not', async () => {
    makeForeignPair(place, 'tree/mok.key', 'tree/mok.pub')
    const on = { SecureBoot: Buffer.from([1]), SetupMode: Buffer.from([0]) }
    writeFirmware(place, { ...on, MokListRT: Buffer.alloc(0) })
    await build()
    expect(warnings()).toEqual([expect.stringContaining('KEY_NOT_ENROLLED this machine will refuse')])
    const hints = place.events.map((event) => ('hint' in event ? event.hint : undefined))
    expect(hints).toContainEqual(expect.stringContaining(`mokutil --import ${place.path('tree/mok.pub')}`))
    place.events.length = 0
    const enrolled = signatureList(x509Type, [readFileSync(place.path('tree/mok.pub'))])
    writeFirmware(place, { ...on, MokListRT: enrolled })
    await build()
    expect(warnings()).toEqual([])
  })
})

const program = `import { main } from ${JSON.stringify(join(checkout, 'src/cli/main.ts'))}
process.exitCode = await main(process.argv.slice(1), 'dkms')`

function dkms(...args: readonly string[]) {
  const places = ['dkmstree', 'sourcetree', 'installtree', 'etc'].flatMap((option, index) => [
    `--${option}`,
    place.path(['tree', 'src', 'modules', 'etc'][index] ?? ''),
  ])
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program, '--', ...args, ...places], {
    encoding: 'utf8',
    env: { PATH: searchPath, TMPDIR: place.path('tmp'), ...fromSources },
  })
}

describe('the commands', () => {
  it('generate_mok prints the two paths, makes the pair once, and ends with 1 where it cannot', () => {
    const text = `Signing key: ${place.path('tree/mok.key')}\nPublic certificate (MOK): ${place.path('tree/mok.pub')}\n`
    expect(dkms('generate_mok')).toMatchObject({ status: 0, stdout: text })
    const before = readFileSync(place.path('tree/mok.key'))
    expect(dkms('generate_mok')).toMatchObject({ status: 0, stdout: text, stderr: '' })
    expect(readFileSync(place.path('tree/mok.key'))).toEqual(before)
    place.write('etc/framework.conf', 'mok_signing_key=/no/such/k\nmok_certificate=/no/such/c\n')
    expect(dkms('generate_mok').status).toBe(1)
    const { status, stdout } = dkms('generate_mok', '--json')
    expect({ status, ...(JSON.parse(stdout) as object) }).toMatchObject({ status: 1, error: { code: 'FILE_ACCESS' } })
  })

  it('mok makes one document that names the pair', () => {
    const { status, stdout } = dkms('mok', '--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      key: place.path('tree/mok.key'),
      pair: 'missing',
      commands: ['dkms generate_mok'],
    })
    expect(existsSync(place.path('tree/mok.key'))).toBe(false)
    expect(dkms('mok').stdout).toContain('dkms generate_mok')
  })

  signs('build signs with the pair that framework.conf names for this $kernelver', () => {
    const other = '6.1.0-99-other'
    mkdirSync(place.path(`modules/${other}`))
    writeToyHeaders(place.path('other'), other)
    place.write('other/.config', 'CONFIG_MODULE_SIG_HASH="sha256"\n')
    symlinkSync(place.path('other'), place.path(`modules/${other}/build`))
    for (const release of [kernel.release, other]) mkdirSync(place.path(`keys/${release}`), { recursive: true })
    place.write(
      'etc/framework.conf.d/keys.conf',
      `sign_file="${signFile}"
try_sign_modules=true
mok_signing_key="${place.path('keys')}/$kernelver/mok.key"
mok_certificate="${place.path('keys')}/\${kernelver}/mok.pub"
`,
    )
    const run = dkms('build', 'two-modules/1.0', '-k', kernel.release, '-k', other, '--require-signature')
    expect(run.status, run.stderr).toBe(0)
    for (const release of [kernel.release, other]) {
      expect(run.stderr).toContain(`with ${place.path('keys')}/${release}/mok.key and`)
      expect(existsSync(place.path(`keys/${release}/mok.pub`))).toBe(true)
    }
  })

  it('build ends with 1 when a signature is required and cannot be made', () => {
    place.write('etc/framework.conf', 'sign_file=/bin/false\ntry_sign_modules=true\n')
    const { status, stderr } = dkms('build', 'two-modules/1.0', '-k', kernel.release, '--require-signature')
    expect(status).toBe(1)
    expect(stderr).toContain('(code SIGNING_FAILED)')
    expect(builtFiles()).toEqual([])
  })
})
