import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { judgePackage } from '../../../../src/packaging/inspect/judge.ts'
import type { ArchiveInspection, InspectedModule } from '../../../../src/packaging/inspect/model.ts'
import { packageRules } from '../../../../src/packaging/inspect/package-rules.ts'
import { checkout } from '../../../support/program.ts'

const kernel = '6.1.0-56-amd64'
const signature = { signer: 'somebody' }

function inspection(more: Partial<ArchiveInspection>): ArchiveInspection {
  return {
    kind: 'dkms-tarball',
    file: '/x.tar.gz',
    bytes: 1,
    compression: 'gzip',
    unpackedBytes: 1,
    name: 'hello',
    version: '1.0',
    content: 'full',
    kernels: [],
    moduleNames: ['hello'],
    files: [],
    modules: [],
    warnings: [],
    integrity: { state: 'intact', checks: [] },
    signatures: [],
    problems: [],
    ...more,
  }
}

function module(path: string, more: Partial<InspectedModule> = {}): InspectedModule {
  return { path, bytes: 1, kernel, signature, ...more }
}

describe('the verdict on a package', () => {
  it.each<[string, Partial<ArchiveInspection>, readonly string[]]>([
    ['nothing wrong', { modules: [module(`lib/modules/${kernel}/extra/a.ko`)] }, []],
    ['a module where no kernel is named', { modules: [module('somewhere/a.ko')] }, []],
    ['a module of another kernel', { modules: [module('/usr/lib/modules/6.2/a.ko')] }, ['vermagic-mismatch']],
    ['one in a tarball', { modules: [module('./dkms_main_tree/6.2/x86_64/module/a.ko')] }, ['vermagic-mismatch']],
    ['a module that is none', { modules: [module('a.ko', { problem: 'it is text' })] }, ['module-unreadable']],
    [
      'a tarball inside that cannot be loaded',
      { problems: [{ kind: 'content', message: 'no' }] },
      ['content-unusable'],
    ],
    ['damage', { problems: [{ kind: 'damage', message: 'no' }] }, ['damaged']],
    ['a bad signature', { problems: [{ kind: 'signature', message: 'no' }] }, ['untrusted']],
  ])('of %s', (_what, more, codes) => {
    const verdict = judgePackage(inspection(more), [])
    expect(verdict.findings.map(({ code }) => code)).toEqual(codes)
    expect(verdict.isAccepted).toBe(codes.length === 0)
  })

  it('is as good with warnings alone', () => {
    const { signature: _, ...unsigned } = module('a.ko')
    const verdict = judgePackage(
      inspection({ modules: [unsigned], integrity: { state: 'unprotected', checks: [] } }),
      [],
    )
    expect(verdict.findings.map(({ code }) => code)).toEqual(['unprotected', 'module-unsigned'])
    expect(verdict).toMatchObject({ isAccepted: true, kernels: [kernel], modules: [{ isSigned: false }] })
  })
})

describe('docs/inspect.md', () => {
  it('has every rule of verify with its severity', () => {
    const text = readFileSync(join(checkout, 'docs/inspect.md'), 'utf8')
    const rows = Object.entries(packageRules).map(([code, { severity }]) => `| \`${code}\` | ${severity} |`)
    expect(rows.filter((row) => !text.includes(row))).toEqual([])
  })
})
