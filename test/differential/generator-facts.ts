/** What a package says and holds, as lines that can be compared. */
import { mustRun } from '../support/program.ts'

const skippedFields = /^(?:Installed-Size|Date|Checksums-\w+|Files):/

/** `field NAME: VALUE`, `script NAME`, `file MODE PATH`. */
export async function factsOfDeb(path: string): Promise<string[]> {
  const scripts = await shell('dpkg-deb --ctrl-tarfile "$0" | tar -t', path)
  const files = await shell('dpkg-deb --fsys-tarfile "$0" | tar -tv', path)
  return [
    ...fields(await mustRun('dpkg-deb', ['-f', path])),
    ...scripts.split('\n').map((name) => `script ${name}`),
    ...memberLines(files),
  ]
}

/** Of a .dsc, a .changes or a tarball. */
export async function factsOfSource(path: string): Promise<string[]> {
  if (!path.endsWith('.tar.gz')) return fields(await shell('cat "$0"', path))
  return memberLines(await shell('tar -tvf "$0"', path))
}

/** Without its times and the host it was built on. Empty values are left out. */
export async function factsOfRpm(path: string): Promise<string[]> {
  const tags = [
    'NAME',
    'VERSION',
    'RELEASE',
    'ARCH',
    'SUMMARY',
    'LICENSE',
    'GROUP',
    'DESCRIPTION',
    'SOURCERPM',
    'VENDOR',
  ]
  const format = tags.map((tag) => `${tag}: %{${tag}}\\n`).join('')
  const query = async (...words: readonly string[]) => await mustRun('rpm', ['-qp', ...words, path])
  const lists = await Promise.all(
    ['--requires', '--provides', '--scripts'].map(async (word) => [word, await query(word)]),
  )
  return [
    ...(await query('--qf', format)).split('\n'),
    ...lists.flatMap(([word = '', text = '']) => text.split('\n').map((line) => `${word} ${line}`)),
    ...(await query('--qf', '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]')).split('\n'),
  ]
}

/** The members of the tar archive that is the first source of a source package. */
export async function membersOfSourceRpm(path: string, archive: string): Promise<string[]> {
  const script = 'rpm2cpio "$0" | cpio --quiet -i --to-stdout "$1" | tar -tvj'
  return memberLines(await mustRun('sh', ['-c', script, path, archive]))
}

export async function membersOfTar(path: string): Promise<string[]> {
  return memberLines(await shell('tar -tvf "$0"', path))
}

/** `only 2.8: LINE` and `only here: LINE`. */
export function differencesOf(here: readonly string[], dkms: readonly string[]): string[] {
  return [
    ...dkms.filter((line) => !here.includes(line)).map((line) => `only 2.8: ${line}`),
    ...here.filter((line) => !dkms.includes(line)).map((line) => `only here: ${line}`),
  ]
}

async function shell(script: string, path: string): Promise<string> {
  return (await mustRun('sh', ['-c', script, path])).trim()
}

/** A field with several lines becomes one. */
function fields(text: string): string[] {
  return text
    .replaceAll(/\n[ \t]+/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !skippedFields.test(line))
    .map((line) => `field ${line}`)
}

function memberLines(listing: string): string[] {
  return listing.split('\n').flatMap((line) => {
    const { mode = '', path = '' } = /^(?<mode>\S+) \S+ +\d+ \S+ \S+ (?:\.\/|\/)?(?<path>.*)$/.exec(line)?.groups ?? {}
    return path === '' ? [] : [`file ${mode} /${path}`]
  })
}
