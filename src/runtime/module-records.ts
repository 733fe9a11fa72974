/** Which modules a package promises for a kernel, from its conf, as cheaply as the conf allows. */
import type { ConfRequest } from '../conf/load.ts'
import type { DkmsConf, ModuleRecord } from '../conf/model.ts'
import { below, type Kernel, type Roots } from '../domain.ts'
import { isFactoryError } from '../errors.ts'
import type { Kconfig } from '../kernel/kconfig.ts'
import type { TreePackage } from '../tree/model.ts'

/** What the conf says, or the error that says why it cannot be told. */
export type ModuleRecords =
  | { readonly kind: 'known'; readonly records: readonly ModuleRecord[] }
  | { readonly kind: 'unknown'; readonly reason: string }

export type RecordsOf = (entry: TreePackage, kernel: Kernel) => ModuleRecords | Promise<ModuleRecords>

/** The two ways of conf/load.ts to read a conf: at once when it is plain, else through bash. */
export interface ConfReader {
  plain(request: ConfRequest): DkmsConf | undefined
  full(request: ConfRequest): Promise<{ readonly conf: DkmsConf }>
}

export function recordsFromConf(roots: Roots, reader: ConfReader): RecordsOf {
  return (entry, kernel) => {
    const request: ConfRequest = {
      confFile: below(entry.dir, 'source', 'dkms.conf'),
      package: entry.id,
      kernel,
      roots,
      strictness: 'lenient',
      trust: 'trusted',
    }
    return known(() => {
      const conf = reader.plain(request)
      return conf === undefined ? fully(reader, request) : ofThisKernel(conf, roots, kernel)
    })
  }
}

function known(read: () => ModuleRecords | Promise<ModuleRecords>): ModuleRecords | Promise<ModuleRecords> {
  try {
    return read()
  } catch (error) {
    return unknown(error)
  }
}

async function fully(reader: ConfReader, request: ConfRequest): Promise<ModuleRecords> {
  try {
    return await ofThisKernel((await reader.full(request)).conf, request.roots, request.kernel)
  } catch (error) {
    return unknown(error)
  }
}

function unknown(error: unknown): ModuleRecords {
  if (!isFactoryError(error)) throw error
  return { kind: 'unknown', reason: error.message }
}

/** Records that the conf excludes for this kernel are neither built nor missed (DKMS 3.3). */
function ofThisKernel(conf: DkmsConf, roots: Roots, kernel: Kernel): ModuleRecords | Promise<ModuleRecords> {
  const conditional = conf.modules.some((record) => Object.keys(record.exclusive).length > 0)
  return conditional ? withoutExcluded(conf, roots, kernel) : { kind: 'known', records: conf.modules }
}

/** What the conf wants on the kernel, whether it is built or not. */
export async function wantedRecords(conf: DkmsConf, roots: Roots, kernel: Kernel): Promise<readonly ModuleRecord[]> {
  const answer = await ofThisKernel(conf, roots, kernel)
  return answer.kind === 'known' ? answer.records : conf.modules
}

async function withoutExcluded(conf: DkmsConf, roots: Roots, kernel: Kernel): Promise<ModuleRecords> {
  const { exclusions } = await import('../conf/exclusive.ts')
  const asksConfig = conf.modules.some((record) => record.exclusive.config !== undefined)
  const kconfig = asksConfig ? await configOf(roots, kernel) : undefined
  const excluded = exclusions(conf, kernel, kconfig).modules
  return { kind: 'known', records: conf.modules.filter((record) => !excluded.has(record.index)) }
}

async function configOf(roots: Roots, kernel: Kernel): Promise<Kconfig | undefined> {
  const { findKernelSource } = await import('../kernel/headers.ts')
  const { findKernelConfig, readKconfig } = await import('../kernel/kconfig.ts')
  const file = findKernelConfig(findKernelSource(roots, kernel).dir)
  return file === undefined ? undefined : readKconfig(file)
}
