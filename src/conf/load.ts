/** A package's conf, complete: evaluated, overlaid with overrides, interpreted, or refused with every reason at once. */
import { type AbsolutePath, type Kernel, type PackageId, type Roots } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { Environment } from '../system/env.ts'
import { nameFault } from '../tree/names.ts'
import { formatDiagnostic } from './diagnostic-text.ts'
import { isBuildTime } from './directives.ts'
import { evaluateConf, expandAgain, expandAgainPlain } from './evaluate.ts'
import type { EvaluateOptions, Trust } from './evaluation.ts'
import { interpretConf } from './interpret.ts'
import type { Strictness } from './interpret-reading.ts'
import { directiveLayer, environmentLayer, type Layer, overlay, overrideFiles, whereIn } from './layers.ts'
import type { Diagnostic, DkmsConf } from './model.ts'
import { evaluatePlain } from './plain.ts'
import { readConfFile } from './read-file.ts'
import { evaluationVariables } from './variables.ts'

export interface ConfRequest {
  readonly confFile: AbsolutePath
  /** Absent while a package is being added from a directory: the conf then says who it is. */
  readonly package?: PackageId
  readonly kernel: Kernel
  readonly roots: Roots
  readonly kernelSourceDir?: string
  readonly kernelConfig?: string
  readonly parallelJobs?: number
  /** Values of --directive, NAME=VALUE each. */
  readonly directives?: readonly string[]
  /** Whether the override files that this host has in /etc/dkms count; by default they do. */
  readonly overrides?: 'apply' | 'ignore'
  /** Where DKMS_DIRECTIVE... variables are looked for; nowhere by default. */
  readonly environment?: Environment
  /** strict: add, build, install. lenient: everything else. */
  readonly strictness: Strictness
  readonly trust: Trust
  /** Untrusted only: the files beside the conf it may read, by path relative to it. */
  readonly files?: Readonly<Record<string, string>>
}

