/** Many conf texts through one real bash, as the oracle of differential tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RawValues } from '../../../src/conf/evaluation.ts'
import { run } from '../../../src/system/run.ts'

export type Plain = Readonly<Record<string, Readonly<Record<string, string>>>>

export function toPlain(values: RawValues): Plain {
  const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, elements]) => [name, Object.fromEntries(elements)]))
}

const script = `
PATH=/nonexistent
for file in "$1"/*.conf; do
  (
    printf '%s\\0' "\${file##*/}"
    . "$file" >/dev/null 2>&1
    for name in $NAMES; do
      eval "keys=(\\"\\\${!$name[@]}\\")"
      for key in "\${keys[@]}"; do eval "printf '%s\\0%s\\0%s\\0' $name $key \\"\\\${$name[$key]}\\""; done
    done
    printf '.\\0'
  )
done
`

/** The values of each text, in order; undefined for one that ended its subshell. */
export async function evaluateAll(
  texts: readonly string[],
  names: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<(Plain | undefined)[]> {
  const directory = mkdtempSync(join(tmpdir(), 'conf-oracle-'))
  try {
    for (const [at, text] of texts.entries()) {
      // Bash 5.2 ends a subshell after a sourced text whose last statement is `A=1;command`. A comment keeps it going.
      const content = text.endsWith('\\') ? text : `${text}\n#\n`
      writeFileSync(join(directory, `${String(at).padStart(6, '0')}.conf`), content)
    }
    const { stdout } = await run(['bash', '--norc', '-c', script, 'oracle', directory], {
      wholeEnv: {
        ...variables,
        NAMES: names.join(' '),
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        LC_ALL: 'C.UTF-8',
      },
      cwd: directory,
    })
    return parse(stdout, texts.length)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function parse(stdout: string, count: number): (Plain | undefined)[] {
  const results: (Plain | undefined)[] = Array.from({ length: count }, () => undefined)
  const fields = stdout.split('\0')
  for (let at = 0; at < fields.length - 1; ) {
    const position = Number(fields[at++]?.slice(0, 6))
    const values: Record<string, Record<string, string>> = {}
    while (fields[at] !== '.' && at < fields.length) {
      const [name = '', key = '', value = ''] = fields.slice(at, at + 3)
      values[name] = { ...values[name], [key]: value }
      at += 3
    }
    at++
    results[position] = Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  return results
}
