/** What `build` makes is loaded by a real kernel, in each form that a distribution may ask for. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootAndRun } from '../../support/vm/boot.ts'
import { type Form, type FormName, formNames, forms, makeHostOf } from '../../support/vm/forms.ts'
import { fixture, type Host } from '../../support/vm/host.ts'
import { type BootableKernel, bootImpossible, fetchKernel, runDepmod } from '../../support/vm/kernel.ts'
import type { ModuleTree } from '../../support/vm/module-tree.ts'
import type { StepResult } from '../../support/vm/transcript.ts'

const impossible = bootImpossible()

describe.skipIf(impossible !== undefined)(`modules in a booted kernel ${impossible ?? ''}`, () => {
  const hosts: Host[] = []
  let kernel: BootableKernel

  afterAll(() => {
    for (const host of hosts) host[Symbol.dispose]()
  })

  /** A host whose kernel has its modules in that form, and both packages built where a host would have them. */
  async function buildAs(form: Form): Promise<ModuleTree> {
    const host = await makeHostOf(form, kernel)
    hosts.push(host)
    const own = join(host.modules, kernel.release)
    mkdirSync(join(own, 'updates/dkms'), { recursive: true })
    for (const name of ['hello', 'two-modules']) {
      await host.dkms('add', fixture(`${name}-1.0`))
      await host.dkms('build', `${name}/1.0`)
      const built = join(host.tree, name, '1.0', kernel.release, 'x86_64/module')
      const files = readdirSync(built).filter((file) => file.includes('.ko'))
      expect(files.every((file) => file.endsWith(`.ko${form.suffix}`))).toBe(true)
      for (const file of files) copyFileSync(join(built, file), join(own, 'updates/dkms', file))
    }
    await runDepmod(host.modules, kernel.release)
    return { dir: host.modules, release: kernel.release, modules: ['dummy', 'hello', 'first', 'renamed'] }
  }

  /** All of them in, the taint and the signer told, and out again. */
  const script = `
    modprobe dummy && modprobe hello && modprobe first && modprobe renamed || exit 1
    lsmod | cut -d' ' -f1 | sort | tr '\\n' ' '; echo
    echo "taint $(cat /sys/module/hello/taint)"
    echo "signer $(modinfo -F signer hello)"
    modprobe -r dummy hello first renamed && rmmod second
  `

  let results: Readonly<Record<FormName | 'enforced', StepResult>>

  beforeAll(async () => {
    kernel = await fetchKernel()
    const trees: Record<string, ModuleTree> = {}
    for (const name of formNames) trees[name] = await buildAs(forms[name])
    results = await bootAndRun({
      image: kernel.image,
      trees,
      steps: {
        plain: { tree: 'plain', script },
        xz: { tree: 'xz', script },
        zstd: { tree: 'zstd', script },
        // From here on unsigned modules are refused, and so are those whose key the kernel does not know.
        enforced: {
          tree: 'plain',
          script: `
            echo 1 >/sys/module/module/parameters/sig_enforce
            modprobe dummy && echo 'the distribution: loaded'
            modprobe hello; ln -sfn /trees/xz /lib/modules; modprobe hello
          `,
        },
      },
    })
  })

  it.each(formNames)('are found by modprobe, loaded and unloaded: %s', (name) => {
    const { status, lines, dmesg } = results[name]
    expect({ status, lines }).toMatchObject({
      status: 0,
      lines: ['Module dummy first hello second ', 'taint OE', expect.stringMatching(/^signer/)],
    })
    const said = ['hello: loaded', 'first: loaded', 'second: loaded', 'hello: unloaded', 'second: unloaded']
    expect(dmesg).toEqual(expect.arrayContaining(said))
  })

  it('are signed where the host signs', () => {
    expect(results.plain.lines[2]).toBe('signer ')
    expect(results.xz.lines[2]).toMatch(/^signer DKMS/)
    expect(results.zstd.lines[2]).toMatch(/^signer DKMS/)
  })

  it('are told apart by a kernel that enforces signatures: not signed, and signed with a key it does not know', () => {
    const { lines, dmesg } = results.enforced
    expect(lines[0]).toBe('the distribution: loaded')
    expect(dmesg.join('\n')).toContain('unsigned module is rejected')
    expect(dmesg.join('\n')).toContain('module with unavailable key is rejected')
  })
})
