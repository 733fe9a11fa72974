import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { generatedFiles } from '../../../scripts/generate-host-files.ts'
import { exitStatuses, statusesOfVerbs } from '../../../src/cli/exit-codes.ts'
import type { OptionSpec } from '../../../src/cli/option-spec.ts'
import { optionTable } from '../../../src/cli/options.ts'
import { verbTable } from '../../../src/cli/verbs.ts'
import { directiveNames } from '../../../src/conf/directives.ts'
import { frameworkSettings, loadFramework } from '../../../src/conf/framework.ts'
import { checkout, installHostFiles, skipBecause, whyNoProgram } from './host-root.ts'

const scratch = mkdtempSync(join(tmpdir(), 'dkms-factory-generated-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function committed(path: string): string {
  return readFileSync(join(checkout, path), 'utf8')
}

describe('generated files', () => {
  it.each([...generatedFiles()])('%s is what scripts/generate-host-files.ts makes now', (path, text) => {
    expect(committed(path)).toBe(text)
  })
})

describe('framework.conf', () => {
  const text = committed('host/etc/framework.conf')

  async function settingsOf(name: string, conf: string) {
    mkdirSync(join(scratch, name))
    writeFileSync(join(scratch, name, 'framework.conf'), conf)
    return loadFramework(join(scratch, name), { kernelver: '6.1.0-2-amd64' })
  }

  it('sets nothing as it is installed', async () => {
    expect(await settingsOf('as-installed', text)).toEqual(await settingsOf('empty', ''))
  })

  it('has an example for every setting, and each is a value the program understands', async () => {
    const examples = text.replaceAll(/^#(?=\w+=)/gm, '')
    const settings = await settingsOf('examples', examples)
    for (const name of Object.keys(frameworkSettings)) expect(examples).toMatch(new RegExp(`^${name}=.`, 'm'))
    expect(Object.keys(settings)).toHaveLength(Object.keys(frameworkSettings).length)
    expect(settings).toMatchObject({
      legacyDirectives: true,
      continueOnError: false,
      trySignModules: 'true',
      parallelJobs: 4,
    })
    expect(settings.signFile).toBe('/lib/modules/6.1.0-2-amd64/build/scripts/sign-file')
  })
})

const pages = ['dkms-factory.8', 'dkms.conf.5', 'framework.conf.5']
const pageFile = (page: string) => join(checkout, 'host/man', page)

describe('manual pages, as groff shows them', () => {
  skipBecause(whyNoProgram('groff'))

  it.each(pages)('%s: there is nothing to warn about', (page) => {
    const ran = spawnSync('groff', ['-ww', '-mandoc', '-Tutf8', '-z', pageFile(page)], { encoding: 'utf8' })
    expect(ran).toMatchObject({ stderr: '', status: 0 })
  })

  function shown(page: string): string {
    const ran = spawnSync('groff', ['-mandoc', '-Tascii', '-P-cbou', '-rLL=1000n', pageFile(page)], {
      encoding: 'utf8',
    })
    return ran.stdout.replaceAll(/\s+/g, ' ')
  }

  it('dkms-factory(8) names every action, option and exit status', () => {
    const text = shown('dkms-factory.8')
    for (const verb of Object.keys(verbTable)) expect(text).toContain(` ${verb} `)
    for (const spec of optionTable as readonly OptionSpec[]) expect(text).toContain(`--${spec.long}`)
    for (const status of Object.values(exitStatuses)) expect(text).toMatch(new RegExp(` ${status} [a-z-]`))
  })

  it('dkms.conf(5) and framework.conf(5) name every directive and setting', () => {
    const conf = shown('dkms.conf.5')
    for (const name of directiveNames) expect(conf).toContain(name)
    const framework = shown('framework.conf.5')
    for (const name of Object.keys(frameworkSettings)) expect(framework).toContain(`${name}=`)
  })
})

describe('manual pages, as mandoc sees them', () => {
  skipBecause(whyNoProgram('mandoc'))

  // What is left out depends on the host it runs on, and on the system the page is for.
  const aboutTheHost = /referenced manual not found|operating system explicitly specified/

  it.each(pages)('%s: there is nothing to say', (page) => {
    const { stdout } = spawnSync('mandoc', ['-Tlint', pageFile(page)], { encoding: 'utf8' })
    expect(stdout.split('\n').filter((line) => line !== '' && !aboutTheHost.test(line))).toEqual([])
  })
})

describe('manual pages, as man finds them', () => {
  skipBecause(whyNoProgram('man'))

  it('dkms(8) is dkms-factory(8) where they are installed', () => {
    installHostFiles(join(scratch, 'root'), 'debian', 'doc')
    const env = { PATH: process.env['PATH'], MANPATH: join(scratch, 'root/usr/share/man'), LC_ALL: 'C.UTF-8' }
    const [dkms, factory] = ['dkms', 'dkms-factory'].map((page) =>
      spawnSync('man', ['--warnings', '8', page], { encoding: 'utf8', env }),
    )
    expect(dkms?.stdout).toContain('build, install and pack kernel modules')
    expect(dkms?.stdout).toBe(factory?.stdout)
    expect(`${dkms?.stderr}${factory?.stderr}`).toBe('')
  })
})

describe('docs/errors.md', () => {
  it('has a row with the exit status for every error', () => {
    const page = committed('docs/errors.md')
    for (const [code, status] of Object.entries(exitStatuses)) {
      expect(page).toMatch(new RegExp(`^\\| \`${code}\` \\| .*\\b${status} \\| .+ \\|$`, 'm'))
    }
  })

  it('and the statuses of single actions', () => {
    const page = committed('docs/errors.md')
    for (const [verb, statuses] of Object.entries(statusesOfVerbs)) {
      for (const [code, status] of Object.entries(statuses)) {
        expect(page).toContain(`| \`${verb}\` | \`${code}\` | ${status} |\n`)
      }
    }
  })
})
