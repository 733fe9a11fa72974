/**
 * What shells can complete, told by the tables of actions and options; one file per shell writes it in that shell's
 * language (completion-bash.ts, completion-zsh.ts, completion-fish.ts). Pure: the scripts are made with the program and
 * shipped with it, so that a shell never starts the program only to learn its options.
 */

import type { OptionSpec } from './option-spec.ts'
import { optionTable } from './options.ts'
import { type VerbSpec, verbTable } from './verbs.ts'

/** What can stand as a value or as a word. `text` is anything: nothing is offered. */
export type CompletionKind =
  | 'package'
  | 'version'
  | 'kernel'
  | 'arch'
  | 'file'
  | 'directory'
  | 'directive'
  | 'progress'
  | 'text'

/** By the name that options.ts gives a value. */
const kindsOfValues: Readonly<Record<string, CompletionKind>> = {
  'M[/V]': 'package',
  'M/V': 'package',
  V: 'version',
  'K[/A]': 'kernel',
  K: 'kernel',
  A: 'arch',
  FILE: 'file',
  '[K=]FILE': 'file',
  KEY: 'file',
  DIR: 'directory',
  'NAME=VALUE': 'directive',
  HOW: 'progress',
}

/** The words `--progress` takes. */
export const progressWords = ['auto', 'plain', 'bar', 'json', 'none'] as const

/** Architectures as `uname -m` names them, the common ones. */
export const archWords = ['x86_64', 'aarch64', 'armv7l', 'i686', 'ppc64le', 'riscv64', 's390x', 'loongarch64'] as const

export interface CompletedOption {
  readonly long: string
  readonly short: string | undefined
  /** dkms(8) matches the long option by its beginning. */
  readonly prefix: boolean
  readonly repeat: boolean
  /** Absent for a flag. */
  readonly value: { readonly name: string; readonly kind: CompletionKind } | undefined
  readonly describe: string
  /** The actions it belongs to; absent: all. */
  readonly verbs: readonly string[] | undefined
}

export interface CompletedVerb {
  readonly name: string
  readonly describe: string
  readonly takesPackages: boolean
  readonly takesFiles: boolean
  /** More than one word after the action is fine. */
  readonly takesSeveral: boolean
}

export interface CompletionModel {
  readonly verbs: readonly CompletedVerb[]
  readonly options: readonly CompletedOption[]
}

/** Options that are accepted without effect, and those that no action lists, are not offered. */
export function completionModel(
  verbs: Readonly<Record<string, VerbSpec>> = verbTable,
  options: readonly OptionSpec[] = optionTable,
): CompletionModel {
  return {
    verbs: Object.entries(verbs).map(completedVerb),
    options: options.filter((spec) => spec.ignored !== true && spec.verbs?.length !== 0).map(completedOption),
  }
}

function completedOption(spec: OptionSpec): CompletedOption {
  return {
    long: spec.long,
    short: spec.short,
    prefix: spec.prefix === true,
    repeat: spec.repeat === true,
    value: spec.value === undefined ? undefined : { name: spec.value, kind: kindsOfValues[spec.value] ?? 'text' },
    describe: spec.describe,
    verbs: spec.verbs,
  }
}

/** The usage line tells what the words are; options in it have brackets and a dash of their own. */
function completedVerb([name, spec]: readonly [string, VerbSpec]): CompletedVerb {
  const words = spec.usage.replace(/\[-[^\]]*\](\.\.\.)?/g, '').slice(name.length)
  return {
    name,
    describe: spec.describe,
    takesPackages: /\bM(\/V|\[\/V\])?/.test(words),
    takesFiles: /DIRECTORY|ARCHIVE|PATH|FILE|dkms\.conf/.test(words),
    takesSeveral: words.includes('...'),
  }
}

export function optionsOf(model: CompletionModel, verb: string): readonly CompletedOption[] {
  return model.options.filter((option) => option.verbs === undefined || option.verbs.includes(verb))
}

/** `-k` and `--kernelver`. */
export function flagsOf(option: CompletedOption): readonly string[] {
  return option.short === undefined ? [`--${option.long}`] : [`-${option.short}`, `--${option.long}`]
}

export const generatedNotice =
  'Made by scripts/generate-host-files.ts from the tables of the program; edit those instead.'

/** What `dkms status` prints begins with `M/V, ` or `M/V: `. The text is a sed script for between single quotes. */
export const packageOfStatusLine = 's|^\\([^ ]*/[^ ]*\\)[,:] .*|\\1|p'
