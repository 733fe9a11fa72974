/** A kernel that loads nothing but modules with a signature it trusts loads ours when our certificate is enrolled. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootAndRun } from '../../support/vm/boot.ts'
import { forms, makeHostOf } from '../../support/vm/forms.ts'
import { fixture, type Host } from '../../support/vm/host.ts'
import { bootImpossible, fetchKernel } from '../../support/vm/kernel.ts'
import type { StepResult } from '../../support/vm/transcript.ts'
import { uefiImpossible, uefiMachine } from '../../support/vm/uefi.ts'

const impossible = bootImpossible() ?? uefiImpossible()

/** Hosts with a key of their own each; the machine trusts that of the first. */
const names = ['enrolled', 'stranger', 'unsigned'] as const
type Name = (typeof names)[number]

const script = `
  cat /sys/module/module/parameters/sig_enforce
  modprobe dummy && echo 'the module of the kernel' && modprobe -r dummy
  modprobe hello && echo "hello $(cat /sys/module/hello/version)"
  modprobe -r hello
  true
`

describe.skipIf(impossible !== undefined)(`a kernel that enforces signatures ${impossible ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'dkms-factory-vm-signatures-'))
  const hosts: Host[] = []
  let results: Readonly<Record<Name, StepResult>>

  afterAll(() => {
    for (const host of hosts) host[Symbol.dispose]()
    rmSync(scratch, { recursive: true, force: true })
  })

  beforeAll(async () => {
    const kernel = await fetchKernel()
    const trees = await Promise.all(
      names.map(async (name) => {
        const host = await makeHostOf({ ...forms.xz, signed: name !== 'unsigned' }, kernel)
        hosts.push(host)
        await host.dkms('install', fixture('hello-1.0'))
        const certificate = join(dirname(host.tree), 'mok.pub')
        return { name, certificate, tree: { dir: host.modules, release: kernel.release, modules: ['dummy', 'hello'] } }
      }),
    )
    const enrolled = trees.find(({ name }) => name === 'enrolled')?.certificate ?? ''
    results = await bootAndRun<Name>({
      image: kernel.image,
      trees: Object.fromEntries(trees.map(({ name, tree }) => [name, tree])),
      steps: {
        enrolled: { tree: 'enrolled', script },
        stranger: { tree: 'stranger', script },
        unsigned: { tree: 'unsigned', script },
      },
      kernelArguments: ['module.sig_enforce=1'],
      machineOptions: uefiMachine(scratch, [readFileSync(enrolled)]),
    })
  })

  it('loads our module that is signed with the enrolled key', () => {
    expect(results.enrolled.lines).toEqual(['Y', 'the module of the kernel', 'hello 1.0'])
    expect(results.enrolled.dmesg.join('\n')).not.toMatch(/signature|tainting/)
  })

  it.each([
    ['signed with another key', 'stranger', /hello.*(?:unavailable key|Key was rejected)/],
    ['not signed', 'unsigned', /hello.*(?:unsigned module|Key was rejected)/],
  ] as const)('refuses our module that is %s', (_how, name, reason) => {
    const { lines, dmesg } = results[name]
    expect(lines.slice(0, 2)).toEqual(['Y', 'the module of the kernel'])
    expect(lines).not.toContain('hello 1.0')
    expect([...lines, ...dmesg].join('\n')).toMatch(reason)
  })
})
