import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { judgeChroot, type RootFacts, readRootFacts } from '../../../src/signing/chroot.ts'
import { makePlace, notInChroot, searchPath } from './place.ts'

const hostMounts = `24 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
25 24 0:5 / /dev rw,nosuid shared:2 - devtmpfs udev rw
30 24 0:25 / /tmp rw shared:9 - tmpfs tmpfs rw
`

describe('a chroot is recognised', () => {
  it.each<[string, Partial<RootFacts>, boolean]>([
    ['the same root and mounts', {}, false],
    ['another root directory', { ownRoot: '1:99' }, true],
    ['fakechroot', { fakechroot: true }, true],
    ['no /proc of its own', { ownMounts: undefined }, true],
    ['a process 1 that may not be looked at', { initRoot: undefined, initMounts: undefined }, false],
    [
      'a process 1 whose root may not be looked at and the same root mount',
      { initRoot: undefined, ownMounts: hostMounts, initMounts: hostMounts },
      false,
    ],
    [
      'a private /tmp, as systemd gives it to services',
      { ownMounts: `${hostMounts}99 24 0:80 /x /tmp rw - tmpfs tmpfs rw\n`, initMounts: hostMounts },
      false,
    ],
    [
      'another root file system and an unreadable root of process 1',
      { initRoot: undefined, ownMounts: '90 1 254:9 / / rw - ext4 /dev/vdb rw\n', initMounts: hostMounts },
      true,
    ],
    [
      'a directory of the same file system mounted at /',
      { initRoot: undefined, ownMounts: '90 1 254:1 /srv/image / rw - ext4 /dev/vda1 rw\n', initMounts: hostMounts },
      true,
    ],
    [
      'a root that is no mount point',
      { initRoot: undefined, ownMounts: '90 1 0:22 / /proc rw - proc proc rw\n', initMounts: hostMounts },
      true,
    ],
    [
      'a root mounted over another one, of which the upper counts',
      { ownMounts: `1 1 0:2 / / rw - rootfs rootfs rw\n${hostMounts}`, initMounts: hostMounts },
      false,
    ],
  ])('with %s', (_, change, inside) => {
    expect(judgeChroot({ ...notInChroot, ...change }).inside).toBe(inside)
  })

  it('from what a process in a real chroot reads', (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root may chroot')
    using place = makePlace()
    place.write('jail/proc/.keep', '')
    const script = `mount --rbind /proc "$1/proc" && mount --bind /bin "$1/bin" && for d in /lib /lib64 /usr; do
      [ -d "$d" ] && mkdir -p "$1$d" && mount --bind "$d" "$1$d"; done; exec chroot "$1" /bin/cat /proc/self/mountinfo`
    place.write('jail/bin/.keep', '')
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', place.path('jail')], {
      encoding: 'utf8',
      env: { PATH: searchPath },
    })
    if (status !== 0 && /not permitted|denied/i.test(stderr)) context.skip('mounts are not allowed here')
    expect(status, stderr).toBe(0)
    const here = readRootFacts({})
    expect(judgeChroot({ ...here, initRoot: undefined, ownMounts: stdout, initMounts: here.ownMounts })).toMatchObject({
      inside: true,
    })
  })

  it('not where the tests run, as ischroot says too', (context) => {
    if (!existsSync('/usr/bin/ischroot')) context.skip('ischroot is not installed')
    const { status } = spawnSync('/usr/bin/ischroot')
    if (status === 2) context.skip('ischroot cannot tell')
    expect(judgeChroot(readRootFacts({})).inside).toBe(status === 0)
  })

  it('reads FAKECHROOT', () => {
    expect(readRootFacts({ FAKECHROOT: 'true' }).fakechroot).toBe(true)
    expect(readRootFacts({ FAKECHROOT: '' }).fakechroot).toBe(false)
  })
})
