/** What the guest printed on its results port, taken apart. The other side is guest-init.sh. */

export interface StepResult {
  /** Exit status of the step's script. */
  readonly status: number
  /** What the script printed, standard output and error together. */
  readonly lines: readonly string[]
  /** What the kernel logged while it ran, without the time stamps. */
  readonly dmesg: readonly string[]
}

const mark = '@@guest '

/** The results of the steps that came to their end, in order: fewer than there were when the guest died. */
export function parseTranscript(text: string): StepResult[] {
  const parts = text.replaceAll('\r', '').split(`${mark}begin `).slice(1)
  return parts.flatMap((part) => {
    const [output = '', rest] = part.split(`\n${mark}status `)
    if (rest === undefined || !rest.includes(`${mark}end `)) return []
    const [status = '', ...log] = rest.slice(0, rest.indexOf(`${mark}end `)).split('\n')
    return [{ status: Number(status), lines: linesOf(output.split('\n').slice(1)), dmesg: linesOf(log).map(message) }]
  })
}

function linesOf(lines: readonly string[]): string[] {
  return lines.filter((line) => line !== '')
}

function message(line: string): string {
  return line.replace(/^\[ *\d+\.\d+\] /, '')
}