export interface LoadedConf {
  readonly conf: DkmsConf
  /** Warnings; errors are thrown. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * @throws {FactoryError} CONF_UNREADABLE; CONF_INVALID with every problem, its file and line among the details;
 *   CONF_UNNAMED in its place when the package is not known and the conf does not name it; CONF_NEEDS_BASH when an
 *   untrusted conf decides something with a command that cannot be run here; USAGE for a malformed directive
 */
export async function loadConf(request: ConfRequest): Promise<LoadedConf> {
  return loadConfText(readConfFile(request.confFile), request)
}

/** {@link loadConf} for a text that is not (yet) on disk: `confFile` only names it in messages. */
export async function loadConfText(text: string, request: ConfRequest): Promise<LoadedConf> {
  const { tmp } = request.roots
  const base = await evaluateLayer(text, {
    file: request.confFile,
    variables: variablesFor(request, request.package),
    trust: request.trust,
    tmp,
    ...(request.files === undefined ? {} : { files: request.files }),
  })
  const layers = [base]
  const id = request.package ?? identityIn(base)
  for (const file of overrideFilesFor(request, id)) {
    const options: EvaluateOptions = { file, variables: variablesFor(request, id), trust: 'trusted', tmp }
    layers.push(await evaluateLayer(readConfFile(file), options))
  }
  return conclude([...layers, ...lateLayers(request)], request)
}

/**
 * {@link loadConf} at once, without a process or an interpreter.
 *
 * @returns undefined when the conf or an override file needs a shell: use {@link loadConf} then
 */
export function loadConfPlain(request: ConfRequest): DkmsConf | undefined {
  const base = plainLayer(request.confFile, variablesFor(request, request.package))
  if (base === undefined) return undefined
  const layers = [base]
  const id = request.package ?? identityIn(base)
  for (const file of overrideFilesFor(request, id)) {
    const layer = plainLayer(file, variablesFor(request, id))
    if (layer === undefined) return undefined
    layers.push(layer)
  }
  return conclude([...layers, ...lateLayers(request)], request).conf
}

function overrideFilesFor({ roots, kernel, overrides }: ConfRequest, id: PackageId | undefined): string[] {
  return id === undefined || overrides === 'ignore' ? [] : overrideFiles(roots.etc, id, kernel)
}

async function evaluateLayer(text: string, options: EvaluateOptions): Promise<Layer> {
  const first = await evaluateConf(text, options)
  const second = await expandAgain(first.values, options, isBuildTime)
  const diagnostics = [...first.diagnostics, ...second.diagnostics]
  return { source: options.file, text, values: second.values, diagnostics }
}

function plainLayer(file: string, variables: Readonly<Record<string, string>>): Layer | undefined {
  const text = readConfFile(file)
  const first = evaluatePlain(text, variables)
  if (first === undefined) return undefined
  const values = expandAgainPlain(first, variables, isBuildTime)
  return values === undefined ? undefined : { source: file, text, values, diagnostics: [] }
}

function variablesFor(request: ConfRequest, id: PackageId | undefined): Record<string, string> {
  const { package: _, ...context } = request
  return evaluationVariables(id === undefined ? context : { ...context, package: id })
}

/** Names that could lead out of /etc/dkms find no override file. */
function identityIn(layer: Layer): PackageId | undefined {
  const name = layer.values.get('PACKAGE_NAME')?.get(0) ?? ''
  const version = layer.values.get('PACKAGE_VERSION')?.get(0) ?? ''
  const faults = [nameFault('package name', name), nameFault('package version', version)]
  return faults.every((fault) => fault === undefined) ? { name, version } : undefined
}

function lateLayers(request: ConfRequest): Layer[] {
  return [environmentLayer(request.environment ?? {}), directiveLayer(request.directives ?? [])]
}

function conclude(layers: readonly Layer[], request: ConfRequest): LoadedConf {
  const values = overlay(layers)
  const where = whereIn(layers, request.confFile)
  const evaluation = layers.flatMap((layer) => layer.diagnostics.filter((found) => !isSuperseded(found, layer, layers)))
  const unanswered = evaluation.filter(({ severity, code }) => severity === 'error' && code === 'NEEDS_BASH')
  if (unanswered.length > 0) throw needsBash(request, unanswered)
  const { conf, diagnostics } = interpretConf(values, { file: request.confFile, strictness: request.strictness, where })
  const all = [...evaluation, ...diagnostics]
  const cutOff = request.strictness === 'strict' && evaluation.some(isError)
  if (conf === undefined || cutOff) throw invalid(request, all)
  return { conf, diagnostics: all.map(asWarning) }
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error'
}

/** A conf that breaks off in the middle can still be looked at and removed. */
function asWarning(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, severity: 'warning' }
}

/** What an untrusted conf could not answer does not matter when a later layer answers it (--directive). */
function isSuperseded({ directive }: Diagnostic, layer: Layer, layers: readonly Layer[]): boolean {
  if (directive === undefined) return false
  return layers.slice(layers.indexOf(layer) + 1).some(({ values }) => values.has(directive))
}

function needsBash(request: ConfRequest, unanswered: readonly Diagnostic[]): FactoryError {
  return new FactoryError('CONF_NEEDS_BASH', `${request.confFile} needs a real bash, and its source is not trusted`, {
    hint: 'read the file; if you trust it, load it with --trust, or unpack the source below the source tree and add it from there',
    details: unanswered.map(formatDiagnostic),
  })
}

function invalid(request: ConfRequest, diagnostics: readonly Diagnostic[]): FactoryError {
  const errors = diagnostics.filter(isError)
  const details = errors.map(formatDiagnostic)
  const unnamed = request.package === undefined && errors.some(({ code }) => /^PACKAGE_\w+_MISSING$/.test(code))
  if (unnamed) {
    return new FactoryError('CONF_UNNAMED', `${request.confFile} does not say which package it is for`, {
      hint: 'it must set PACKAGE_NAME and PACKAGE_VERSION',
      details,
    })
  }
  const count = errors.length === 1 ? '1 problem' : `${errors.length} problems`
  return new FactoryError('CONF_INVALID', `${request.confFile} is not a valid dkms.conf: ${count}`, {
    hint: 'correct the file; dkms-factory lint shows everything about it',
    details,
  })
}
