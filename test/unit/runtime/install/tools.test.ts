import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadFramework } from '../../../../src/conf/framework.ts'
import { absolutePath } from '../../../../src/domain.ts'
import type { ProgressEvent } from '../../../../src/report.ts'
import type { Host } from '../../../../src/runtime/install/host.ts'
import { install } from '../../../../src/runtime/install/install.ts'
import { uninstall } from '../../../../src/runtime/install/uninstall.ts'
import { runPostTransaction } from '../../../../src/runtime/post-transaction.ts'
import { listTree } from '../../../support/tree-listing.ts'
import { first, type SyntheticTree, syntheticTree } from '../../tree/synthetic-tree.ts'
import { actionContext } from '../action-context.ts'
import { addBuilt, destination, installRequest, moduleFile, uninstallRequest } from './modules.ts'

const foo = { name: 'foo', version: '1.0' }
const kernelTree = `i/${first.release}`

let tree: SyntheticTree
let events: ProgressEvent[]
let path: string | undefined

beforeEach(() => {
  tree = syntheticTree()
  events = []
  path = process.env['PATH']
  tree.mkdir(`${kernelTree}/kernel`)
  addBuilt(tree, foo, first, { 'foo.ko': moduleFile({ version: '1.0' }) })
})
afterEach(() => {
  process.env['PATH'] = path
  tree[Symbol.dispose]()
})

const report = (event: ProgressEvent) => void events.push(event)
const installed = () => existsSync(join(tree.roots.dkmsTree, '..', destination('foo.ko')))

/** A program that notes how it was called. */
function program(name: string, more = ''): string {
  const log = join(tree.roots.tmp, `${name}.log`)
  const file = tree.write(`bin/${name}`, `#!/bin/sh\necho "$*" >> ${log}\n${more}\n`)
  chmodSync(file, 0o755)
  process.env['PATH'] = `${join(file, '..')}:${path ?? ''}`
  return log
}

const calls = (log: string) => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])

describe('depmod', () => {
  const system = (): Partial<Host> => ({ systemInstallTree: tree.roots.installTree })

  it('is run once for the release of the system', async () => {
    const log = program('depmod')
    tree.write(`${kernelTree}/modules.dep`)
    await install(installRequest(tree, foo, { onHost: system() }))
    expect(calls(log)).toEqual([`-a ${first.release}`])
  })

  it.each([
    ['with --no-depmod', 'skip' as const, true],
    ['when the caller does it', 'defer' as const, true],
    ['without modules.dep', 'run' as const, false],
  ])('is not run %s', async (_, depmod, hasDep) => {
    const log = program('depmod')
    if (hasDep) tree.write(`${kernelTree}/modules.dep`)
    const result = await install(installRequest(tree, foo, { onHost: system(), depmod }))
    expect(calls(log)).toEqual([])
    expect(result.depmodPending).toEqual(depmod === 'defer' ? [first] : [])
  })

  it('that fails takes the install back, with all that gave way', async () => {
    program('depmod', 'exit 1')
    tree.write(`${kernelTree}/modules.dep`)
    tree.write(`${kernelTree}/kernel/foo.ko`, moduleFile({ version: '0.1' }))
    const before = listTree(tree.roots.installTree)
    const { kernels } = await install(installRequest(tree, foo, { onHost: system() }))
    expect(kernels).toMatchObject([{ state: 'failed', error: { code: 'DEPMOD_FAILED' } }])
    expect(listTree(tree.roots.installTree)).toEqual(before)
    expect(readdirSync(join(tree.roots.dkmsTree, 'foo'))).toEqual(['1.0'])
  })

  it('that fails after an uninstall is a warning', async () => {
    await install(installRequest(tree, foo))
    program('depmod', 'exit 1')
    tree.write(`${kernelTree}/modules.dep`)
    const { host } = installRequest(tree, foo, { onHost: system() })
    await uninstall(uninstallRequest(tree, foo, { host, report }))
    expect(events).toMatchObject([{ kind: 'warning', code: 'DEPMOD_FAILED' }])
    expect(installed()).toBe(false)
  })

  const missing = spawnSync('depmod', ['--version']).error !== undefined
  it.skipIf(missing)(
    'writes its files into an install tree of any name, and cleans up after a kernel that is gone (needs depmod)',
    async () => {
      tree.write(`${kernelTree}/modules.dep`)
      await install(installRequest(tree, foo))
      expect(readFileSync(join(tree.roots.dkmsTree, '..', kernelTree, 'modules.dep'), 'utf8')).toBe(
        'updates/dkms/foo.ko:\n',
      )
      rmSync(join(tree.roots.installTree, first.release, 'kernel'), { recursive: true })
      await uninstall(uninstallRequest(tree, foo))
      expect(readdirSync(join(tree.roots.installTree, first.release))).toEqual([])
      expect(readdirSync(tree.roots.tmp)).toEqual([])
    },
  )
})

