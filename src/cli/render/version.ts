import { dkmsLevel, programVersion } from '../../version/program.ts'

/** Scripts compare what `dkms --version` prints with DKMS releases, so under that name it is a DKMS release. */
export function versionText(programName: string, asJson: boolean): string {
  if (asJson) return `${JSON.stringify({ program: 'dkms-factory', version: programVersion, dkms: dkmsLevel })}\n`
  return programName === 'dkms' ? `dkms-${dkmsLevel}\n` : `dkms-factory ${programVersion} (follows dkms ${dkmsLevel})\n`
}
