/**
 * The hooks with a real dkms and real kernel headers: in a mount namespace with overlays over the places they change, so
 * that the scripts and dkms run unchanged and the host stays as it is.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verbTable } from '../../../src/cli/verbs.ts'
import { installHostFiles, skipBecause } from '../../unit/host/host-root.ts'

const checkout = resolve(import.meta.dirname, '../../..')
const changed = ['/var/lib/dkms', '/usr/src', '/lib/modules', '/etc/dkms']

const releases = existsSync('/lib/modules')
  ? readdirSync('/lib/modules').filter((name) => existsSync(`/lib/modules/${name}/build/include`))
  : []
const [kernel = ''] = releases.toSorted((a, b) => a.localeCompare(b))

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root for overlays'
  if (kernel === '') return 'no kernel headers are installed'
  if (!changed.every((path) => existsSync(path))) return `one of ${changed.join(' ')} does not exist`
  const mounted = inNamespace('/tmp', '/bin', 'true')
  return mounted.status === 0 ? undefined : 'overlays cannot be mounted here'
}

/** Runs a script where what `changed` names can be written without a trace; programs of `bin` win. */
function inNamespace(host: string, bin: string, script: string) {
  const text = `set -e
    mount -t tmpfs none /mnt
    number=0
    for place in ${changed.join(' ')}; do
      number=$((number + 1))
      mkdir -p /mnt/$number/upper /mnt/$number/work
      mount -t overlay overlay -o lowerdir=$(readlink -f $place),upperdir=/mnt/$number/upper,workdir=/mnt/$number/work $(readlink -f $place)
    done
    for place in ${changed.join(' ')}; do mountpoint -q "$(readlink -f $place)"; done
    rm -rf /var/lib/dkms/* /etc/dkms/*
    set +e
    lib='${host}/usr/lib/dkms' fixtures='${checkout}/fixtures'
    ${script}`
  return spawnSync('unshare', ['--mount', 'sh', '-c', text], {
    encoding: 'utf8',
    env: { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin` },
  })
}

const programs = [
  {
    program: "the distribution's dkms",
    bin: '/usr/sbin',
    missing: existsSync('/usr/sbin/dkms') ? [] : ['dkms is not installed'],
  },
  {
    program: 'our dkms',
    bin: join(checkout, 'bin'),
    missing: ['install', 'autoinstall']
      .filter((verb) => !Object.hasOwn(verbTable, verb))
      .map((verb) => `${verb} does not exist yet`),
  },
].map((one) => ({ ...one, reason: [whyNot(), ...one.missing].find((why) => why !== undefined) }))

let host = ''
beforeAll(() => {
  host = mkdtempSync(join(tmpdir(), 'dkms-factory-real-kernels-'))
  installHostFiles(host, 'debian')
})
afterAll(() => rmSync(host, { recursive: true, force: true }))

for (const { program, bin, reason } of programs) {
  describe(`with ${program}`, () => {
    skipBecause(reason)

    it('common.postinst builds and installs a module for a real kernel, and again after an upgrade', () => {
      const ran = inNamespace(
        host,
        bin,
        `cp -r "$fixtures/hello-1.0" /usr/src/
         for release in /lib/modules/*; do [ "$release" = /lib/modules/${kernel} ] || rm -f "$release/build"; done
         "$lib/common.postinst" hello 1.0 /usr/share/hello-dkms "" "" 2>&1; echo "first: $?"
         dkms status
         "$lib/common.postinst" hello 1.0 /usr/share/hello-dkms "" 0.9-1 2>&1; echo "second: $?"
         dkms status; find /lib/modules/${kernel}/ -name 'hello.ko*'`,
      )
      expect(ran.stdout, ran.stderr).toMatch(/^first: 0$/m)
      expect(ran.stdout).toMatch(/^second: 0$/m)
      expect(
        ran.stdout
          .split('\n')
          .filter((line) => line.startsWith(`hello/1.0, ${kernel},`) && line.includes(': installed')),
      ).toHaveLength(2)
      expect(ran.stdout).toMatch(/\/hello\.ko/)
    })

    it('common.postinst tells a failing build from an excluded kernel', () => {
      const ran = inNamespace(
        host,
        bin,
        `cp -r "$fixtures/failing-make-1.0" "$fixtures/exclusive-1.0" /usr/src/
         for name in failing-make exclusive; do
           printf 'AUTOINSTALL="yes"\\n' >>/usr/src/$name-1.0/dkms.conf
         done
         for release in /lib/modules/*; do [ "$release" = /lib/modules/${kernel} ] || rm -f "$release/build"; done
         "$lib/common.postinst" failing-make 1.0 "" 2>&1; echo "failing: $?"
         "$lib/common.postinst" exclusive 1.0 "" 2>&1; echo "excluded: $?"`,
      )
      expect(ran.stdout, ran.stderr).toMatch(/^failing: 10$/m)
      expect(ran.stdout).toMatch(/^excluded: 0$/m)
      expect(ran.stdout).toContain(`not meant for kernel ${kernel}`)
    })

    it('dkms_autoinstaller brings packages to a new kernel', () => {
      const ran = inNamespace(
        host,
        bin,
        `cp -r "$fixtures/hello-1.0" /usr/src/
         grep -q AUTOINSTALL /usr/src/hello-1.0/dkms.conf || echo 'AUTOINSTALL="yes"' >>/usr/src/hello-1.0/dkms.conf
         dkms add -m hello -v 1.0 >/dev/null
         "$lib/dkms_autoinstaller" start ${kernel} 2>&1; echo "start: $?"
         dkms status`,
      )
      expect(ran.stdout, ran.stderr).toMatch(/^start: 0$/m)
      expect(ran.stdout).toMatch(new RegExp(`^hello/1\\.0, ${kernel}, \\S+: installed`, 'm'))
    })
  })
}
