/** This program's own version, and the DKMS release whose behaviour it follows. */
import manifest from '../../package.json' with { type: 'json' }

export const programVersion: string = manifest.version

/** What scripts that ask `dkms --version` compare with. */
export const dkmsLevel = '3.4.3'
