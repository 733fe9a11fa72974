/** The emulated machine itself: what it reports can be believed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootAndRun } from '../../support/vm/boot.ts'
import { type BootableKernel, bootImpossible, fetchKernel, makeInstallTree } from '../../support/vm/kernel.ts'
import type { ModuleTree } from '../../support/vm/module-tree.ts'

const impossible = bootImpossible()

describe.skipIf(impossible !== undefined)(`a kernel of the distribution, booted ${impossible ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'dkms-factory-vm-harness-'))
  const dir = join(scratch, 'lib/modules')
  let kernel: BootableKernel
  let tree: ModuleTree

  beforeAll(async () => {
    kernel = await fetchKernel()
    await makeInstallTree(dir, kernel)
    tree = { dir, release: kernel.release, modules: ['dummy', 'loop'] }
  })
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  it('loads its own modules, tells failures, and runs every step', async () => {
    const { own, missing, output, empty } = await bootAndRun({
      image: kernel.image,
      trees: { own: tree, empty: { ...tree, modules: [] } },
      steps: {
        missing: { tree: 'own', script: 'modprobe no-such-module' },
        own: { tree: 'own', script: 'modprobe dummy && modprobe loop && lsmod && cat /proc/sys/kernel/tainted' },
        output: { tree: 'own', script: 'uname -r; echo; echo "to error" >&2; printf unfinished; exit 3' },
        empty: { tree: 'empty', script: 'modprobe -r loop; modprobe loop' },
      },
    })
    expect(own.status).toBe(0)
    expect(own.lines.map((line) => line.split(' ')[0])).toEqual(['Module', 'loop', 'dummy', '0'])
    expect(own.dmesg.join('\n')).toContain('loop: module loaded')
    expect(missing.status).toBe(1)
    expect(missing.lines.join()).toContain('Module no-such-module not found')
    expect(output).toMatchObject({ status: 3, lines: [kernel.release, 'to error', 'unfinished'] })
    expect(empty.status).toBe(1)
  })

  it('is killed when a step does not end, and says which', async () => {
    const steps = { endless: { tree: 'own', script: 'sleep 1000' } }
    const booted = bootAndRun({ image: kernel.image, trees: { own: tree }, steps, timeoutMs: 15_000 })
    await expect(booted).rejects.toThrow('the guest was killed after 15 s in step endless')
  })

  it('shows the end of the console when the kernel panics', async () => {
    const steps = { panic: { tree: 'own', script: 'echo c >/proc/sysrq-trigger' } }
    const booted = bootAndRun({ image: kernel.image, trees: { own: tree }, steps })
    await expect(booted).rejects.toThrow(/ended by itself in step panic[^]*Kernel panic - not syncing/)
  })
})
