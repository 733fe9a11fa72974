/**
 * A Debian system of its own in which `dkms` is ours: overlays over this machine's /usr, /etc and /var, with what `make
 * install` installs as a layer in between. A command runs chrooted into it, in mount and process namespaces of its own, so
 * dpkg and the scripts of packages run as they are and this machine stays as it is.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkout, mustRun, type Run, runFile } from '../../support/program.ts'

const layers = ['usr', 'etc', 'var'] as const
const links = ['bin', 'sbin', 'lib', 'lib64'] as const

/** Why there cannot be such a system here; undefined when there can. */
export function debianRootImpossible(): string | undefined {
  if (process.geteuid?.() !== 0) return 'overlays and chroot need root'
  if (!existsSync('/var/lib/dpkg/status')) return 'this machine has no dpkg'
  const unmerged = links.filter((name) => existsSync(`/${name}`) && !lstatSync(`/${name}`).isSymbolicLink())
  if (unmerged.length > 0) return `/${unmerged.join(', /')} is no link into /usr`
  const { status, stderr } = spawnSync('unshare', ['--mount', '--pid', '--fork', 'true'], { encoding: 'utf8' })
  return status === 0 ? undefined : `namespaces are not allowed here: ${stderr.trim()}`
}

export interface DebianRoot {
  /** Runs a script for /bin/sh; /mnt is a desk that both sides see. */
  run(script: string): Promise<Run>
  /** The desk, seen from outside. */
  readonly desk: string
  /** What the system has that this machine has not, but for the records of dpkg: paths, sorted. */
  additions(): string[]
  [Symbol.dispose](): void
}

const enter = `
set -e
cd "$0"
for layer in ${layers.join(' ')}; do
  lower=/$layer
  if [ -d "$STAGE/$layer" ]; then lower=$STAGE/$layer:$lower; fi
  mount -t overlay overlay -o "lowerdir=$lower,upperdir=$0/upper/$layer,workdir=$0/work/$layer" "root/$layer"
done
mount -t proc proc root/proc
mount --rbind /dev root/dev
for place in run tmp var/tmp; do mount -t tmpfs tmpfs "root/$place"; done
mount --bind desk root/mnt
exec chroot root /bin/sh -c "$1"
`

/** Installs the program, as it was built, for the family debian: the layer that all systems share. */
export async function installedProgram(): Promise<string> {
  const stage = mkdtempSync(join(tmpdir(), 'dkms-factory-stage-'))
  await mustRun('sh', [join(checkout, 'scripts/install.sh')], { env: { DESTDIR: stage, FAMILY: 'debian' } })
  return stage
}

/**
 * @param kernels the only kernels the system has headers of, with the files of depmod; the first is the one that is
 *   installed, as /boot tells
 */
export async function makeDebianRoot(stage: string, kernels: readonly string[]): Promise<DebianRoot> {
  const dir = mkdtempSync(join(tmpdir(), 'dkms-factory-debian-'))
  const root = join(dir, 'root')
  for (const layer of layers) {
    for (const kind of ['root', 'upper', 'work']) mkdirSync(join(dir, kind, layer), { recursive: true })
  }
  for (const name of ['proc', 'dev', 'run', 'tmp', 'mnt', 'boot', 'root']) mkdirSync(join(root, name))
  for (const name of links) if (existsSync(`/${name}`)) symlinkSync(`usr/${name}`, join(root, name))
  mkdirSync(join(dir, 'desk'))
  const system: DebianRoot = {
    desk: join(dir, 'desk'),
    additions: () => layers.flatMap((layer) => additionsBelow(join(dir, 'upper'), layer)).sort(),
    run: (script) =>
      runFile('unshare', ['--mount', '--pid', '--fork', '--propagation', 'private', 'sh', '-c', enter, dir, script], {
        env: { STAGE: stage, DEBIAN_FRONTEND: 'noninteractive' },
      }),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
  writeFileSync(join(root, 'boot', `config-${kernels[0] ?? ''}`), '')
  const prepared = await system.run(`set -e
    rm -rf /var/lib/dkms/* /etc/dkms/framework.conf.d/*
    cd /lib/modules
    for release in *; do case ' ${kernels.join(' ')} ' in *" $release "*) ;; *) rm -rf "$release" ;; esac; done
    for release in ${kernels.join(' ')}; do : >"$release/modules.order"; : >"$release/modules.builtin"; depmod "$release"; done`)
  if (prepared.status !== 0) throw new Error(prepared.stderr)
  return system
}

const recordsOfDpkg = ['var/lib/dpkg', 'var/log', 'var/cache']

/** What an overlay deleted it keeps as a device, and a directory it only looked into as a copy. */
function additionsBelow(upper: string, below: string): string[] {
  return readdirSync(join(upper, below), { withFileTypes: true }).flatMap((entry) => {
    const path = `${below}/${entry.name}`
    if (recordsOfDpkg.includes(path) || entry.isCharacterDevice()) return []
    const own = existsSync(`/${path}`) && entry.isDirectory() ? [] : [`/${path}`]
    return entry.isDirectory() ? [...own, ...additionsBelow(upper, path)] : own
  })
}
