import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { exclusions } from '../../../../src/conf/exclusive.ts'
import type { DkmsConf, ExclusiveConditions, ModuleRecord } from '../../../../src/conf/model.ts'
import { absolutePath } from '../../../../src/domain.ts'
import { readKconfig } from '../../../../src/kernel/kconfig.ts'
import { exclusionSteps } from '../../../../src/packaging/kmp/exclusion-steps.ts'

const headers = mkdtempSync(join(tmpdir(), 'exclusion-steps-'))
const config = join(headers, '.config')
writeFileSync(config, 'CONFIG_MODULES=y\nCONFIG_USB=m\n# CONFIG_PCI is not set\nCONFIG_NAME="y"\n')
const arch = execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim()

function confWith(exclusive: ExclusiveConditions, modules: readonly ExclusiveConditions[], obsoleteBy?: string) {
  const records = modules.map(
    (own, index): ModuleRecord => ({
      index,
      builtName: `m${index}`,
      builtLocation: '',
      destName: `m${index}`,
      destLocation: '/updates',
      strip: true,
      exclusive: own,
    }),
  )
  // The rest of a dkms.conf says nothing about exclusions.
  return { exclusive, modules: records, obsoleteBy } as unknown as DkmsConf
}

/** What a shell takes for the reasons: of the package, then of each module. */
function reasons(conf: DkmsConf, release: string): string[] {
  const steps = exclusionSteps(conf)
  const lines = [steps.package, ...steps.modules].flatMap((part) => ['reason=', ...part, 'printf "%s\\n" "$reason"'])
  const script = [`kernelver='${release}' kernel_source_dir='${headers}'`, ...lines].join('\n')
  // As rpmbuild runs the sections of spec files.
  return execFileSync('sh', ['-e', '-c', script], { encoding: 'utf8' }).split('\n').slice(0, -1)
}

describe('BUILD_EXCLUSIVE as lines of a shell', () => {
  it.each<[what: string, exclusive: ExclusiveConditions, release: string, reason: string]>([
    ['nothing', {}, '6.1.0', ''],
    ['a kernel', { kernel: '^6\\.' }, '6.1.0', ''],
    ['other kernels', { kernel: '^5\\.' }, '6.1.0', 'BUILD_EXCLUSIVE_KERNEL is ^5\\.'],
    ['newer kernels', { kernelMin: '6.10' }, '6.9.1', 'BUILD_EXCLUSIVE_KERNEL_MIN is 6.10'],
    ['older kernels', { kernelMax: '6.9.9999' }, '6.10.1', 'BUILD_EXCLUSIVE_KERNEL_MAX is 6.9.9999'],
    ['this architecture', { arch }, '6.1.0', ''],
    ['another architecture', { arch: '^nothing$' }, '6.1.0', 'BUILD_EXCLUSIVE_ARCH is ^nothing$'],
    ['a configuration', { config: ['CONFIG_USB', '!CONFIG_PCI'] }, '6.1.0', ''],
    ['another configuration', { config: ['CONFIG_PCI'] }, '6.1.0', 'BUILD_EXCLUSIVE_CONFIG wants CONFIG_PCI on'],
    ['one that is on', { config: ['!CONFIG_USB'] }, '6.1.0', 'BUILD_EXCLUSIVE_CONFIG wants CONFIG_USB off'],
    ["an expression with a quote '", { kernel: "'" }, '6.1.0', "BUILD_EXCLUSIVE_KERNEL is '"],
  ])('for %s', (_, exclusive, release, reason) => {
    expect(reasons(confWith(exclusive, []), release)).toEqual([reason])
  })

  it('leaves the package out when no module remains', () => {
    const conf = confWith({}, [{ kernel: '^5' }, { kernel: '^4' }])
    expect(reasons(conf, '6.1.0')[0]).toBe('every module is excluded')
    expect(reasons(conf, '5.10.0')).toEqual(['', '', 'BUILD_EXCLUSIVE_KERNEL is ^4'])
    expect(exclusionSteps(confWith({}, [{}, { kernel: '^4' }])).package).toEqual([])
  })

  it('decides as a build would', () => {
    const part = fc.constantFrom('5', '6', '10', '007', '1000', '0', 'rc1', 'fc40', 'x')
    const release = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'))
    const conditions = fc.record(
      {
        kernel: fc.constantFrom('^5', '^(5|6)[.]', 'fc', '.*'),
        kernelMin: release,
        kernelMax: release,
        arch: fc.constantFrom(arch, '^none$'),
        config: fc.array(fc.constantFrom('CONFIG_USB', '!CONFIG_USB', 'CONFIG_PCI', '!CONFIG_PCI', 'CONFIG_MODULES')),
      },
      { requiredKeys: [] },
    )
    const kconfig = readKconfig(absolutePath(config))
    fc.assert(
      fc.property(
        conditions,
        fc.array(conditions, { maxLength: 2 }),
        fc.option(release),
        release,
        (own, modules, by, k) => {
          const conf = confWith(own, modules, by ?? undefined)
          const { packageReason, modules: excluded } = exclusions(conf, { release: k, arch }, kconfig)
          const [forPackage, ...forModules] = reasons(conf, k)
          expect(forPackage !== '').toBe(packageReason !== undefined)
          if (packageReason !== undefined) return
          expect(forModules.map((reason) => reason !== '')).toEqual(modules.map((_, index) => excluded.has(index)))
        },
      ),
      { numRuns: 60 },
    )
  })
})

afterAll(() => rmSync(headers, { recursive: true, force: true }))
