/**
 * DKMS packages inside of packages: archives, which are copied to a temporary file while the payload streams past and
 * looked into afterwards, and source directories, of which only the dkms.conf is read.
 */
import { closeSync, openSync } from 'node:fs'
import { posix } from 'node:path'
import { writeAt } from '../../archive/file-range.ts'
import type { MemberSink } from '../../archive/tar-read.ts'
import { loadConfText } from '../../conf/load.ts'
import { absolutePath, below } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { inspectArchive } from '../../importer/inspect.ts'
import type { InspectRequest } from '../../importer/model.ts'
import { recognise } from '../../importer/recognise.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { moduleNames, modulesOf } from './archive.ts'
import type { InspectedDkmsPackage, InspectedModule, Problem } from './model.ts'

/** All archives of a package together: the place for temporary files may be memory. */
const spoolRoom = 2 * 2 ** 30
/** A reader of the importer refuses larger ones as well. */
const largestConf = 64 * 1024

const dkmsTarball = /\.dkms\.tar(\.(gz|bz2|xz|zst))?$/
const anyTarball = /\.(tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst))$/
/** Codes of errors that say something of the archive, not of this machine's disks. */
const aboutTheArchive = /^(ARCHIVE|CONF|NAME|PACKAGE)_/
const sourceConf = /^\/usr\/src\/[^/]+\/dkms\.conf$/

interface Spooled {
  readonly path: string
  readonly copy: string
}

export class Embedded implements Disposable {
  readonly #request: InspectRequest
  readonly #directory: ReturnType<typeof temporaryDirectory>
  readonly #archives: Spooled[] = []
  readonly #confs: { readonly path: string; readonly text: string }[] = []
  readonly #unread: InspectedDkmsPackage[] = []
  readonly #open = new Set<number>()
  #room = spoolRoom

  constructor(request: InspectRequest) {
    this.#request = request
    this.#directory = temporaryDirectory(request.roots.tmp, 'inspect-')
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#open) closeSync(descriptor)
    this.#directory[Symbol.dispose]()
  }

  /**
   * @param path as the package installs it; in a source package a bare name
   * @returns what takes the content of a file that is wanted
   */
  sink(path: string, bytes: number): MemberSink | undefined {
    const isSource = !path.startsWith('/')
    if ((isSource ? anyTarball : dkmsTarball).test(path)) return this.#spool(path, bytes)
    return sourceConf.test(path) && bytes <= largestConf ? this.#keepConf(path) : undefined
  }

  /** Looks into what was kept. */
  async read(): Promise<{
    readonly dkms: readonly InspectedDkmsPackage[]
    readonly modules: readonly InspectedModule[]
    readonly problems: readonly Problem[]
  }> {
    const dkms = [...this.#unread]
    const modules: InspectedModule[] = []
    for (const one of this.#archives) {
      const found = await this.#readArchive(one)
      if (found === undefined) continue
      dkms.push(found.package)
      modules.push(...found.modules)
    }
    const problems = dkms.flatMap(({ path, problem }) =>
      problem === undefined ? [] : [{ kind: 'content', message: `${path}: ${problem}` } as const],
    )
    for (const { path, text } of this.#confs) dkms.push(await this.#readConf(path, text))
    return { dkms, modules, problems }
  }

  #spool(path: string, bytes: number): MemberSink | undefined {
    if (bytes > this.#room) {
      this.#unread.push({ ...nothingKnown, path, unread: 'it is too large to be looked into' })
      return undefined
    }
    this.#room -= bytes
    const copy = below(this.#directory.path, `archive-${this.#archives.length}`)
    const descriptor = openSync(copy, 'wx', 0o600)
    this.#open.add(descriptor)
    const file = { descriptor, path: copy }
    let position = 0
    return {
      write: (chunk) => {
        writeAt(file, chunk, position)
        position += chunk.length
      },
      end: () => {
        closeSync(descriptor)
        this.#open.delete(descriptor)
        this.#archives.push({ path, copy })
      },
    }
  }

  #keepConf(path: string): MemberSink {
    const parts: Buffer[] = []
    return {
      write: (chunk) => void parts.push(Buffer.from(chunk)),
      end: () => void this.#confs.push({ path, text: Buffer.concat(parts).toString('utf8') }),
    }
  }

  /** Undefined for an archive in a source package that holds no DKMS package. */
  async #readArchive({ path, copy }: Spooled) {
    const request = { ...this.#request, archive: absolutePath(copy) }
    try {
      const contents = await inspectArchive(request)
      const modules = await modulesOf(request, contents.compression, path)
      const { kind, kernels, package: id } = contents
      return { package: { path, kind, ...id, kernels, moduleNames: moduleNames(contents) }, modules }
    } catch (error) {
      if (isFactoryError(error, 'TOOL_MISSING')) {
        return { package: { ...nothingKnown, path, unread: error.message }, modules: [] }
      }
      if (isFactoryError(error, 'CONF_NEEDS_BASH')) return await readWithoutConf(request, path)
      if (!isFactoryError(error) || !aboutTheArchive.test(error.code)) throw error
      if (!dkmsTarball.test(path) && error.code === 'ARCHIVE_NO_PACKAGE') return undefined
      // The name of the copy says nothing to anybody.
      const problem = error.message.replaceAll(copy, 'the archive')
      return { package: { ...nothingKnown, path, problem }, modules: [] }
    }
  }

  async #readConf(path: string, text: string): Promise<InspectedDkmsPackage> {
    const directory = posix.dirname(path)
    try {
      const { roots, runningKernel } = this.#request
      const { conf } = await loadConfText(text, {
        confFile: absolutePath(path),
        kernel: runningKernel,
        roots,
        strictness: 'lenient',
        trust: 'untrusted',
      })
      return {
        path: directory,
        kind: 'source-directory',
        ...conf.package,
        kernels: [],
        moduleNames: moduleNames({ conf }),
      }
    } catch (error) {
      if (!isFactoryError(error)) throw error
      const unread = error.code === 'CONF_NEEDS_BASH' ? { unread: confNeedsBash } : { problem: error.message }
      return { ...nothingKnown, path: directory, kind: 'source-directory', ...unread }
    }
  }
}

const confNeedsBash = 'its dkms.conf needs a real bash, which is not run for a file that nobody vouches for'

/** That is no fault of the archive: DKMS runs bash. Its modules say by themselves what they are. */
async function readWithoutConf(request: InspectRequest, path: string) {
  const archive = await recognise(request.archive)
  const modules = archive.kind === 'tar' ? await modulesOf(request, archive.compression, path) : []
  return { package: { ...nothingKnown, path, unread: confNeedsBash }, modules }
}

const nothingKnown = { kind: 'unknown', kernels: [], moduleNames: [] } as const
