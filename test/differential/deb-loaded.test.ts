/** The module of a package of mkbmdeb in the kernel it is for. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { mustRun } from '../support/program.ts'
import { bootAndRun } from '../support/vm/boot.ts'
import { forms, makeHostOf } from '../support/vm/forms.ts'
import { fixture } from '../support/vm/host.ts'
import { bootImpossible, fetchKernel, runDepmod } from '../support/vm/kernel.ts'
import { lacks } from '../unit/packaging/deb/format/deb-tools.ts'
import { wrote } from './deb-fixtures.ts'

const impossible = bootImpossible() ?? (lacks('dpkg-deb') ? 'dpkg-deb is not installed' : undefined)

describe.skipIf(impossible !== undefined)(`a package of built modules in a booted kernel ${impossible ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'deb-loaded-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  it('brings a module that is compressed and signed, and that the kernel loads', async () => {
    const kernel = await fetchKernel()
    using host = await makeHostOf(forms.xz, kernel)
    await host.dkms('build', fixture('hello-1.0'))
    const [deb = ''] = wrote(await host.dkms('mkbmdeb', 'hello/1.0'))
    // What dpkg and then the postinst do on the target.
    await mustRun('dpkg-deb', ['-x', deb, scratch])
    await mustRun('cp', ['-a', join(scratch, 'lib/modules', kernel.release), host.modules])
    await runDepmod(host.modules, kernel.release)
    const { loaded } = await bootAndRun({
      image: kernel.image,
      trees: { target: { dir: host.modules, release: kernel.release, modules: ['hello'] } },
      steps: {
        loaded: {
          tree: 'target',
          script: 'modprobe hello && modinfo -n hello && cat /sys/module/hello/version && modprobe -r hello',
        },
      },
    })
    expect(loaded).toMatchObject({ status: 0 })
    expect(loaded.lines).toEqual([`/lib/modules/${kernel.release}/updates/dkms/hello.ko.xz`, '1.0'])
  })
})
