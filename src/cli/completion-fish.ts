/** The completions for fish. */
import { directiveNames } from '../conf/directives.ts'
import {
  archWords,
  type CompletedOption,
  type CompletedVerb,
  type CompletionKind,
  type CompletionModel,
  generatedNotice,
  packageOfStatusLine,
  progressWords,
} from './completion.ts'

export function renderFishCompletion(model: CompletionModel): string {
  const verbs = model.verbs.map(({ name }) => name).join(' ')
  return `${[
    '# fish completion for dkms and dkms-factory.',
    `# ${generatedNotice}`,
    '',
    functions,
    'for program in dkms dkms-factory',
    '    complete -c $program -f',
    ...model.verbs.flatMap((verb) => verbLines(verb, verbs)),
    ...model.options.map(optionLine),
    'end',
  ].join('\n')}\n`
}

const functions = `function __dkms_factory_packages
    set -l program (commandline -opc)[1]
    command $program status 2>/dev/null | sed -n '${packageOfStatusLine}' | sort -u
end

function __dkms_factory_versions
    __dkms_factory_packages | string replace -r '^[^/]*/' '' | sort -u
end

function __dkms_factory_kernels
    for directory in /lib/modules/*/
        string replace -r '.*/([^/]+)/$' '$1' $directory
    end
end
`

const valuesOfKind: Readonly<Record<CompletionKind, string>> = {
  package: `-x -a '(__dkms_factory_packages)'`,
  version: `-x -a '(__dkms_factory_versions)'`,
  kernel: `-x -a '(__dkms_factory_kernels)'`,
  arch: `-x -a '${archWords.join(' ')}'`,
  file: '-r -F',
  directory: `-x -a '(__fish_complete_directories)'`,
  directive: `-x -a '${directiveNames.map((name) => `${name}=`).join(' ')}'`,
  progress: `-x -a '${progressWords.join(' ')}'`,
  text: '-x',
}

function verbLines({ name, describe, takesPackages, takesFiles }: CompletedVerb, verbs: string): string[] {
  const after = `-n '__fish_seen_subcommand_from ${name}'`
  const offered = `complete -c $program -n 'not __fish_seen_subcommand_from ${verbs}' -a ${name} -d ${quote(describe)}`
  return [
    `    ${offered}`,
    ...(takesPackages ? [`    complete -c $program ${after} -a '(__dkms_factory_packages)' -d package`] : []),
    ...(takesFiles ? [`    complete -c $program ${after} -F`] : []),
  ]
}

function optionLine(option: CompletedOption): string {
  const condition = option.verbs === undefined ? [] : [`-n '__fish_seen_subcommand_from ${option.verbs.join(' ')}'`]
  const short = option.short === undefined ? [] : [`-s ${option.short}`]
  const values = option.value === undefined ? [] : [valuesOfKind[option.value.kind]]
  const parts = [...condition, ...short, `-l ${option.long}`, ...values, `-d ${quote(option.describe)}`]
  return `    complete -c $program ${parts.join(' ')}`
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
