/**
 * What packages and archives meet as dkms on hosts: this project's program, the distribution's, and those of other
 * releases of Debian, which are fetched and laid over the host's in private mounts, never installed.
 */
import { existsSync } from 'node:fs'
import { fetchedFromPool } from './debian-package.ts'
import { programFile } from './program.ts'

export interface Runtime {
  /** `here` is this project's, `dkms` the distribution's; for titles. */
  readonly name: string
  /** Why tests with it are skipped; undefined when it can be had. */
  readonly missing?: string
  /** What package managers take it for. */
  readonly version: string
  /** What /usr/sbin/dkms leads to. */
  readonly program: string
  /** A directory whose usr/, etc/ and var/ lie over those of this machine. */
  readonly layer?: string
}

export const here: Runtime = { name: 'here', version: '3.4.3', program: programFile.here }
export const distribution: Runtime = { name: 'dkms', version: '3.0.10', program: programFile.dkms }

/** Debian 11: the last line that makes packages. */
export const dkms28 = ofDebian(
  '2.8.4',
  'dkms_2.8.4-3_all.deb',
  '34f45872c4c164e838092ddfb098b800d9fd38c25aaf7a262481d6c8b87dffdf',
)
/** Debian 13. */
export const dkms32 = ofDebian(
  '3.2.2',
  'dkms_3.2.2-1~deb13u1_all.deb',
  '6840d049df96419be706d135bcba4355e08864b0794977a616db16330871d412',
)

const all = [distribution, here, dkms28, dkms32]

/** Those that can be had on this machine. */
export const runtimes = all.filter(({ missing }) => missing === undefined)
/** The others, to be skipped by name. */
export const missingRuntimes = all.filter(({ missing }) => missing !== undefined)

function ofDebian(version: string, file: string, sha256: string): Runtime {
  const runtime = { name: `dkms ${version}`, version, program: programFile.dkms }
  const fetched = fetchedFromPool(`pool/main/d/dkms/${file}`, sha256)
  if (fetched.kind === 'unavailable') return { ...runtime, missing: fetched.reason }
  // Without it 2.8 does not know where Debian has modules.
  if (version.startsWith('2.') && !existsSync('/usr/bin/lsb_release')) {
    return { ...runtime, missing: `lsb_release is not installed, which dkms ${version} needs` }
  }
  return { ...runtime, layer: fetched.dir }
}
