/** The framework.conf that is installed: every setting explained, none set. */
import { frameworkNotes, type SettingNote } from './framework-notes.ts'
import { wrapText } from './wrap-text.ts'

const width = 96

const head = `# Settings of DKMS for this host. dkms-factory and DKMS both read this file; framework.conf(5) is its manual.
#
# The file is shell for bash: NAME="value", without blanks around the sign. Lines that begin with # do nothing; each
# setting below is shown with an example. Files /etc/dkms/framework.conf.d/*.conf are read after this one, in the order
# of their names, and options of the command line win over all of them.
`

export function renderFrameworkConf(): string {
  return [head, ...Object.entries(frameworkNotes).map(setting)].join('\n')
}

function setting([name, note]: readonly [string, SettingNote]): string {
  const text = wrapText(`${note.text.join(' ')} Values: ${note.value}. Default: ${note.default}.`, width)
  return [...text.map((line) => `# ${line}`), `#${name}=${quote(note.example)}`, ''].join('\n')
}

/** Single quotes keep $kernelver for the time the setting is used. */
function quote(value: string): string {
  return value.includes('$') ? `'${value}'` : `"${value}"`
}
