import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completionModel } from '../../../src/cli/completion.ts'
import type { OptionSpec } from '../../../src/cli/option-spec.ts'
import { optionTable } from '../../../src/cli/options.ts'
import { verbTable } from '../../../src/cli/verbs.ts'
import { checkout, skipBecause, whyNoProgram } from './host-root.ts'

let scratch = ''

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'dkms-factory-completion-'))
  for (const kernel of ['6.1.0-1-amd64', '6.9.0-1-amd64'])
    mkdirSync(join(scratch, 'modules', kernel), { recursive: true })
  writeFileSync(join(scratch, 'foo-1.0.dkms.tar.gz'), '')
  const dkms = `#!/bin/sh
case "$*" in
  *other*) echo 'other/9: added' ;;
  *) printf '%s\\n' 'foo/1.0, 6.1.0-1-amd64, x86_64: installed' 'foo/1.0, 6.9.0-1-amd64, x86_64: built' 'foo/2.0-rc1: added' \\
    'bar/3: broken' 'bar, 3, 6.1.0-1-amd64, x86_64: installed-weak from 6.0' ;;
esac
`
  mkdirSync(join(scratch, 'bin'))
  writeFileSync(join(scratch, 'bin/dkms'), dkms)
  chmodSync(join(scratch, 'bin/dkms'), 0o755)
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function start(program: string, args: readonly string[]) {
  const path = [join(scratch, 'bin'), process.env['PATH']].join(delimiter)
  return spawnSync(program, args, { encoding: 'utf8', cwd: scratch, env: { PATH: path, HOME: scratch, TERM: 'dumb' } })
}

const file = (shell: string) => join(checkout, 'host/completion', `dkms-factory.${shell}`)

describe('what can be completed', () => {
  const { verbs, options } = completionModel()

  it('is every action and every option that some action lists', () => {
    expect(verbs.map(({ name }) => name)).toEqual(Object.keys(verbTable))
    const listed = (optionTable as readonly OptionSpec[]).filter((spec) => !spec.ignored && spec.verbs?.length !== 0)
    expect(options.map(({ long }) => long)).toEqual(listed.map(({ long }) => long))
  })

  it('knows what every value is', () => {
    const texts = options.filter(({ value }) => value?.kind === 'text').map(({ value }) => value?.name)
    const packages = ['COMPRESSOR', 'G', 'L', 'NAME', 'P', 'R', 'RELEASE', 'S', 'TEXT', 'URL']
    const disks = ['DISTRO', 'F', 'FORM', 'KIB', 'LABEL', 'MEDIUM', 'PRODUCT']
    const free = ['N', 'SECONDS', '0|1', ...packages, ...disks]
    expect(new Set(texts)).toEqual(new Set(free))
  })

  it.each([
    ['status', { takesPackages: true, takesFiles: false, takesSeveral: false }],
    ['add', { takesPackages: true, takesFiles: true, takesSeveral: false }],
    ['ldtarball', { takesPackages: false, takesFiles: true, takesSeveral: false }],
    ['lint', { takesPackages: false, takesFiles: true, takesSeveral: true }],
    ['mktarball', { takesPackages: true, takesFiles: false, takesSeveral: false }],
  ])('tells the words of %s from its usage', (name, words) => {
    expect(verbs.find((verb) => verb.name === name)).toMatchObject(words)
  })
})

