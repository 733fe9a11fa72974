/**
 * A host in directories of its own with toy kernels, on which the commands of the program run in this process: the real
 * make and compiler, the real depmod, in a moment.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { commandOf } from '../../../../src/cli/commands/index.ts'
import { exitStatusOf } from '../../../../src/cli/exit-codes.ts'
import { parseCommandLine } from '../../../../src/cli/grammar.ts'
import { openSession } from '../../../../src/cli/session.ts'
import { absolutePath, type Roots } from '../../../../src/domain.ts'
import { isFactoryError } from '../../../../src/errors.ts'
import type { ProgressEvent } from '../../../../src/report.ts'
import { writeToyHeaders } from '../../../support/toy-kernel.ts'
import { copyFixture } from '../../../support/world.ts'

export const toy = '6.1.0-77-toy'
export const other = '6.1.0-78-toy'
/** Without headers. */
export const bare = '6.1.0-79-bare'

export interface Ran {
  readonly status: number
  readonly text: string
  readonly code: string | undefined
  readonly json: Readonly<Record<string, unknown>>
  readonly events: readonly ProgressEvent[]
}

export interface ToyHost extends Disposable {
  readonly roots: Roots
  /** Runs one command; places are added. */
  dkms(...words: readonly string[]): Promise<Ran>
  /** Puts a fixture, or the files given, into the source tree and adds it. */
  add(id: string, files?: Readonly<Record<string, string>>): Promise<void>
  /** Paths begin with t/, s/, i/ or e/. */
  path(path: string): string
  write(path: string, content: string): void
  exists(path: string): boolean
  /** The `status` lines. */
  status(): Promise<readonly string[]>
  /** Module files below the install tree. */
  installed(release?: string): readonly string[]
}

export function toyHost(): ToyHost {
  const base = mkdtempSync(join(tmpdir(), 'toy-host-'))
  const path = (text: string) => join(base, text)
  const place = (name: string) => absolutePath(path(name))
  const roots: Roots = {
    dkmsTree: place('t'),
    sourceTree: place('s'),
    installTree: place('i'),
    etc: place('e'),
    tmp: place('tmp'),
  }
  for (const root of Object.values(roots)) mkdirSync(root)
  function write(to: string, content: string): void {
    mkdirSync(dirname(path(to)), { recursive: true })
    writeFileSync(path(to), content)
  }
  write('e/framework.conf', `sign_file="/nonexistent/sign-file"\ntmp_location="${roots.tmp}"\n`)
  for (const release of [toy, other, bare]) {
    for (const file of ['modules.dep', 'modules.order', 'modules.builtin']) write(`i/${release}/${file}`, '')
    if (release === bare) continue
    writeToyHeaders(path(`headers/${release}`), release)
    symlinkSync(path(`headers/${release}`), path(`i/${release}/build`))
  }

  async function dkms(...words: readonly string[]): Promise<Ran> {
    const events: ProgressEvent[] = []
    const options = Object.entries({ dkmstree: 't', sourcetree: 's', installtree: 'i', etc: 'e' })
    try {
      const line = parseCommandLine([...words, ...options.map(([name, at]) => `--${name}=${path(at)}`)])
      if (line.verb === undefined) throw new Error(`no action: ${words.join(' ')}`)
      const session = await openSession(line.options, (event) => events.push(event))
      const { text, json, failure } = await (await commandOf(line.verb))(session, line)
      return { status: failure === undefined ? 0 : exitStatusOf(failure), text, json, code: failure?.code, events }
    } catch (error) {
      if (!isFactoryError(error)) throw error
      return { status: exitStatusOf(error), text: '', json: {}, code: error.code, events }
    }
  }

  async function status(): Promise<readonly string[]> {
    return (await dkms('status')).text.split('\n').filter((line) => line !== '')
  }

  async function add(id: string, files?: Readonly<Record<string, string>>): Promise<void> {
    if (files === undefined) copyFixture(id, path(`s/${id}`))
    for (const [name, text] of Object.entries(files ?? {})) write(`s/${id}/${name}`, text)
    const [, name = '', version = ''] = /^(.*)-([^-]*)$/.exec(id) ?? []
    const { status: ended } = await dkms('add', `${name}/${version}`)
    if (ended !== 0) throw new Error(`${id} could not be added: ${ended}`)
  }

  return {
    roots,
    dkms,
    add,
    path,
    write,
    exists: (at) => existsSync(path(at)),
    status,
    installed: (release = toy) =>
      readdirSync(path(`i/${release}`), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ko') && !file.startsWith('build/'))
        .sort(),
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  }
}

/** A package of one module that compiles for a toy kernel. */
export function modulePackage(name: string, version: string, confMore = ''): Readonly<Record<string, string>> {
  const module = name.replaceAll('-', '_')
  return {
    'dkms.conf': `PACKAGE_NAME="${name}"\nPACKAGE_VERSION="${version}"\nBUILT_MODULE_NAME[0]="${module}"\nDEST_MODULE_LOCATION[0]="/kernel/extra"\nAUTOINSTALL="yes"\n${confMore}`,
    Makefile: `obj-m := ${module}.o\n`,
    [`${module}.c`]: `#include <linux/module.h>\nstatic int __init begin(void) { return 0; }\nmodule_init(begin);\nMODULE_LICENSE("GPL");\nMODULE_VERSION("${version}");\n`,
  }
}

export function readText(host: ToyHost, path: string): string {
  return readFileSync(host.path(path), 'utf8')
}
