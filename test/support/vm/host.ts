/** A host of its own for the program: a DKMS tree, sources, /etc/dkms and kernels, all handed over as options. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkout } from './kernel.ts'

const start = promisify(execFile)

export interface Host extends Disposable {
  readonly tree: string
  /** Its /lib/modules; the name ends so, as depmod wants it. */
  readonly modules: string
  /** Runs dkms for one kernel; throws what it printed when it fails. */
  dkms(action: string, what: string, ...options: readonly string[]): Promise<string>
}

/** @param framework lines of framework.conf; keys, if they sign, are the host's own */
export function makeHost(release: string, framework: readonly string[] = []): Host {
  const dir = mkdtempSync(join(tmpdir(), 'dkms-factory-vm-host-'))
  const [tree, sources, etc, modules] = [
    join(dir, 'tree'),
    join(dir, 'src'),
    join(dir, 'etc'),
    join(dir, 'lib/modules'),
  ]
  for (const path of [tree, sources, etc, modules]) mkdirSync(path, { recursive: true })
  const keys = [`mok_signing_key="${dir}/mok.key"`, `mok_certificate="${dir}/mok.pub"`, 'try_sign_modules="true"']
  writeFileSync(join(etc, 'framework.conf'), [...keys, ...framework, ''].join('\n'))
  const places = ['--dkmstree', tree, '--sourcetree', sources, '--installtree', modules, '--etc', etc]
  return {
    tree,
    modules,
    async dkms(action, what, ...options) {
      const kernel = action === 'add' || action === 'remove' ? [] : ['-k', `${release}/x86_64`]
      const { stdout } = await start(join(checkout, 'bin/dkms'), [action, what, ...kernel, ...options, ...places])
      return stdout
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** A package of fixtures/, as `add` takes it. */
export function fixture(name: string): string {
  return join(checkout, 'fixtures', name)
}
