/** What mkdeb, mkdsc and mkbmdeb have in common. */
import { absolutePath } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { DebianRequest, DebianResult } from '../packaging/deb/model.ts'
import { type DebFolder, defaultDebOutput } from '../packaging/deb/place.ts'
import { buildFromUserTemplate, type DebianVerb, findUserTemplate } from '../packaging/deb/user-template.ts'
import { refuseDirectory } from '../packaging/plan/choose.ts'
import type { PackagePlan, PlanContent } from '../packaging/plan/model.ts'
import type { CommandResult } from './command.ts'
import type { CommandLine } from './grammar.ts'
import type { GivenOptions } from './options.ts'
import { planCommand } from './package-plan.ts'
import { packageKey, packageSigner } from './package-signing.ts'
import { lastOption, pathOption, runningKernel, type Session } from './session.ts'

const folders: Readonly<Record<DebianVerb, DebFolder>> = { mkdeb: 'deb', mkdsc: 'dsc', mkbmdeb: 'bmdeb' }

export interface DebianCommand {
  readonly verb: DebianVerb
  readonly content: PlanContent
  /** With our own writers, where there is no template of the user. */
  readonly make: (request: DebianRequest) => Promise<DebianResult>
}

export async function runDebianCommand(
  session: Session,
  line: CommandLine,
  { verb, content, make }: DebianCommand,
): Promise<CommandResult> {
  const { options } = line
  const signer = packageSigner(packageKey(session, options))
  using planned = await planCommand(session, line, false, content)
  const { plan } = planned
  if (content !== 'source-only') refuseDirectory(plan)
  const output = pathOption(options, 'output')
  const request: DebianRequest = {
    plan,
    roots: session.roots,
    output: output === undefined ? defaultDebOutput(plan.origin, folders[verb]) : absolutePath(output),
    signer,
    runningKernel: runningKernel(session),
    dryRun: session.dryRun,
    report: session.report,
  }
  const template = findUserTemplate(verb, plan, session.roots.etc)
  const legacyPostinst = lastOption(options, 'legacy-postinst') !== '0'
  const result =
    template === undefined
      ? await make(request)
      : await buildFromUserTemplate({ ...request, verb, template, legacyPostinst })
  return { json: document(plan, result, session.dryRun), text: textOf(result, session.dryRun) }
}

/** Built modules only where they are asked for: packages of source are what everybody makes. */
export function sourceUnlessAsked(options: GivenOptions): PlanContent {
  if (options.has('source-only')) return 'source-only'
  if (options.has('binaries-only')) return 'binaries-only'
  return options.has('kernelver') || options.has('all') ? 'full' : 'source-only'
}

/** @throws {FactoryError} USAGE for a value that is not one of them */
export function choiceOption<Choice extends string>(
  options: GivenOptions,
  name: 'compress' | 'format',
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const text = lastOption(options, name)
  if (text === undefined) return choices[0]
  const choice = choices.find((one) => one === text)
  if (choice !== undefined) return choice
  throw new FactoryError('USAGE', `--${name} knows no ${JSON.stringify(text)}`, {
    hint: `choose one of ${choices.join(', ')}`,
  })
}

function document(
  { package: id, content, kernels }: PackagePlan,
  { files }: DebianResult,
  dryRun: boolean,
): Record<string, unknown> {
  return {
    module: id.name,
    version: id.version,
    content,
    kernels: kernels.map(({ release, arch }) => ({ kernel: release, arch })),
    files,
    dryRun,
  }
}

function textOf({ files }: DebianResult, dryRun: boolean): string {
  return files.map(({ path }) => `${dryRun ? 'Would write' : 'Wrote'}: ${path}\n`).join('')
}
