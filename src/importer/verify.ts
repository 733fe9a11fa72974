/** Modules of an archive before they are taken: are they modules, and for the kernel whose directory they lie in? */
import { readdirSync } from 'node:fs'
import { type AbsolutePath, below, formatKernel, type Kernel } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import { readModuleInfo, vermagicRelease } from '../kernel/modinfo.ts'
import type { Report } from '../report.ts'
import { reading } from '../system/fs.ts'
import { moduleOfFile } from '../tree/layout.ts'

export interface VerifyRequest {
  readonly kernel: Kernel
  /** The unpacked module/ directory. */
  readonly moduleDir: AbsolutePath
  /** Name of that directory in the archive, for messages. */
  readonly member: string
  /** Take what fails, with a warning. */
  readonly force: boolean
  readonly report: Report
}

/** @throws {FactoryError} ELF_INVALID, VERMAGIC_MISMATCH; both only without `force` */
export async function verifyModules(request: VerifyRequest): Promise<void> {
  const { moduleDir, member, kernel, report } = request
  const files = reading(moduleDir, () => readdirSync(moduleDir)).filter((name) => moduleOfFile(name) !== undefined)
  if (files.length === 0) {
    report({ kind: 'warning', message: `the build for kernel ${formatKernel(kernel)} holds no module`, where: member })
  }
  for (const file of files.sort()) {
    // Objects of Linux 2.4 carry their version in another form.
    if (!file.endsWith('.o')) await verifyModule(file, request)
  }
}

async function verifyModule(file: string, request: VerifyRequest): Promise<void> {
  const problem = await problemOf(file, request)
  if (problem === undefined) return
  if (!request.force) throw problem
  request.report({ kind: 'warning', message: problem.message, code: problem.code })
}

async function problemOf(
  file: string,
  { moduleDir, member, kernel }: VerifyRequest,
): Promise<FactoryError | undefined> {
  const name = `${member}/${file}`
  const hint = 'nothing was loaded; --force takes the archive as it is'
  try {
    const { vermagic } = await readModuleInfo(below(moduleDir, file))
    const release = vermagic === undefined ? kernel.release : vermagicRelease(vermagic)
    if (release === kernel.release) return undefined
    return new FactoryError('VERMAGIC_MISMATCH', `${name} is a module for kernel ${release}`, { hint })
  } catch (error) {
    if (!isFactoryError(error, 'ELF_INVALID')) throw error
    return new FactoryError('ELF_INVALID', `${name} is no kernel module, or damaged`, { hint, cause: error })
  }
}
