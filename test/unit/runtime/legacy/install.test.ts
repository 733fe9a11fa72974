/** The old directives as part of an install and an uninstall. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { install } from '../../../../src/runtime/install/install.ts'
import { uninstall } from '../../../../src/runtime/install/uninstall.ts'
import type { LegacyHost } from '../../../../src/runtime/legacy/legacy.ts'
import { observeChanges } from '../../../../src/tree/changing.ts'
import { recover } from '../../../../src/tree/journal.ts'
import { loadTree } from '../../../../src/tree/load.ts'
import { first, type SyntheticTree, second, syntheticTree } from '../../tree/synthetic-tree.ts'
import { addBuilt, destination, installRequest, moduleFile, uninstallRequest } from '../install/modules.ts'

const foo = { name: 'foo', version: '1.0' }
const directives = `
MODULES_CONF_ALIAS_TYPE[0]="eth"
MODULES_CONF_OBSOLETES[0]="tg3"
MODULES_CONF[0]="options foo debug=1"
REMAKE_INITRD="yes"
`
const before = 'alias eth0 tg3\n'
const after = 'alias eth0 foo\noptions foo debug=1\n'

let tree: SyntheticTree
let host = ''
let legacy: LegacyHost

beforeEach(() => {
  tree = syntheticTree()
  host = mkdtempSync(join(tmpdir(), 'dkms-factory-legacy-host-'))
  for (const name of ['etc', 'boot', 'bin']) mkdirSync(join(host, name))
  writeFileSync(join(host, 'etc/modprobe.conf'), before)
  writeFileSync(image(), 'old')
  program(`printf new >'${image()}'`)
  legacy = {
    etcRoot: absolutePath(join(host, 'etc')),
    initrd: { boot: absolutePath(join(host, 'boot')), searchPath: join(host, 'bin') },
  }
  for (const kernel of [first, second]) {
    tree.mkdir(`i/${kernel.release}/kernel`)
    const module = moduleFile({ version: '1.0', release: kernel.release })
    addBuilt(tree, foo, kernel, { 'foo.ko': module }, directives)
  }
})
afterEach(() => {
  tree[Symbol.dispose]()
  rmSync(host, { recursive: true, force: true })
})

function image(): string {
  return join(host, 'boot', `initrd.img-${first.release}`)
}

function program(body: string): void {
  writeFileSync(join(host, 'bin/update-initramfs'), `#!/bin/sh\n${body}\n`)
  chmodSync(join(host, 'bin/update-initramfs'), 0o755)
}

function modprobeConf(): string {
  return readFileSync(join(host, 'etc/modprobe.conf'), 'utf8')
}

function isInstalled(): boolean {
  return loadTree(tree.roots).packages.some(({ builds }) => builds.some(({ installed }) => installed))
}

describe('the old directives', () => {
  it('act with an install, and are taken back with the uninstall', async () => {
    const { kernels } = await install(installRequest(tree, foo, { legacy }))
    expect(kernels).toMatchObject([{ state: 'installed' }])
    expect(modprobeConf()).toBe(after)
    expect([readFileSync(image(), 'utf8'), readFileSync(`${image()}.old-dkms`, 'utf8')]).toEqual(['new', 'old'])
    await uninstall(uninstallRequest(tree, foo, { legacy }))
    expect(modprobeConf()).toBe(before)
    expect(existsSync(`${image()}.old-dkms`)).toBe(false)
    expect(existsSync(join(tree.roots.dkmsTree, '.legacy'))).toBe(false)
  })

  it('do not act by default', async () => {
    await install(installRequest(tree, foo))
    expect(modprobeConf()).toBe(before)
    expect(readFileSync(image(), 'utf8')).toBe('old')
  })

  it('stay until the last kernel', async () => {
    await install(installRequest(tree, foo, { legacy, kernels: [first, second] }))
    await uninstall(uninstallRequest(tree, foo, { legacy, kernels: [first] }))
    expect(modprobeConf()).toBe(after)
    await uninstall(uninstallRequest(tree, foo, { legacy, kernels: [second] }))
    expect(modprobeConf()).toBe(before)
  })

  it('take the install back when no ramdisk can be made', async () => {
    program('exit 1')
    const { kernels } = await install(installRequest(tree, foo, { legacy }))
    expect(kernels).toMatchObject([{ state: 'failed', error: { code: 'INITRD_FAILED' } }])
    expect(isInstalled()).toBe(false)
    expect(existsSync(join(tree.roots.dkmsTree, '..', destination('foo.ko')))).toBe(false)
    expect(modprobeConf()).toBe(before)
    expect(readFileSync(image(), 'utf8')).toBe('old')
  })

  it('leave the ramdisk to a caller that runs depmod itself', async () => {
    await install(installRequest(tree, foo, { legacy, depmod: 'defer' }))
    expect(modprobeConf()).toBe(after)
    expect(readFileSync(image(), 'utf8')).toBe('old')
  })

  it('change files with the install or not at all, at whatever change it is killed', async () => {
    const changes: string[] = []
    using _count = observeChanges((change) => changes.push(change))
    await install(installRequest(tree, foo, { legacy: { ...legacy, initrd: undefined } }))
    await uninstall(uninstallRequest(tree, foo, { legacy: { ...legacy, initrd: undefined } }))
    _count[Symbol.dispose]()
    expect(changes.length).toBeGreaterThan(10)
    for (let last = 0; last < changes.length; last += 1) await killedAt(last)
  })

  async function killedAt(last: number): Promise<void> {
    let seen = 0
    const killed = observeChanges(() => {
      if (seen === last) throw new Error('killed')
      seen += 1
    })
    const quiet = { legacy: { ...legacy, initrd: undefined } }
    try {
      await install(installRequest(tree, foo, quiet))
      await uninstall(uninstallRequest(tree, foo, quiet))
    } catch (error) {
      if (!(error instanceof Error && error.message === 'killed')) throw error
    }
    killed[Symbol.dispose]()
    recover(tree.roots, () => {})
    expect({ last, conf: modprobeConf() }).toEqual({ last, conf: isInstalled() ? after : before })
    if (isInstalled()) await uninstall(uninstallRequest(tree, foo, quiet))
    expect(modprobeConf()).toBe(before)
  }
})
