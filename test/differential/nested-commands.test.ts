/** Packages whose scripts call dkms: on a host where dkms is ours they do what they do on one with the distribution's. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { comparisonImpossible } from '../support/program.ts'
import { makeRuntimeWorld, runInRuntimeWorld } from '../support/runtime-world.ts'
import { distribution, here } from '../support/runtimes.ts'
import { writeToyHeaders } from '../support/toy-kernel.ts'
import { copyFixture, putFile } from '../support/world.ts'
import { oneModule } from './scenario.ts'

const kernel = '6.1.0-11-toy'
const why = comparisonImpossible()

/** The package `outer`, one script of which installs hello/1.0 and then tells the state of it. */
const script = `#!/bin/sh
case \${kernelver-none} in none | ${kernel}) ;; *) exit 1 ;; esac
dkms install hello/1.0 -k ${kernel} -a x86_64 >/dev/null || exit
dkms mktarball hello/1.0 -k ${kernel} -a x86_64 >/dev/null || exit
dkms status hello/1.0 | sed 's/^/inner: /' >/mnt/inner
`

describe.skipIf(why !== undefined)(`scripts that call dkms ${why ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'nested-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))
  const headers = join(scratch, 'headers')
  writeToyHeaders(headers, kernel)

  it.concurrent.for([
    ...['POST_ADD', 'PRE_BUILD', 'POST_BUILD', 'PRE_INSTALL', 'POST_INSTALL'].map((directive) => ({
      name: 'here',
      directive,
    })),
    ...['PRE_BUILD', 'POST_INSTALL'].map((directive) => ({ name: 'dkms', directive })),
  ])('$directive on a host with $name', async ({ name, directive }, { expect }) => {
    const runtime = name === 'here' ? here : distribution
    const world = makeRuntimeWorld(join(scratch, `${name}-${directive}`), [{ release: kernel, headers }], runtime)
    copyFixture('hello-1.0', join(world.source, 'hello-1.0'))
    copyFixture('hello-1.0', join(world.source, 'outer-1.0'))
    const conf = oneModule('outer', 'DEST_MODULE_NAME[0]="outer"', `${directive}="call.sh"`)
    putFile(join(world.source, 'outer-1.0/dkms.conf'), conf)
    putFile(join(world.source, 'outer-1.0/call.sh'), script, 0o755)
    const commands = `dkms install outer/1.0 -k ${kernel} -a x86_64 >/mnt/log 2>&1; echo "$?"; cat /mnt/inner; dkms status`
    const { stdout } = await runInRuntimeWorld(world, ['sh', '-c', commands])
    expect(stdout.split('\n')).toEqual([
      '0',
      `inner: hello/1.0, ${kernel}, x86_64: installed`,
      `hello/1.0, ${kernel}, x86_64: installed`,
      `outer/1.0, ${kernel}, x86_64: installed`,
      '',
    ])
  })
})
