/**
 * A small root of its own for scripts that name places of the host: installed as host/layout says, with a `dkms` that
 * records how it is called. The scripts run in it unchanged, through chroot, and cannot touch anything outside.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { beforeEach } from 'vitest'

export const checkout = resolve(import.meta.dirname, '../../..')

const tools =
  'sh bash env cat cut dirname basename find grep head ln ls mkdir mktemp readlink rm sed sort tac tail tr wc xargs awk which dpkg'.split(
    ' ',
  )

/** The words that enter a new root: none for root, a user namespace for others. */
const enter = process.getuid?.() === 0 ? ['chroot'] : ['unshare', '--map-root-user', 'chroot']

/** Why these tests cannot run here; undefined when they can. */
export function whyNoChroot(): string | undefined {
  const tried = spawnSync(enter[0] ?? '', [...enter.slice(1), '/', '/bin/true'])
  return tried.status === 0 ? undefined : 'neither chroot nor a user namespace is allowed here'
}

/** Skips every test of the describe it is called in, with the reason in the report, when there is one. */
export function skipBecause(reason: string | undefined): void {
  beforeEach((context) => {
    if (reason !== undefined) context.skip(reason)
  })
}

export function whyNoProgram(program: string): string | undefined {
  const { status } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program])
  return status === 0 ? undefined : `${program} is not installed`
}

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** The calls of dkms except `status`, in order. */
  readonly calls: readonly string[]
}

export interface HostRoot {
  readonly path: string
  /** Forgets everything a test set up. */
  reset(): void
  write(path: string, text: string, mode?: number): void
  directory(path: string): void
  link(target: string, path: string): void
  run(script: string, ...args: readonly string[]): Ran
  [Symbol.dispose](): void
}

/** What tests change; `reset` empties them. */
const mutable = ['etc/dkms', 'var/lib/dkms', 'usr/lib/modules', 'usr/src', 'boot', 'fake', 'usr/share/m-dkms']

export function createHostRoot(family = 'debian'): HostRoot {
  const path = mkdtempSync(join(tmpdir(), 'dkms-factory-host-'))
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(path, 'usr', name), { recursive: true })
    symlinkSync(`usr/${name}`, join(path, name))
  }
  for (const tool of tools) copyProgram(tool, path)
  mkdirSync(join(path, 'tmp'))
  mkdirSync(join(path, 'dev'))
  writeFileSync(join(path, 'dev/null'), '')
  installHostFiles(path, family)
  const root = openRoot(path)
  root.write('usr/sbin/dkms', fakeDkms, 0o755)
  root.write(
    'usr/bin/uname',
    '#!/bin/sh\ncase $1 in -m) echo x86_64 ;; -s) echo Linux ;; *) cat /fake/running ;; esac\n',
    0o755,
  )
  root.reset()
  return root
}

export function installHostFiles(destdir: string, family: string, ...parts: readonly string[]): void {
  const ran = spawnSync('sh', [join(checkout, 'scripts/install.sh'), ...(parts.length === 0 ? ['host'] : parts)], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], DESTDIR: destdir, FAMILY: family },
  })
  if (ran.status !== 0) throw new Error(`install.sh failed: ${ran.stdout}${ran.stderr}`)
}

function copyProgram(name: string, root: string): void {
  const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).stdout.trim()
  if (found === '') return
  const program = realpathSync(found)
  copyFileSync(program, join(root, 'usr/bin', name))
  const libraries = spawnSync('ldd', [program], { encoding: 'utf8' }).stdout
  for (const [library] of libraries.matchAll(/\/\S+/g)) {
    const target = join(root, library)
    mkdirSync(dirname(target), { recursive: true })
    if (!existsSync(target)) copyFileSync(library, target)
  }
}

function openRoot(path: string): HostRoot {
  const write = (name: string, text: string, mode = 0o644) => {
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    chmodSync(file, mode)
  }
  return {
    path,
    write,
    reset() {
      for (const name of mutable) {
        rmSync(join(path, name), { recursive: true, force: true })
        mkdirSync(join(path, name), { recursive: true })
      }
      write('fake/running', '6.1.0-2-amd64\n')
    },
    directory: (name) => void mkdirSync(join(path, name), { recursive: true }),
    link(target, name) {
      mkdirSync(dirname(join(path, name)), { recursive: true })
      symlinkSync(target, join(path, name))
    },
    run(script, ...args) {
      rmSync(join(path, 'fake/calls'), { force: true })
      const ran = spawnSync(enter[0] ?? '', [...enter.slice(1), path, script, ...args], {
        encoding: 'utf8',
        env: { PATH: '/usr/bin:/usr/sbin' },
      })
      return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr, calls: recordedCalls(path) }
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

function recordedCalls(root: string): string[] {
  const file = join(root, 'fake/calls')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('status'))
}

/**
 * A dkms that keeps its state below /fake: built/K and installed/K. An action ends with the number in /fake/exit/ACTION or
 * /fake/exit/ACTION-K when there is one.
 */
const fakeDkms = `#!/bin/sh
echo "$*" >>/fake/calls
action=$1
shift
kernel=$(cat /fake/running) module= version=
while [ $# -gt 0 ]; do
  case $1 in
    -k | --kernelver) kernel=$2; shift ;;
    -m) module=$2; shift ;;
    -v) version=$2; shift ;;
    -a | --archive) shift ;;
  esac
  shift
done
for file in "/fake/exit/$action" "/fake/exit/$action-$kernel"; do
  [ -f "$file" ] && exit "$(cat "$file")"
done
package=/var/lib/dkms/m/1.0
case $action in
  status)
    if [ -e "/fake/installed/$kernel" ]; then echo "m/1.0, $kernel, x86_64: installed"
    elif [ -e "/fake/built/$kernel" ]; then echo "m/1.0, $kernel, x86_64: built"
    elif [ -d "$package" ]; then echo "m/1.0: added"
    fi ;;
  add) mkdir -p "$package"; ln -s "/usr/src/m-1.0" "$package/source" ;;
  ldtarball)
    mkdir -p "$package/source" /fake/built
    cp_conf=$(cat /fake/tarball-conf 2>/dev/null)
    printf '%s\\n' "$cp_conf" >"$package/source/dkms.conf"
    for built in $(cat /fake/tarball-kernels); do : >"/fake/built/$built"; done ;;
  remove) rm -rf "$package" /fake/built /fake/installed ;;
  build) mkdir -p /fake/built; : >"/fake/built/$kernel" ;;
  install) mkdir -p /fake/installed; : >"/fake/installed/$kernel" ;;
esac
exit 0
`
