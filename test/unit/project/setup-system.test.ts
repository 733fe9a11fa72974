import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = resolve(import.meta.dirname, '../../../scripts/setup-system.sh')
const plainTools = ['sh', 'cat', 'grep', 'sed', 'sort', 'head', 'tail', 'mktemp', 'rm', 'touch', 'env', 'cp', 'true']

let bin = ''

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'dkms-factory-setup-'))
  for (const tool of plainTools) symlinkSync(find(tool), join(bin, tool))
})

afterEach(() => rmSync(bin, { recursive: true, force: true }))

function find(tool: string): string {
  const path = (process.env['PATH'] ?? '').split(delimiter).find((directory) => existsSync(join(directory, tool)))
  if (path === undefined) throw new Error(`${tool} is not on PATH`)
  return join(path, tool)
}

/** A program that records how it was called and then runs `body`. */
function install(name: string, body = ''): void {
  writeFileSync(join(bin, name), `#!${find('sh')}\necho "${name} $*" >>'${bin}/calls'\n${body}\n`)
  chmodSync(join(bin, name), 0o755)
}

function calls(): string[] {
  if (!existsSync(join(bin, 'calls'))) return []
  return readFileSync(join(bin, 'calls'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('id '))
}

/** Runs the script where /usr/sbin and /sbin, which it appends to PATH, are replaced by nothing. */
function setUp(...groups: string[]): { status: number | null; stdout: string } {
  const text = readFileSync(script, 'utf8').replace(/^PATH=.*$/m, '')
  return spawnSync(join(bin, 'sh'), ['-c', text, script, ...groups], { encoding: 'utf8', env: { PATH: bin } })
}

/** apt-get that can install the given packages, each of which brings the program of the same name. */
function installApt(...packages: readonly string[]): void {
  const cases = packages.map((name) => `${name}) cp '${bin}/touch' '${bin}/${name}' ;;`).join(' ')
  install(
    'apt-get',
    `[ "$1" = install ] || exit 0; shift
     for word; do case $word in -*) ;; ${cases} *) echo "E: Unable to locate package $word"; exit 100 ;; esac; done`,
  )
}

const asRoot = 'echo 0'
const asUser = 'echo 1000'

describe('scripts/setup-system.sh', () => {
  it('starts no package manager when nothing is missing', () => {
    install('id', asRoot)
    installApt()
    install('shellcheck')
    expect(setUp('lint')).toMatchObject({ status: 0, stdout: '' })
    expect(calls()).toEqual([])
  })

  it('installs what is missing, and nothing the second time', () => {
    install('id', asRoot)
    installApt('shellcheck')
    expect(setUp('lint')).toMatchObject({ status: 0, stdout: '== setup: installing through apt: shellcheck\n' })
    expect(calls()).toEqual(['apt-get install -y -qq --no-install-recommends shellcheck'])
    expect(setUp('lint')).toMatchObject({ status: 0, stdout: '' })
    expect(calls()).toHaveLength(1)
  })

  it('installs the others when one is not on offer, and names that one', () => {
    install('id', asRoot)
    installApt('shellcheck')
    for (const present of ['rpmbuild', 'createrepo_c']) install(present)
    const { status, stdout } = setUp('lint', 'bench')
    expect(status).toBe(0)
    expect(stdout).toContain('could not install dkms: E: Unable to locate package dkms\n')
    expect(stdout).toContain('still missing, going on without: dkms\n')
    expect(existsSync(join(bin, 'shellcheck'))).toBe(true)
  })

  it('names what is missing and goes on where it may not install', () => {
    install('id', asUser)
    installApt('shellcheck')
    const { status, stdout } = setUp('lint')
    expect(status).toBe(0)
    expect(stdout).toContain('only root can change that: shellcheck\n')
    expect(calls()).toEqual([])
  })

  it('asks sudo when it is not root', () => {
    install('id', asUser)
    installApt('shellcheck')
    install('sudo', '[ "$1" = -n ] && shift; exec "$@"')
    expect(setUp('lint')).toMatchObject({ status: 0 })
    expect(calls()).toContain('apt-get install -y -qq --no-install-recommends shellcheck')
  })

  it.each([
    ['dnf', 'ShellCheck'],
    ['zypper', 'ShellCheck'],
  ])('knows what %s calls the package', (manager, name) => {
    install('id', asRoot)
    install(manager, `cp '${bin}/touch' '${bin}/shellcheck'`)
    expect(setUp('lint').stdout).toBe(`== setup: installing through ${manager}: ${name}\n`)
  })

  it('names programs where there is no package manager it knows', () => {
    install('id', asRoot)
    expect(setUp('lint').stdout).toContain('shellcheck\n')
  })
})
