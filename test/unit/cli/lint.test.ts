import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runLint } from '../../../src/cli/commands/lint.ts'
import { parseCommandLine } from '../../../src/cli/grammar.ts'
import { openSession } from '../../../src/cli/session.ts'
import type { Diagnostic } from '../../../src/conf/model.ts'
import { silent } from '../../../src/report.ts'

const base = mkdtempSync(join(tmpdir(), 'cli-lint-'))
afterAll(() => rmSync(base, { recursive: true }))
const good = 'PACKAGE_NAME=good\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\n'

function at(name: string): string {
  return join(base, name)
}

beforeAll(() => {
  mkdirSync(at('pkg/patches'), { recursive: true })
  writeFileSync(at('pkg/dkms.conf'), `${good}NO_WEAK_MODULES=maybe\nPATCH=a.patch\n`)
  writeFileSync(at('pkg/patches/a.patch'), '')
  mkdirSync(at('empty'))
})

async function lint(...names: readonly string[]) {
  const line = parseCommandLine(['lint', ...names.map(at), '--etc', at('etc')])
  const result = await runLint(await openSession(line.options, silent, line.verb), line)
  const findings = result.json['findings'] as readonly Diagnostic[]
  const told = findings.map(({ code, file, line: number }) => `${code} ${file.replace(`${base}/`, '')}:${number ?? ''}`)
  return { ...result, told }
}

describe('what lint is given', () => {
  it('may be a conf of any name, on its own: the files beside it are not held to be its package', async () => {
    writeFileSync(at('foo.conf'), `${good}PATCH=b.patch\nNO_WEAK_MODULES=maybe\n`)
    writeFileSync(at('foo'), 'BUILT_MODULE_NAME=x.ko\n')
    expect((await lint('foo.conf')).told).toEqual(['NOT_YES_OR_NO foo.conf:6'])
    expect((await lint('foo')).told).toContain('MODULE_NAME_SUFFIX foo:1')
  })

  it('may be a conf that reads its version from beside it', async () => {
    mkdirSync(at('computed'))
    writeFileSync(at('computed/VERSION'), '1.0\n')
    writeFileSync(at('computed/my.conf'), good.replace('1.0', '$(cat VERSION)'))
    expect((await lint('computed/my.conf')).told).toEqual([])
  })

  it('is an archive by its content, not its name', async () => {
    execFileSync('tar', ['-czf', at('dkms.conf.odd'), '-C', base, 'pkg'])
    expect((await lint('dkms.conf.odd')).told).toEqual(['NOT_YES_OR_NO dkms.conf.odd:pkg/dkms.conf:5'])
  })

  it.each([
    ['text.txt', 'Just words.\nMore of them.\n', 'ARCHIVE_UNREADABLE', /neither a dkms\.conf nor an archive/],
    ['zeros.conf', 'PACKAGE_NAME=x\0\n', 'ARCHIVE_UNREADABLE', /neither a dkms\.conf nor an archive/],
    ['nothing', '', 'ARCHIVE_UNREADABLE', /neither a dkms\.conf nor an archive/],
    ['x.zip', 'PK\x03\x04aaaa', 'ARCHIVE_UNREADABLE', /a zip archive/],
  ])('is refused when it is neither: %s', async (name, content, code, message) => {
    writeFileSync(at(name), content)
    expect((await lint(name)).failure).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('is told from what is no file at all', async () => {
    symlinkSync('/dev/null', at('null'))
    expect((await lint('null')).failure?.message).toMatch(/null is neither a file nor a directory/)
    expect((await lint('none')).failure?.message).toMatch(/none does not exist/)
  })
})

describe('several words', () => {
  it('are each checked, whatever is wrong with another', async () => {
    const { told, failure, json, text } = await lint('none', 'pkg', 'empty')
    expect(told).toEqual(['ARCHIVE_MISSING none:', 'NOT_YES_OR_NO pkg/dkms.conf:5', 'CONF_NOT_FOUND empty:'])
    expect(failure?.code).toBe('LINT_FAILED')
    expect(json).toMatchObject({ errors: 3, warnings: 0 })
    expect(text).toContain('none does not exist [ARCHIVE_MISSING]')
  })

  it('have what does not end in one of them told, and the rest checked', async () => {
    writeFileSync(at('loop.conf'), `${good}while :; do :; done\n`)
    expect((await lint('loop.conf', 'pkg')).told).toEqual([
      'CONF_UNREADABLE loop.conf:',
      'NOT_YES_OR_NO pkg/dkms.conf:5',
    ])
  })

  it('are all checked with the options, so a wrong one is told once', async () => {
    const line = parseCommandLine(['lint', at('pkg'), at('empty'), '--directive', 'nonsense'])
    await expect(runLint(await openSession(line.options, silent, 'lint'), line)).rejects.toMatchObject({
      code: 'USAGE',
    })
  })
})

describe('findings about the files of a package', () => {
  it('stand beside those about its conf', async () => {
    symlinkSync('circle', at('pkg/circle'))
    const { told } = await lint('pkg')
    expect(told).toEqual(['FILE_UNREADABLE pkg/circle:', 'NOT_YES_OR_NO pkg/dkms.conf:5'])
    rmSync(at('pkg/circle'))
  })

  it('are told as JSON with the failure, in one document', async () => {
    const { json, failure } = await lint('none')
    expect(failure?.code).toBe('ARCHIVE_MISSING')
    expect(json).toMatchObject({
      errors: 1,
      findings: [{ severity: 'error', code: 'ARCHIVE_MISSING', file: at('none') }],
    })
  })

  it('say once what is wrong with an expression of index 0', async () => {
    mkdirSync(at('regex'))
    writeFileSync(at('regex/dkms.conf'), `${good}BUILD_EXCLUSIVE_KERNEL="^(5|6"\n`)
    expect((await lint('regex')).told).toEqual(['REGEX_INVALID regex/dkms.conf:5'])
  })
})
