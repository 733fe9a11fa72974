/** ldtarball: from an archive that nobody vouches for to a package in the tree. The caller holds the lock of the tree. */
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { readTar, type TarSummary } from '../archive/tar-read.ts'
import { type AbsolutePath, below, formatKernel, type Kernel, sameKernel } from '../domain.ts'
import { isDirectory, lstatOrNone, statOrNone } from '../system/fs.ts'
import { commitPackage } from '../tree/change.ts'
import { changing } from '../tree/changing.ts'
import { treePaths } from '../tree/layout.ts'
import { loadPackage } from '../tree/load.ts'
import type { Build, TreePackage } from '../tree/model.ts'
import { haveSameBytes } from '../tree/same-bytes.ts'
import { readOptions } from './inspect.ts'
import type { BuildOutcome, LoadRequest, LoadResult, SourceOutcome } from './model.ts'
import { assertSomethingToDo, type BuildStanding, planBuild, planSource, type SourcePlan } from './plan.ts'
import { assertReachable } from './reachable.ts'
import { type ArchivedConf, readArchivedConf } from './read-conf.ts'
import { assertTar } from './recognise.ts'
import { sameTree } from './same-tree.ts'
import { type ArchivedBuild, binariesOnly, type Shape, shapeOf } from './shape.ts'
import { Stage, stagePlaces, temporaryPlaces } from './stage.ts'
import { Survey } from './survey.ts'
import { verifyModules } from './verify.ts'

/**
 * Nothing of the archive is run. Everything is unpacked beside its place, checked, and only then renamed into it.
 *
 * @throws {FactoryError} what inspectArchive throws; ELF_INVALID and VERMAGIC_MISMATCH for modules that are not what
 *   they should be; ARCHIVE_ALREADY_ADDED, SOURCE_CONFLICT, PACKAGE_BROKEN when what is there differs; FILE_ACCESS,
 *   DISK_FULL. In each case the tree and the source tree are as they were.
 */
export async function loadArchive(request: LoadRequest): Promise<LoadResult> {
  const { archive, roots, dryRun } = request
  await assertTar(archive)
  using stage = new Stage(dryRun ? temporaryPlaces(roots) : stagePlaces(roots))
  const { survey, summary } = await unpack(stage, request)
  const shape = shapeOf(survey, archive, request.arch)
  const conf = await readArchivedConf(survey, shape, request)
  for (const build of shape.builds) await verifyBuild(stage, build, request)
  const loading = new Loading(request, stage, shape, conf)
  const decided = loading.decide()
  warn(request, shape, decided)
  if (!dryRun) loading.carryOut(decided)
  return loading.result(decided, summary)
}

async function unpack(stage: Stage, request: LoadRequest): Promise<{ survey: Survey; summary: TarSummary }> {
  const survey = new Survey()
  const summary = await readTar(
    request.archive,
    (member) => {
      const noted = survey.add(member)
      const written = stage.writer.write(member)
      if (noted === undefined || written === undefined) return written ?? noted
      return {
        write: (chunk) => [written, noted].forEach((sink) => sink.write(chunk)),
        end: () => [written, noted].forEach((sink) => sink.end()),
      }
    },
    readOptions(request, 'load'),
  )
  return { survey, summary }
}

function verifyBuild(stage: Stage, { kernel, directory }: ArchivedBuild, request: LoadRequest): Promise<void> {
  const member = `${directory}/module`
  const { force, report } = request
  return verifyModules({ kernel, moduleDir: stage.pathOf(member), member, force, report })
}

interface Decided {
  readonly known: TreePackage | undefined
  readonly source: SourcePlan
  readonly builds: readonly (ArchivedBuild & { readonly outcome: BuildOutcome; readonly installed: boolean })[]
}

/** One archive, unpacked and checked, against one host. */
class Loading {
  readonly #request: LoadRequest
  readonly #stage: Stage
  readonly #shape: Shape
  readonly #conf: ArchivedConf

  constructor(request: LoadRequest, stage: Stage, shape: Shape, conf: ArchivedConf) {
    this.#request = request
    this.#stage = stage
    this.#shape = shape
    this.#conf = conf
  }

