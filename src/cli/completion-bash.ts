/** The completion script for bash. It needs bash 4.4 and nothing else: hosts may lack the package bash-completion. */
import { directiveNames } from '../conf/directives.ts'
import {
  archWords,
  type CompletedOption,
  type CompletionKind,
  type CompletionModel,
  flagsOf,
  generatedNotice,
  optionsOf,
  packageOfStatusLine,
  progressWords,
} from './completion.ts'

export function renderBashCompletion(model: CompletionModel): string {
  return `${[
    '# bash completion for dkms and dkms-factory.',
    `# ${generatedNotice}`,
    '',
    places,
    kindOfOption(model),
    candidates,
    optionsOfAction(model),
    wordsOfAction(model),
    complete(model),
  ].join('\n')}\n`
}

/** Options that name another tree count for the completion too. */
const places = `# Prints the value the command line gives an option, or the default.
_dkms_factory_place() {
  local option=$1 place=$2 index
  for ((index = 1; index < COMP_CWORD; index++)); do
    if [[ \${COMP_WORDS[index]} == "--$option" ]]; then
      if [[ \${COMP_WORDS[index + 1]-} == '=' ]]; then
        place=\${COMP_WORDS[index + 2]-}
      else
        place=\${COMP_WORDS[index + 1]-}
      fi
    fi
  done
  printf '%s\\n' "$place"
}

_dkms_factory_status() {
  "\${COMP_WORDS[0]}" status --dkmstree "$(_dkms_factory_place dkmstree /var/lib/dkms)" \\
    --sourcetree "$(_dkms_factory_place sourcetree /usr/src)" \\
    --installtree "$(_dkms_factory_place installtree /lib/modules)" 2>/dev/null
}

_dkms_factory_packages() {
  _dkms_factory_status | sed -n '${packageOfStatusLine}' | sort -u
}

# The versions of the package that -m names, or of all.
_dkms_factory_versions() {
  local name index
  for ((index = 1; index < COMP_CWORD; index++)); do
    if [[ \${COMP_WORDS[index]} == @(-m|--module*) ]]; then
      name=\${COMP_WORDS[index + 1]}
      if [[ $name == '=' ]]; then name=\${COMP_WORDS[index + 2]-}; fi
    fi
  done
  _dkms_factory_packages | while IFS= read -r package; do
    if [[ -z \${name-} || \${package%%/*} == "$name" ]]; then printf '%s\\n' "\${package#*/}"; fi
  done | sort -u
}

_dkms_factory_kernels() {
  local directory
  for directory in "$(_dkms_factory_place installtree /lib/modules)"/*/; do
    directory=\${directory%/}
    if [[ -d $directory ]]; then printf '%s\\n' "\${directory##*/}"; fi
  done
}
`

function kindOfOption(model: CompletionModel): string {
  const valued = model.options.filter((option) => option.value !== undefined)
  const line = (pattern: string, option: CompletedOption) => `    ${pattern}) echo ${option.value?.kind ?? 'text'} ;;`
  return [
    '# Prints what the value of an option is; nothing for a flag.',
    '_dkms_factory_kind() {',
    '  case $1 in',
    ...valued.map((option) => line(flagsOf(option).join(' | '), option)),
    ...model.options
      .filter((option) => option.value === undefined)
      .map((option) => `    ${flagsOf(option).join(' | ')}) ;;`),
    ...valued.filter(({ prefix }) => prefix).map((option) => line(`--${option.long}*`, option)),
    '  esac',
    '}',
    '',
  ].join('\n')
}

const commandOfKind: Readonly<Record<Exclude<CompletionKind, 'file' | 'directory' | 'text'>, string>> = {
  package: '-W "$(_dkms_factory_packages)"',
  version: '-W "$(_dkms_factory_versions)"',
  kernel: '-W "$(_dkms_factory_kernels)"',
  arch: `-W '${archWords.join(' ')}'`,
  directive: `-S = -W '${directiveNames.join(' ')}'`,
  progress: `-W '${progressWords.join(' ')}'`,
}

const candidates = [
  '# _dkms_factory_add KIND: adds what begins as the word under the cursor.',
  '_dkms_factory_add() {',
  '  local found=()',
  '  case $1 in',
  '    file) compopt -o filenames 2>/dev/null; mapfile -t found < <(compgen -f -- "$current") ;;',
  '    directory) compopt -o filenames 2>/dev/null; mapfile -t found < <(compgen -d -- "$current") ;;',
  ...Object.entries(commandOfKind).map(([kind, how]) => {
    const noSpace = kind === 'directive' ? 'compopt -o nospace 2>/dev/null; ' : ''
    return `    ${kind}) ${noSpace}mapfile -t found < <(compgen ${how} -- "$current") ;;`
  }),
  '  esac',
  '  COMPREPLY+=("${found[@]}")',
  '}',
  '',
].join('\n')

function optionsOfAction(model: CompletionModel): string {
  const flags = (options: readonly CompletedOption[]) => options.flatMap(flagsOf).join(' ')
  return [
    '_dkms_factory_options() {',
    '  case $1 in',
    ...model.verbs.map(({ name }) => `    ${name}) echo '${flags(optionsOf(model, name))}' ;;`),
    `    *) echo '${flags(model.options)}' ;;`,
    '  esac',
    '}',
    '',
  ].join('\n')
}

/** Several words only where the action takes them: after `remove M/V` there is nothing to offer. */
function wordsOfAction(model: CompletionModel): string {
  const kinds = model.verbs.map((verb) => {
    const what = [...(verb.takesPackages ? ['package'] : []), ...(verb.takesFiles ? ['file'] : [])].join(' ')
    return `    ${verb.name}:${verb.takesSeveral ? '*' : '0'}) echo ${what} ;;`
  })
  return [
    '# _dkms_factory_words ACTION:COUNT: what the next word is, after so many.',
    '_dkms_factory_words() {',
    '  case $1 in',
    ...kinds,
    '  esac',
    '}',
    '',
  ].join('\n')
}

function complete(model: CompletionModel): string {
  const actions = model.verbs.map(({ name }) => name)
  return `_dkms_factory() {
  local current=\${COMP_WORDS[COMP_CWORD]} option=\${COMP_WORDS[COMP_CWORD - 1]} action='' count=0 index word kind
  COMPREPLY=()
  # bash makes a word of the = in --option=value.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $option == '=' ]]; then
    option=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  kind=$(_dkms_factory_kind "$option")
  if [[ -n $kind ]]; then
    _dkms_factory_add "$kind"
    return
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == -* ]]; then
      if [[ -n $(_dkms_factory_kind "$word") ]]; then
        ((index++))
        if [[ \${COMP_WORDS[index]} == '=' ]]; then ((index++)); fi
      fi
    elif [[ -z $action && $word == @(${actions.join('|')}) ]]; then
      action=$word
    else
      ((count++))
    fi
  done
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_dkms_factory_options "$action")" -- "$current")
  elif [[ -z $action ]]; then
    mapfile -t COMPREPLY < <(compgen -W '${actions.join(' ')}' -- "$current")
  else
    for kind in $(_dkms_factory_words "$action:$count"); do _dkms_factory_add "$kind"; done
  fi
}

complete -F _dkms_factory dkms dkms-factory`
}