describe('weak-modules', () => {
  function onHost(log: string): Partial<Host> {
    const tool = join(log, '../../bin/weak-modules')
    return {
      systemInstallTree: tree.roots.installTree,
      weakModules: {
        path: tool,
        add: (release) => ['--add', release],
        remove: (release) => ['--remove', release],
        environment: {},
      },
    }
  }

  /** As the real one does: a link is taken away when its module is gone, and not as long as it is there. */
  function linking(other: string): string {
    return `mkdir -p ${other}
while read -r file; do
  link=${other}/\${file##*/}
  case $1 in
    --add) ln -sf "$file" "$link" ;;
    --remove) [ -e "$file" ] || rm -f "$link" ;;
  esac
done`
  }

  it('leaves no link to a module that an uninstall has taken away', async () => {
    const other = join(tree.roots.installTree, 'other', 'weak-updates')
    const { host } = installRequest(tree, foo, { onHost: onHost(program('weak-modules', linking(other))) })
    await install(installRequest(tree, foo, { host }))
    expect(readdirSync(other)).toEqual(['foo.ko'])
    await uninstall(uninstallRequest(tree, foo, { host }))
    expect(readdirSync(other)).toEqual([])
  })

  it('leaves no link to a module that another version has not', async () => {
    const newer = { name: 'foo', version: '2.0' }
    const both = { 'foo.ko': moduleFile({ version: '1.0' }), 'bar.ko': moduleFile({ version: '1.0' }) }
    addBuilt(tree, foo, first, both)
    addBuilt(tree, newer, first, { 'foo.ko': moduleFile({ version: '2.0' }) })
    const other = join(tree.roots.installTree, 'other', 'weak-updates')
    const { host } = installRequest(tree, foo, { onHost: onHost(program('weak-modules', linking(other))) })
    await install(installRequest(tree, foo, { host }))
    expect(readdirSync(other)).toEqual(['bar.ko', 'foo.ko'])
    await install(installRequest(tree, newer, { host }))
    expect(readdirSync(other)).toEqual(['foo.ko'])
  })

  it('keeps the links when the module is installed anew', async () => {
    const other = join(tree.roots.installTree, 'other', 'weak-updates')
    const { host } = installRequest(tree, foo, { onHost: onHost(program('weak-modules', linking(other))) })
    await install(installRequest(tree, foo, { host }))
    await install(installRequest(tree, foo, { host, force: true }))
    expect(existsSync(join(other, 'foo.ko'))).toBe(true)
  })

  it('is told files by the name it knows the install tree by, and finds the environment of its distribution', async () => {
    const log = program(
      'weak-modules',
      `cat >> ${tree.roots.tmp}/weak-modules.log\necho "$SAID" >> ${tree.roots.tmp}/weak-modules.log`,
    )
    const other = absolutePath(join(tree.roots.tmp, 'modules'))
    symlinkSync(tree.roots.installTree, other)
    const { weakModules } = onHost(log)
    const told = weakModules === undefined ? undefined : { ...weakModules, environment: { SAID: 'as it wants' } }
    await install(installRequest(tree, foo, { onHost: { systemInstallTree: other, weakModules: told } }))
    expect(calls(log)).toEqual([
      `--add ${first.release}`,
      `${other}/${first.release}/updates/dkms/foo.ko`,
      'as it wants',
    ])
  })

  it('is told the installed files on its standard input, after an uninstall too', async () => {
    const log = program('weak-modules', `cat >> ${tree.roots.tmp}/weak-modules.log`)
    const { host } = installRequest(tree, foo, { onHost: onHost(log) })
    await install(installRequest(tree, foo, { host }))
    await uninstall(uninstallRequest(tree, foo, { host }))
    const file = `${tree.roots.installTree}/${first.release}/updates/dkms/foo.ko`
    expect(calls(log)).toEqual([`--add ${first.release}`, file, `--remove ${first.release}`, file])
  })

  it.each([
    ['NO_WEAK_MODULES of dkms.conf', {}, {}, 'NO_WEAK_MODULES=yes\n'],
    ['NO_WEAK_MODULES of the environment', { environment: { NO_WEAK_MODULES: '1' } }, {}, ''],
    ['another install tree', {}, { systemInstallTree: absolutePath('/nonexistent') }, ''],
  ])('is not run with %s', async (_, more, host, conf) => {
    const log = program('weak-modules')
    addBuilt(tree, foo, first, { 'foo.ko': moduleFile({ version: '1.0' }) }, conf)
    await install(installRequest(tree, foo, { ...more, onHost: { ...onHost(log), ...host } }))
    expect(calls(log)).toEqual([])
  })

  it('that fails is a warning', async () => {
    const log = program('weak-modules', 'exit 1')
    await install(installRequest(tree, foo, { onHost: onHost(log), report }))
    expect(events).toMatchObject([{ kind: 'warning', code: 'COMMAND_FAILED' }, {}])
    expect(installed()).toBe(true)
  })
})

