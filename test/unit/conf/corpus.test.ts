import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { evaluateWithBash } from '../../../src/conf/bash.ts'
import { directiveNames } from '../../../src/conf/directives.ts'
import { evaluatePlain } from '../../../src/conf/plain.ts'
import { evaluateInSandbox } from '../../../src/conf/sandbox.ts'
import { type Plain, toPlain } from './real-bash.ts'

const corpus = join(import.meta.dirname, '../../../../shared/conf-corpus')
const present = existsSync(join(corpus, 'expected.jsonl'))

interface Entry {
  readonly file: string
  readonly text: string
  readonly expected: Plain
}

function readCorpus(): { variables: Record<string, string>; entries: Entry[] } {
  const [first = '', ...lines] = readFileSync(join(corpus, 'expected.jsonl'), 'utf8').trim().split('\n')
  const entries = lines.map((line) => {
    const { file, vars } = JSON.parse(line) as { file: string; vars: Plain }
    return { file, expected: vars, text: readFileSync(join(corpus, 'files', file), 'utf8') }
  })
  return { variables: (JSON.parse(first) as { context: Record<string, string> }).context, entries }
}

/** One conf asks for the working directory; the recorded answer names the one of the recording. */
function expectedIn(directory: string, { expected }: Entry): Plain {
  return JSON.parse(JSON.stringify(expected).replace(/\/tmp\/dkca1s75fgg\/w/g, directory)) as Plain
}

describe.skipIf(!present)('confs of public repositories (skipped without ../shared/conf-corpus)', () => {
  const { variables, entries } = present ? readCorpus() : { variables: {}, entries: [] }
  const directory = mkdtempSync(join(tmpdir(), 'conf-corpus-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  it('are evaluated without a shell in at least 80 of 100 cases, and then exactly', () => {
    let answered = 0
    for (const entry of entries) {
      const values = evaluatePlain(entry.text, variables)
      if (values === undefined) continue
      answered++
      expect({ file: entry.file, values: toPlain(values) }).toEqual({ file: entry.file, values: entry.expected })
    }
    expect(answered / entries.length).toBeGreaterThan(0.8)
  })

  it('are evaluated by bash exactly, every one', async () => {
    for (const entry of entries) {
      const file = join(directory, 'dkms.conf')
      const { values } = await evaluateWithBash(entry.text, { file, variables, trust: 'trusted' })
      expect({ file: entry.file, values: toPlain(values) }).toEqual({
        file: entry.file,
        values: expectedIn(directory, entry),
      })
    }
  })

  it('are evaluated in the sandbox exactly in at least 99 of 100 cases, the others with a NEEDS_BASH finding', async () => {
    let exact = 0
    for (const entry of entries) {
      const { values, diagnostics } = await evaluateInSandbox(entry.text, {
        file: entry.file,
        variables,
        trust: 'untrusted',
      })
      const same = JSON.stringify(toPlain(values)) === JSON.stringify(sorted(expectedIn('/package', entry)))
      if (same) exact++
      else expect(diagnostics.map(({ code }) => code)).toContain('NEEDS_BASH')
    }
    expect(exact / entries.length).toBeGreaterThanOrEqual(0.99)
  })

  it('set nothing that the table of directives does not know', () => {
    const known = new Set<string>(directiveNames)
    expect(entries.flatMap(({ expected }) => Object.keys(expected)).filter((name) => !known.has(name))).toEqual([])
  })
})

function sorted(values: Plain): Plain {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
}
