/** A directory of its own for one test, with the places that signing works with, and a module to sign. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { detectDistro } from '../../../src/distro/detect.ts'
import { type AbsolutePath, absolutePath, type Kernel } from '../../../src/domain.ts'
import type { ProgressEvent } from '../../../src/report.ts'
import type { SigningRequest } from '../../../src/signing/model.ts'

export const kernel: Kernel = { release: '6.1.0-56-amd64', arch: 'x86_64' }
/** The kernel's own program, as linux-kbuild installs it. */
export const signFile = '/usr/lib/linux-kbuild-6.1/scripts/sign-file'
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface Place extends Disposable {
  readonly root: AbsolutePath
  readonly events: ProgressEvent[]
  path(name: string): AbsolutePath
  write(name: string, content: string | Uint8Array, mode?: number): AbsolutePath
  /** An executable shell script. */
  script(name: string, lines: string): AbsolutePath
  /** For the kernel above on a Debian whose headers lie in headers/, not in a chroot. */
  request(change?: Partial<SigningRequest>): SigningRequest
}

export function makePlace(): Place {
  const root = absolutePath(mkdtempSync(join(tmpdir(), 'dkms-factory-signing-')))
  const events: ProgressEvent[] = []
  const path = (name: string) => absolutePath(join(root, name))
  function write(name: string, content: string | Uint8Array, mode = 0o644): AbsolutePath {
    mkdirSync(dirname(path(name)), { recursive: true })
    writeFileSync(path(name), content, { mode })
    return path(name)
  }
  function script(name: string, lines: string): AbsolutePath {
    const file = write(name, `#!/bin/sh\n${lines}\n`)
    chmodSync(file, 0o755)
    return file
  }
  const config = write('headers/.config', 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG_HASH="sha256"\n')
  for (const name of ['tree', 'tmp', 'modules']) mkdirSync(path(name))
  function request(change: Partial<SigningRequest> = {}): SigningRequest {
    return {
      roots: { dkmsTree: path('tree'), installTree: path('modules'), tmp: path('tmp') },
      distro: detectDistro('ID=debian'),
      settings: { trySignModules: 'not_in_chroot' },
      kernel,
      kernelSourceDir: path('headers'),
      kernelConfig: config,
      environment: { PATH: searchPath },
      rootFacts: notInChroot,
      interactive: false,
      dryRun: false,
      report: (event) => events.push(event),
      ...change,
    }
  }
  return {
    root,
    events,
    path,
    write,
    script,
    request,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

const rootMount = '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n'

export const notInChroot = {
  ownRoot: '1:2',
  initRoot: '1:2',
  ownMounts: rootMount,
  initMounts: rootMount,
  fakechroot: false,
} as const

/** A real object file with the sections of a module, compiled in a moment. */
export function compileModule(place: Place, name = 'toy.ko'): AbsolutePath {
  const info = `__attribute__((section(".modinfo"), used)) static const char`
  const source = place.write(
    'toy.c',
    `${info} a[] = "license=GPL"; ${info} b[] = "name=toy"; ${info} c[] = "vermagic=${kernel.release} SMP "; int x;\n`,
  )
  mkdirSync(dirname(place.path(name)), { recursive: true })
  succeed('gcc', ['-c', '-g', '-o', place.path(name), source])
  return place.path(name)
}

/** @returns what the program printed */
export function succeed(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env: { PATH: searchPath } })
  if (status === 0) return stdout
  throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}${error?.message ?? ''}`)
}

/** A pair made by openssl with the options given, apart from what is under test. */
export function makeForeignPair(place: Place, key: string, certificate: string, form: 'DER' | 'PEM' = 'DER'): void {
  for (const name of [key, certificate]) mkdirSync(dirname(place.path(name)), { recursive: true })
  const out = ['-keyout', place.path(key), '-outform', form, '-out', place.path(certificate)]
  succeed('openssl', [
    'req',
    '-new',
    '-x509',
    '-batch',
    '-nodes',
    '-newkey',
    'rsa:2048',
    '-subj',
    '/CN=foreign',
    ...out,
  ])
}
