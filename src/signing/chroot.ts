/**
 * Whether this process works in a chroot, as try_sign_modules="not_in_chroot" asks (DKMS 3.4): an image or another
 * system is being put together there, and the key of this machine does not belong into it.
 */
import { readFileSync, statSync } from 'node:fs'
import { type Environment, environment } from '../system/env.ts'

/** What is known of our root directory and of that of process 1. A fact that could not be read is undefined. */
export interface RootFacts {
  /** `DEVICE:INODE` of the directory. */
  readonly ownRoot: string | undefined
  readonly initRoot: string | undefined
  /** Text of mountinfo (proc(5)). */
  readonly ownMounts: string | undefined
  readonly initMounts: string | undefined
  /** fakechroot(1) is at work. */
  readonly fakechroot: boolean
}

export type ChrootVerdict = { readonly inside: false } | { readonly inside: true; readonly why: string }

/**
 * Of mountinfo only the entry of the root directory is compared. The whole list also differs for a service with mounts of
 * its own, such as PrivateTmp= gives it, which is no chroot and whose modules are meant for this machine.
 */
export function judgeChroot(facts: RootFacts): ChrootVerdict {
  const { ownRoot, initRoot, ownMounts, initMounts } = facts
  if (facts.fakechroot) return { inside: true, why: 'this is a fakechroot' }
  if (ownRoot !== undefined && initRoot !== undefined && ownRoot !== initRoot) {
    return { inside: true, why: 'the root directory is not that of process 1' }
  }
  if (ownMounts === undefined) return { inside: true, why: '/proc is not mounted' }
  if (initMounts === undefined) return { inside: false }
  if (rootMount(ownMounts) === rootMount(initMounts)) return { inside: false }
  return { inside: true, why: 'the root file system is not that of process 1' }
}

/**
 * Device and directory in it that are mounted at `/`, the topmost if several are; undefined when `/` is no mount point,
 * which happens in a chroot only.
 */
function rootMount(mountinfo: string): string | undefined {
  const root = mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, , , , mountPoint]) => mountPoint === '/')
  if (root === undefined) return undefined
  const [, , device, directory] = root
  return `${device} ${directory}`
}

export function readRootFacts(own: Environment = environment()): RootFacts {
  return {
    ownRoot: identity('/'),
    initRoot: identity('/proc/1/root/'),
    ownMounts: textOf('/proc/self/mountinfo'),
    initMounts: textOf('/proc/1/mountinfo'),
    fakechroot: own['FAKECHROOT'] === 'true',
  }
}

function identity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    // Only root, and not in every container, may look at process 1.
    return undefined
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
