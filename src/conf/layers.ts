/**
 * Where the values of a conf come from: the file itself, the administrator's override files, the environment, the
 * command line. Each is evaluated alone and overlays the one before element by element (DKMS man page, "/etc/dkms").
 */
import { readdirSync } from 'node:fs'
import type { Kernel, PackageId } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { type Environment } from '../system/env.ts'
import { fileError, systemErrorCode } from '../system/fs.ts'
import { findDirective } from './directives.ts'
import type { RawValues } from './evaluation.ts'
import type { Where } from './interpret-reading.ts'
import { findAssignments, lineOf } from './lines.ts'
import type { Diagnostic } from './model.ts'

export interface Layer {
  /** A path, or what to call it in a message. */
  readonly source: string
  /** Absent for values that come from no file. */
  readonly text?: string
  readonly values: RawValues
  readonly diagnostics: readonly Diagnostic[]
}

/** The override files of a package and kernel that exist, as paths, least specific first. */
export function overrideFiles(etc: string, { name, version }: PackageId, { release, arch }: Kernel): string[] {
  const wanted = [
    `${name}.conf`,
    `${name}-${version}.conf`,
    `${name}-${version}-${release}.conf`,
    `${name}-${version}-${release}-${arch}.conf`,
    `${name}--${release}.conf`,
    `${name}--${release}-${arch}.conf`,
  ]
  const present = new Set(listDirectory(etc))
  return wanted.filter((file) => file !== 'framework.conf' && present.has(file)).map((file) => `${etc}/${file}`)
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return []
    throw fileError(error, 'list', path)
  }
}

/**
 * Values of `--directive NAME=VALUE`; NAME may have an index. Names that are no directive are for the build's
 * environment and are not looked at here.
 *
 * @throws {FactoryError} USAGE when there is no equals sign or the name is none
 */
export function directiveLayer(given: readonly string[]): Layer {
  const values = new Map<string, Map<number, string>>()
  for (const text of given) {
    const found = /^([A-Za-z_]\w*)(?:\[(\d{1,4})\])?=(.*)$/s.exec(text)
    if (found === null) throw notADirective(text)
    const [, name = '', index = '0', value = ''] = found
    if (findDirective(name) === undefined) continue
    values.set(name, (values.get(name) ?? new Map<number, string>()).set(Number(index), value))
  }
  return { source: 'option --directive', values, diagnostics: [] }
}

function notADirective(text: string): FactoryError {
  return new FactoryError('USAGE', `--directive takes NAME=VALUE, not ${JSON.stringify(text)}`, {
    hint: 'for example --directive PACKAGE_VERSION=1.2.3',
  })
}

/** Environment variables named DKMS_DIRECTIVE... whose value is NAME=VALUE without blanks, in the order of their names. */
export function environmentLayer(environment: Environment): Layer {
  const given = Object.entries(environment)
    .filter(([name]) => name.startsWith('DKMS_DIRECTIVE'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, value]) => (value !== undefined && /^[A-Za-z_]\w*(?:\[\d{1,4}\])?=\S*$/.test(value) ? [value] : []))
  return { ...directiveLayer(given), source: 'environment variable DKMS_DIRECTIVE' }
}

export function overlay(layers: readonly Layer[]): RawValues {
  const values = new Map<string, Map<number, string>>()
  for (const layer of layers) {
    for (const [name, elements] of layer.values) {
      const merged = values.get(name) ?? new Map<number, string>()
      for (const [index, value] of elements) merged.set(index, value)
      values.set(name, merged)
    }
  }
  return values
}

/** File and line of the layer that set an element last. Lines are looked for only when a message needs one. */
export function whereIn(layers: readonly Layer[], fallback: string): Where {
  return (name, index) => {
    const layer = layers.findLast(({ values }) =>
      index === undefined ? values.has(name) : values.get(name)?.has(index) === true,
    )
    if (layer === undefined) return { file: fallback }
    const line = layer.text === undefined ? undefined : lineOf(findAssignments(layer.text), name, index)
    return { file: layer.source, ...(line === undefined ? {} : { line }) }
  }
}
