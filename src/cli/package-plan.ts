/** What a package is made from, out of a command line: a package of the tree, or a plain directory with a dkms.conf. */
import { type AbsolutePath, absolutePath, type Kernel, type PackageId } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { type MetadataOptions, readMetadataOptions } from '../packaging/metadata/options.ts'
import type { PackagePlan, PlanContent } from '../packaging/plan/model.ts'
import { planFromDirectory, planFromTree } from '../packaging/plan/plan.ts'
import { sourceDateEpoch } from '../system/clock.ts'
import { isFile } from '../system/fs.ts'
import type { CommandLine } from './grammar.ts'
import { kernelChoice } from './kernel-choice.ts'
import { lockFor } from './lock.ts'
import type { GivenOptions } from './options.ts'
import { lastOption, runningKernel, type Session } from './session.ts'
import { readTarget, requirePackage } from './target.ts'

/** @param rich whether the packages are for RPM, which alone knows rich dependencies */
export function metadataOptions(options: GivenOptions, rich: boolean): ReturnType<typeof readMetadataOptions> {
  const last = (name: Parameters<typeof lastOption>[1]) => lastOption(options, name)
  const texts: MetadataOptions = {
    license: last('license'),
    summary: last('summary'),
    description: last('description'),
    url: last('url'),
    vendor: last('vendor'),
    maintainer: last('maintainer'),
    packager: last('packager'),
    group: last('group'),
    section: last('section'),
    priority: last('priority'),
    release: last('release'),
    epoch: last('epoch'),
    requires: options.get('requires'),
    'pre-depends': options.get('pre-depends'),
    recommends: options.get('recommends'),
    suggests: options.get('suggests'),
    supplements: options.get('supplements'),
    enhances: options.get('enhances'),
    conflicts: options.get('conflicts'),
    breaks: options.get('breaks'),
    provides: options.get('provides'),
    replaces: options.get('replaces'),
  }
  return readMetadataOptions(texts, rich)
}

export interface PlannedCommand extends Disposable {
  readonly plan: PackagePlan
}

/** What is to be packed, decided by, or made by then, what the tree holds. */
export type DecideContent = (id: PackageId) => Promise<PlanContent>

/**
 * The plan, with the tree locked as long as it is needed. A directory with a dkms.conf, given as a word or by being in
 * it, needs no tree and no lock.
 *
 * @param content a function is called when the tree is locked, for a package of the tree only
 * @param kernels what the dkms.conf of a directory is evaluated for
 * @throws {FactoryError} ARGUMENT_MISSING; METADATA_INVALID; what planning and locking throw
 */
export async function planCommand(
  session: Session,
  line: CommandLine,
  rich: boolean,
  content: PlanContent | DecideContent = chosenContent(line.options),
  kernels: readonly Kernel[] = [],
): Promise<PlannedCommand> {
  const common = {
    roots: session.roots,
    runningKernel: runningKernel(session),
    options: metadataOptions(line.options, rich),
    directives: line.options.get('directive') ?? [],
    sourceDateEpoch: sourceDateEpoch(session.environment),
  }
  const target = readTarget(line, session.report)
  const directory = target.name === undefined ? (target.source ?? currentSource(session, line)) : undefined
  if (directory !== undefined) {
    return { plan: await planFromDirectory({ ...common, directory, kernels }), [Symbol.dispose]: () => {} }
  }
  if (target.name === undefined && target.archive !== undefined) throw isNoSource(target.archive)
  const id = requirePackage(target)
  const lock = await lockFor(session, line, { onlyReads: true })
  try {
    const plan = await planFromTree({
      ...common,
      package: id,
      content: typeof content === 'function' ? await content(id) : content,
      kernels: kernelChoice(session, line),
    })
    return { plan, [Symbol.dispose]: () => lock[Symbol.dispose]() }
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}

function isNoSource(file: AbsolutePath): FactoryError {
  return new FactoryError(
    'ARGUMENT_MISSING',
    `${file} is a file, and packages are made from directories and the tree`,
    {
      hint: `if it is an archive, load it first: dkms ldtarball ${file}; then name the package as M/V`,
    },
  )
}

export function chosenContent(options: GivenOptions): PlanContent {
  if (options.has('source-only')) return 'source-only'
  return options.has('binaries-only') ? 'binaries-only' : 'full'
}

/** As mkdeb of DKMS 2.x: in a directory with a dkms.conf, with nothing else said, that is what is meant. */
function currentSource({ machine }: Session, { words }: CommandLine): AbsolutePath | undefined {
  if (words.length > 0) return undefined
  const { workingDirectory } = machine
  if (!isFile(`${workingDirectory}/dkms.conf`)) return undefined
  return absolutePath(workingDirectory)
}
