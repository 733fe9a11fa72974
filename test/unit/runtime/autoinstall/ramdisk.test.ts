import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { autoinstall } from '../../../../src/runtime/autoinstall/autoinstall.ts'
import type { ManyRequest } from '../../../../src/runtime/autoinstall/model.ts'
import { loadTree } from '../../../../src/tree/load.ts'
import { first, type SyntheticTree, syntheticTree } from '../../tree/synthetic-tree.ts'
import { addBuilt, installRequest, moduleFile } from '../install/modules.ts'

let tree: SyntheticTree
let host: string

beforeEach(() => {
  tree = syntheticTree()
  host = mkdtempSync(join(tmpdir(), 'ramdisk-'))
  for (const name of ['etc', 'boot', 'bin']) mkdirSync(join(host, name))
  writeFileSync(join(host, 'boot', `initrd.img-${first.release}`), 'old image')
  tree.mkdir(`i/${first.release}/kernel`)
  for (const name of ['foo', 'bar']) {
    addBuilt(tree, { name, version: '1.0' }, first, { [`${name}.ko`]: moduleFile() }, 'REMAKE_INITRD="yes"\n')
  }
})
afterEach(() => {
  tree[Symbol.dispose]()
  rmSync(host, { recursive: true })
})

function dracut(script: string): void {
  writeFileSync(join(host, 'bin/dracut'), `#!/bin/sh\necho made >> ${host}/log\n${script}\n`, { mode: 0o755 })
}

function request(): ManyRequest {
  const initrd = { boot: absolutePath(join(host, 'boot')), searchPath: join(host, 'bin') }
  const legacy = { etcRoot: absolutePath(join(host, 'etc')), initrd }
  return { ...installRequest(tree, { name: 'foo', version: '1.0' }, { legacy }), depmod: 'run' }
}

function installed(): readonly string[] {
  const { packages } = loadTree(tree.roots)
  return packages.filter(({ builds }) => builds.some((build) => build.installed)).map(({ id }) => id.name)
}

describe('autoinstall of packages with REMAKE_INITRD', () => {
  it('makes one ramdisk for all of them', async () => {
    dracut('echo new image > "$2"')
    await autoinstall(request(), [first])
    expect(readFileSync(join(host, 'log'), 'utf8')).toBe('made\n')
    expect(installed()).toEqual(['bar', 'foo'])
  })

  it('takes all of them back when the ramdisk cannot be made', async () => {
    dracut('exit 3')
    const result = await autoinstall(request(), [first])
    expect(result).toMatchObject({ kernels: [{ packages: [{ state: 'failed' }, { state: 'failed' }] }] })
    expect(installed()).toEqual([])
    expect(readFileSync(join(host, 'boot', `initrd.img-${first.release}`), 'utf8')).toBe('old image')
  })
})
