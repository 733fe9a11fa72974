/** What `install` puts into a host's modules is what its kernel loads, and after `uninstall` it loads what it did before. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootAndRun } from '../../support/vm/boot.ts'
import { type FormName, formNames, forms, makeHostOf } from '../../support/vm/forms.ts'
import { fixture, type Host } from '../../support/vm/host.ts'
import { type BootableKernel, bootImpossible, fetchKernel } from '../../support/vm/kernel.ts'
import { copyModuleTree, type ModuleTree } from '../../support/vm/module-tree.ts'
import type { StepResult } from '../../support/vm/transcript.ts'

const impossible = bootImpossible()
const stages = ['before', 'installed', 'upgraded', 'uninstalled'] as const

type Moment = `${FormName} ${(typeof stages)[number]}`

/** dummy is a module of the kernel that makes a network device; the replacement says that it was loaded instead. */
const script = `
  modprobe dummy && modinfo -n dummy && echo "taint $(cat /sys/module/dummy/taint)" && ls /sys/class/net | grep dummy
  modprobe hello && echo "hello $(cat /sys/module/hello/version)" && echo "signer $(modinfo -F signer hello)"
  modprobe -r dummy hello
  true
`

describe.skipIf(impossible !== undefined)(`install and uninstall in a booted kernel ${impossible ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'dkms-factory-vm-install-'))
  const hosts: Host[] = []
  let kernel: BootableKernel
  let original: Buffer
  let results: Readonly<Record<Moment, StepResult>>

  afterAll(() => {
    for (const host of hosts) host[Symbol.dispose]()
    rmSync(scratch, { recursive: true, force: true })
  })

  /** Goes through the stages and keeps what /lib/modules is like in each. */
  async function goThrough(name: FormName): Promise<[Moment, ModuleTree][]> {
    const host = await makeHostOf(forms[name], kernel)
    hosts.push(host)
    const keep = (stage: (typeof stages)[number]): [Moment, ModuleTree] => {
      const tree = { dir: host.modules, release: kernel.release, modules: ['dummy', 'hello'] }
      const dir = join(scratch, name, stage)
      copyModuleTree(tree, dir)
      return [`${name} ${stage}`, { ...tree, dir }]
    }
    const before = keep('before')
    await host.dkms('install', fixture('dummy-replacement-1.0'))
    await host.dkms('install', fixture('hello-1.0'))
    const installed = keep('installed')
    await host.dkms('install', fixture('hello-2.0'))
    const upgraded = keep('upgraded')
    await host.dkms('uninstall', 'dummy-replacement/1.0')
    await host.dkms('uninstall', 'hello/2.0')
    return [before, installed, upgraded, keep('uninstalled')]
  }

  beforeAll(async () => {
    kernel = await fetchKernel()
    original = readFileSync(join(kernel.modules, 'kernel/drivers/net/dummy.ko'))
    const moments: [Moment, ModuleTree][] = []
    for (const name of formNames) moments.push(...(await goThrough(name)))
    const steps = moments.map(([moment]) => [moment, { tree: moment, script }] as const)
    results = await bootAndRun<Moment>({
      image: kernel.image,
      trees: Object.fromEntries(moments),
      steps: Object.fromEntries(steps) as Record<Moment, (typeof steps)[number][1]>,
    })
  })

  it.each(formNames)('the module of the package is loaded in place of the one of the kernel: %s', (name) => {
    const { lines, dmesg } = results[`${name} installed`]
    const { suffix, signed } = forms[name]
    expect(lines).toEqual([
      `/lib/modules/${kernel.release}/updates/dkms/dummy.ko${suffix}`,
      'taint OE',
      'hello 1.0',
      expect.stringMatching(signed ? /^signer DKMS/ : /^signer $/),
    ])
    expect(dmesg).toEqual(expect.arrayContaining(['dummy: replacement loaded', 'hello: loaded']))
  })

  it.each(formNames)('a newer version takes the place of an older one: %s', (name) => {
    expect(results[`${name} upgraded`].lines).toContain('hello 2.0')
  })

  it.each(formNames)('the original is loaded again after the uninstall, as it was before: %s', (name) => {
    for (const stage of ['before', 'uninstalled'] as const) {
      const { lines, dmesg } = results[`${name} ${stage}`]
      const path = `/lib/modules/${kernel.release}/kernel/drivers/net/dummy.ko${forms[name].suffix}`
      expect(lines.slice(0, 3)).toEqual([path, 'taint ', 'dummy0'])
      expect(lines.join('\n')).toContain('Module hello not found')
      expect(dmesg.join('\n')).not.toContain('replacement')
    }
  })

  it('the modules that the host shares with the cache of these tests are untouched', () => {
    expect(readFileSync(join(kernel.modules, 'kernel/drivers/net/dummy.ko'))).toEqual(original)
  })
})
