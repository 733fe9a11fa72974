/** The completion function for zsh, made of the specifications of its _arguments. */
import { directiveNames } from '../conf/directives.ts'
import {
  archWords,
  type CompletedOption,
  type CompletedVerb,
  type CompletionKind,
  type CompletionModel,
  flagsOf,
  generatedNotice,
  packageOfStatusLine,
  progressWords,
} from './completion.ts'

export function renderZshCompletion(model: CompletionModel): string {
  return `${[
    '#compdef dkms dkms-factory',
    '# zsh completion for dkms and dkms-factory.',
    `# ${generatedNotice}`,
    '',
    functions,
    words(model.verbs),
    main(model),
    '',
    '_dkms_factory "$@"',
  ].join('\n')}\n`
}

const functions = `_dkms_factory_packages() {
  local -a packages
  packages=(\${(fu)"$(_call_program packages "$words[1] status" | sed -n '${packageOfStatusLine}')"})
  _wanted packages expl package compadd -a packages
}

_dkms_factory_versions() {
  local -a versions
  versions=(\${(fu)"$(_call_program packages "$words[1] status" | sed -n '${packageOfStatusLine}')"})
  versions=(\${(u)versions#*/})
  _wanted versions expl version compadd -a versions
}

_dkms_factory_kernels() {
  local -a kernels
  kernels=(/lib/modules/*(/N:t))
  _wanted kernels expl kernel compadd -a kernels
}

_dkms_factory_directives() {
  local -a directives
  directives=(${directiveNames.join(' ')})
  _wanted directives expl directive compadd -S = -a directives
}
`

const actionOfKind: Readonly<Record<CompletionKind, string>> = {
  package: '_dkms_factory_packages',
  version: '_dkms_factory_versions',
  kernel: '_dkms_factory_kernels',
  arch: `(${archWords.join(' ')})`,
  file: '_files',
  directory: '_files -/',
  directive: '_dkms_factory_directives',
  progress: `(${progressWords.join(' ')})`,
  text: ' ',
}

function words(verbs: readonly CompletedVerb[]): string {
  return [
    '_dkms_factory_actions() {',
    '  local -a actions',
    '  actions=(',
    ...verbs.map(({ name, describe }) => `    ${quote(`${name}:${describe}`)}`),
    '  )',
    '  _describe -t actions action actions',
    '}',
    '',
    '_dkms_factory_words() {',
    '  case $dkms_action in',
    ...verbs.map((verb) => `    ${verb.name}) ${callsOf(verb)} ;;`),
    '  esac',
    '}',
    '',
  ].join('\n')
}

function callsOf(verb: CompletedVerb): string {
  const calls = [...(verb.takesPackages ? ['_dkms_factory_packages'] : []), ...(verb.takesFiles ? ['_files'] : [])]
  return calls.length === 0 ? '_message "no more arguments"' : `_alternative ${calls.map(alternative).join(' ')}`
}

function alternative(call: string): string {
  return call === '_files' ? "'files:file:_files'" : `'packages:package:${call}'`
}

function main(model: CompletionModel): string {
  const names = model.verbs.map(({ name }) => name)
  const everywhere = model.options.filter(({ verbs }) => verbs === undefined)
  const special = model.options.flatMap((option) =>
    option.verbs === undefined ? [] : [{ ...option, verbs: option.verbs }],
  )
  return [
    '_dkms_factory() {',
    '  # _arguments has a variable action of its own.',
    '  local dkms_action word expl',
    '  local -a arguments',
    '  for word in ${words[2,CURRENT-1]}; do',
    `    if [[ $word == (${names.join('|')}) ]]; then dkms_action=$word; break; fi`,
    '  done',
    '  arguments=(',
    ...everywhere.flatMap(specifications),
    '  )',
    ...special.flatMap((option) => [
      `  if [[ -z $dkms_action || $dkms_action == (${option.verbs.join('|')}) ]]; then arguments+=(`,
      ...specifications(option),
      '  ); fi',
    ]),
    '  if [[ -z $dkms_action ]]; then',
    "    arguments+=('1: :_dkms_factory_actions')",
    '  else',
    "    arguments+=('*: :_dkms_factory_words')",
    '    words[(i)$dkms_action]=()',
    '    (( CURRENT-- ))',
    '  fi',
    '  _arguments $arguments',
    '}',
  ].join('\n')
}

/** One specification per spelling, as _arguments wants them. */
function specifications(option: CompletedOption): string[] {
  const flags = flagsOf(option)
  const exclusive = option.repeat ? '*' : `(${flags.join(' ')})`
  return flags.map((flag) => {
    const argument =
      option.value === undefined ? '' : `:${escape(option.value.name)}:${actionOfKind[option.value.kind]}`
    const joined = option.value !== undefined && flag.startsWith('--') ? '=' : ''
    return `    ${quote(`${exclusive}${flag}${joined}[${escape(option.describe)}]${argument}`)}`
  })
}

/** Brackets and colons mean something to _arguments. */
function escape(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