  decide(): Decided {
    const { roots, force } = this.#request
    const id = this.#conf.package
    assertReachable(treePaths(roots).sourceLink(id))
    const known = loadPackage(roots, id)
    const hostSource = this.#hostSource(known)
    const source = planSource({
      package: id,
      known,
      hostSource,
      obstacle: hostSource === undefined ? this.#obstacle() : undefined,
      archiveHasSource: this.#shape.source !== undefined,
      sameSource: () => hostSource !== undefined && sameTree(this.#stagedSource(), hostSource),
      sameConf: () => this.#sameConf(known, hostSource),
      force,
    })
    const builds = this.#shape.builds.map((build) => {
      const present = known?.builds.find(({ kernel }) => sameKernel(kernel, build.kernel))
      const outcome = planBuild({ kernel: build.kernel, present: this.#compare(build, present) }, force)
      return { ...build, outcome, installed: present?.installed ?? false }
    })
    const outcomes = builds.map(({ outcome }) => outcome)
    assertSomethingToDo(id, source, outcomes, force)
    for (const { kernel } of builds) assertReachable(this.#kernelDir(kernel))
    return { known, source, builds }
  }

  /** The source, the link to it and the builds appear together, or not at all. */
  carryOut({ source, builds }: Decided): void {
    const taken = builds.filter(({ outcome }) => outcome === 'loaded' || outcome === 'replaced')
    commitPackage(this.#request.roots, this.#conf.package, {
      ...(source.source === 'leave' ? {} : { source: this.#openedSource() }),
      ...(source.tie === 'leave' ? {} : { tie: source.tie === 'link' ? 'link' : { stub: this.#stub() } }),
      builds: taken.map(({ kernel, directory }) => ({ kernel, staged: this.#stage.pathOf(directory) })),
    })
  }

  result({ known, source, builds }: Decided, { compression }: TarSummary): LoadResult {
    const paths = treePaths(this.#request.roots)
    const { package: id, diagnostics } = this.#conf
    return {
      package: id,
      kind: this.#shape.kind,
      compression,
      source: this.#shape.source === undefined ? 'not-in-archive' : sourceOutcomes[source.source],
      sourceDir: sourceDirOf(known, source, paths.sourceDir(id), paths.sourceLink(id)),
      added: known === undefined,
      kernels: builds.map(({ kernel, outcome }) => ({ kernel, outcome })),
      diagnostics,
      dryRun: this.#request.dryRun,
    }
  }

  #stagedSource(): AbsolutePath {
    return this.#stage.pathOf(this.#shape.source ?? binariesOnly)
  }

  /** The root of the stage is closed to others; what becomes a source must not be. */
  #openedSource(): AbsolutePath {
    const staged = this.#stagedSource()
    changing('prepare', staged, () => chmodSync(staged, 0o755))
    return staged
  }

  /** A directory with just the dkms.conf, as DKMS makes for a package without its source. */
  #stub(): AbsolutePath {
    const stub = this.#stage.pathOf(`${binariesOnly}/stub`)
    changing('prepare', stub, () => {
      mkdirSync(stub)
      chmodSync(stub, 0o755)
      copyFileSync(this.#stage.pathOf(this.#shape.conf), below(stub, 'dkms.conf'))
    })
    return stub
  }

  #hostSource(known: TreePackage | undefined): AbsolutePath | undefined {
    if (known?.source.kind === 'linked') return known.source.dir
    const place = treePaths(this.#request.roots).sourceDir(this.#conf.package)
    return isDirectory(place) ? place : undefined
  }

  /** What stands where the source belongs and is no directory. */
  #obstacle(): AbsolutePath | undefined {
    const place = treePaths(this.#request.roots).sourceDir(this.#conf.package)
    return lstatOrNone(place) === undefined ? undefined : place
  }

  #sameConf(known: TreePackage | undefined, hostSource: AbsolutePath | undefined): boolean {
    const host = known?.source.kind === 'binaries-only' ? known.source.dir : hostSource
    if (host === undefined) return false
    const staged = this.#stage.pathOf(this.#shape.conf)
    const bytes = statOrNone(staged)?.size
    return bytes !== undefined && haveSameBytes(staged, bytes, below(host, 'dkms.conf'))
  }

  #kernelDir(kernel: Kernel): AbsolutePath {
    return treePaths(this.#request.roots).kernelDir(this.#conf.package, kernel)
  }

  #compare({ directory, kernel }: ArchivedBuild, present: Build | undefined): BuildStanding['present'] {
    if (present === undefined) return statOrNone(this.#kernelDir(kernel)) === undefined ? 'no' : 'half-made'
    if (present.state === 'no-module-directory') return 'half-made'
    const staged = this.#stage.pathOf(`${directory}/module`)
    return sameTree(staged, below(present.dir, 'module')) ? 'same' : 'different'
  }
}

const sourceOutcomes: Readonly<Record<SourcePlan['source'], SourceOutcome>> = {
  load: 'loaded',
  replace: 'replaced',
  leave: 'unchanged',
}

function sourceDirOf(
  known: TreePackage | undefined,
  { source, tie }: SourcePlan,
  sourceDir: AbsolutePath,
  sourceLink: AbsolutePath,
): AbsolutePath {
  if (tie === 'stub') return sourceLink
  if (tie === 'leave' && source === 'leave' && known !== undefined && known.source.kind !== 'broken')
    return known.source.dir
  return sourceDir
}

function warn({ report, archive }: LoadRequest, shape: Shape, { source, builds }: Decided): void {
  for (const directory of shape.unfinished) {
    report({ kind: 'warning', message: `${directory} holds no module directory and is not loaded`, where: archive })
  }
  if (source.confDiffers) {
    const message = 'the source of the package on this host has another dkms.conf than the binaries were built with'
    report({ kind: 'warning', message, where: archive, hint: 'make sure that it is the same source' })
  }
  for (const { kernel, archAssumed, outcome, installed } of builds) {
    const name = `the build for kernel ${formatKernel(kernel)}`
    if (archAssumed) {
      const message = `the archive does not say for which architecture its build for kernel ${kernel.release} is`
      report({
        kind: 'warning',
        message: `${message}; taken as ${kernel.arch}`,
        where: archive,
        hint: 'name it with -a',
      })
    }
    if (outcome === 'skipped') {
      report({ kind: 'warning', message: `${name} exists and differs; it is kept`, hint: 'give --force to replace it' })
    }
    if (outcome === 'replaced' && installed) {
      const hint = 'run `dkms install --force` to install the new one'
      report({ kind: 'warning', message: `${name} is installed; its old modules stay in the install tree`, hint })
    }
  }
}