describe('modprobe_on_install', () => {
  it.each([
    [first.release, true],
    ['another', false],
  ])('acts when %s is running: %s', async (runningRelease, acts) => {
    const log = program('modprobe', 'exit 1')
    program('systemctl')
    const onHost = { runningRelease, systemInstallTree: tree.roots.installTree }
    await install(installRequest(tree, foo, { onHost, modprobeOnInstall: true }))
    if (existsSync('/sys/devices')) expect(calls(log).length > 0).toBe(acts)
    for (const call of calls(log)) expect(call).toMatch(/^-a -b -q \S/)
  })
})

describe('post_transaction', () => {
  async function context(line: string) {
    tree.write('e/framework.conf', `post_transaction="${line}"\n`)
    const settings = await loadFramework(tree.roots.etc, { kernelver: 'running' })
    return { ...actionContext(tree.roots, report), settings }
  }
  const log = () => readFileSync(join(tree.roots.dkmsTree, 'post_transaction.log'), 'utf8')

  it('runs with the kernel of the command, and its output is kept', async () => {
    await runPostTransaction(await context('echo for $kernelver; echo err >&2'), first)
    const line = `echo for ${first.release}; echo err >&2`
    const frame = `\n# exit code: 0\n# elapsed time: TIME\n${'-'.repeat(64)}\n`
    expect(log().replace(/\d\d:\d\d:\d\d/, 'TIME')).toBe(
      `\nExecuting post-transaction command\n# command: ${line}\nfor ${first.release}\nerr\n${frame}`,
    )
  })

  it('that fails is a warning with its status in the log', async () => {
    await runPostTransaction(await context('exit 7'), first)
    expect(log()).toContain('# exit code: 7')
    expect(events).toMatchObject([{ kind: 'note' }, { kind: 'warning', hint: expect.stringContaining('.log') }])
  })

  it('is not run in a dry run, nor when there is none', async () => {
    await runPostTransaction({ ...(await context('false')), dryRun: true }, first)
    await runPostTransaction(actionContext(tree.roots, report), first)
    expect(events).toEqual([])
  })
})