describe('the completion of bash', () => {
  /** What bash makes of a line: it splits words at = too. The last word is the one under the cursor. */
  function complete(line: string): string[] {
    const words = line.split(/ |(=)/).filter((word): word is string => word !== undefined)
    const script = `source '${file('bash')}'
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
      _dkms_factory dkms "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const ran = start('bash', ['--norc', '-u', '-c', script, 'bash', ...words])
    expect(ran.stderr).toBe('')
    return ran.stdout.split('\n').filter((word) => word !== '')
  }

  it('is bound to both names', () => {
    const { stdout } = start('bash', ['-c', `source '${file('bash')}'; complete -p dkms dkms-factory`])
    expect(stdout.trim().split('\n')).toEqual([
      'complete -F _dkms_factory dkms',
      'complete -F _dkms_factory dkms-factory',
    ])
  })

  it.each<[line: string, words: readonly string[]]>([
    ['dkms stat', ['status']],
    ['dkms -q stat', ['status']],
    ['dkms -k 6.1.0-1-amd64 unb', ['unbuild']],
    ['dkms status ', ['bar/3', 'foo/1.0', 'foo/2.0-rc1']],
    ['dkms status foo/', ['foo/1.0', 'foo/2.0-rc1']],
    ['dkms remove -m f', ['foo/1.0', 'foo/2.0-rc1']],
    ['dkms remove --module=foo/1', ['foo/1.0']],
    ['dkms remove --modul', ['--module']],
    ['dkms remove --moduleX f', ['foo/1.0', 'foo/2.0-rc1']],
    ['dkms remove -m foo -v ', ['1.0', '2.0-rc1']],
    ['dkms remove --module=bar -v ', ['3']],
    ['dkms remove foo/1.0 ', []],
    ['dkms --dkmstree /other status ', ['other/9']],
    ['dkms --dkmstree=/other status o', ['other/9']],
    ['dkms ldtarball foo', ['foo-1.0.dkms.tar.gz']],
    ['dkms lint a b foo', ['foo-1.0.dkms.tar.gz']],
    ['dkms add fo', ['foo/1.0', 'foo/2.0-rc1', 'foo-1.0.dkms.tar.gz']],
    ['dkms build --kernelsourcedir mod', ['modules']],
    ['dkms build -a aar', ['aarch64']],
    ['dkms build --archX=aar', ['aarch64']],
    ['dkms build --directive PACKAGE_N', ['PACKAGE_NAME=']],
    ['dkms status --progress=js', ['json']],
    ['dkms build -j ', []],
    ['dkms build --dry', ['--dry-run']],
    ['dkms status --source-', []],
    ['dkms mktarball --source-', ['--source-only']],
    ['dkms --no-in', []],
  ])('%s', (line, words) => {
    expect(complete(line)).toEqual(words)
  })

  it('finds kernels in the install tree that the line names', () => {
    expect(complete(`dkms build --installtree ${scratch}/modules -k `)).toEqual(['6.1.0-1-amd64', '6.9.0-1-amd64'])
    expect(complete(`dkms build --installtree=${scratch}/modules --kernelver=6.9`)).toEqual(['6.9.0-1-amd64'])
  })

  it('offers after each action the options of that action and no other', () => {
    for (const [verb, own] of Object.entries(verbTable).map(([verb]) => [verb, optionsOf(verb)] as const)) {
      expect(complete(`dkms ${verb} --`), verb).toEqual(own)
    }
  })

  function optionsOf(verb: string): string[] {
    return (optionTable as readonly OptionSpec[])
      .filter((spec) => !spec.ignored && (spec.verbs?.some((name) => name === verb) ?? true))
      .map(({ long }) => `--${long}`)
  }
})

describe('the completion of bash, as shellcheck sees it', () => {
  skipBecause(whyNoProgram('shellcheck'))

  it('has nothing to correct', () => {
    expect(start('shellcheck', ['-s', 'bash', file('bash')]).stdout).toBe('')
  })
})

describe('the completion of fish', () => {
  skipBecause(whyNoProgram('fish'))

  function complete(line: string): string[] {
    const ran = start('fish', ['--no-config', '-c', `source '${file('fish')}'; complete -C '${line}'`])
    expect(ran.stderr).toBe('')
    return ran.stdout.split('\n').flatMap((offer) => (offer === '' ? [] : [offer.split('\t')[0] ?? '']))
  }

  it.each<[line: string, words: readonly string[]]>([
    ['dkms stat', ['status']],
    ['dkms status ', ['bar/3', 'foo/1.0', 'foo/2.0-rc1']],
    ['dkms remove -m foo/2', ['foo/2.0-rc1']],
    ['dkms mktarball --source-', ['--source-only']],
    ['dkms build -a aar', ['aarch64']],
    ['dkms status --progress js', ['json']],
  ])('%s', (line, words) => {
    expect(complete(line)).toEqual(words)
  })

  it('is the same under the other name', () => {
    expect(complete('dkms-factory mktar')).toEqual(['mktarball'])
  })
})

describe('the completion of zsh', () => {
  skipBecause(whyNoProgram('zsh'))

  it('is correct zsh', () => {
    expect(start('zsh', ['-n', file('zsh')])).toMatchObject({ status: 0, stderr: '' })
  })

  /** Types a line into an interactive zsh on a terminal of its own, once its editor shows the prompt @@; what it lists. */
  function complete(line: string): string {
    const script = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell "PS1='@''@'; fpath=('${scratch}/functions' \\$fpath); autoload -U compinit; compinit -u -D"
      zpty -w shell "zstyle ':completion:*' list-prompt ''; LISTMAX=0; zstyle ':completion:*' menu no; bindkey '^I' list-choices; echo rea''dy"
      zpty -r -m shell ignored '*ready*@@*'
      zpty -n -w shell $'${line}\\t'
      zpty -n -w shell $'\\C-u'
      zpty -w shell 'echo mar""ker'
      zpty -r -m shell answer '*marker*'
      print -r -- $answer
      zpty -d shell`
    mkdirSync(join(scratch, 'functions'), { recursive: true })
    writeFileSync(join(scratch, 'functions/_dkms-factory'), readFileSync(file('zsh')))
    return start('zsh', ['-f', '-c', script]).stdout
  }

  it('lists actions with what they do', () => {
    expect(complete('dkms ')).toContain(verbTable.mktarball.describe)
  })

  it('lists packages after an action', () => {
    const answer = complete('dkms remove ')
    expect(answer).toContain('foo/2.0-rc1')
    expect(answer).toContain('bar/3')
  })

  it('lists the options of the action and no other', () => {
    const answer = complete('dkms mktarball --')
    expect(answer).toContain('--source-only')
    expect(answer).not.toContain('--kernelsourcedir')
  })
})
