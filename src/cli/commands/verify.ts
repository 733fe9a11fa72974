import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { findKernelSource } from '../../kernel/headers.ts'
import { readPackedSymvers } from '../../kernel/symvers.ts'
import { showImage } from '../../packaging/driverdisk/show.ts'
import type { KernelSymbols } from '../../packaging/driverdisk/verify/modules.ts'
import { parseRelease } from '../../packaging/driverdisk/verify/releases.ts'
import { type VerifyResult, verifyImage } from '../../packaging/driverdisk/verify/verify.ts'
import { isFile } from '../../system/fs.ts'
import type { CommandResult } from '../command.ts'
import { listOption } from '../driverdisk-options.ts'
import { packageReader } from '../driverdisk-rooms.ts'
import type { CommandLine } from '../grammar.ts'
import { imageArgument } from '../image-argument.ts'
import { givenKernels } from '../kernels.ts'
import { verdictText } from '../render/driverdisk.ts'
import type { Session } from '../session.ts'
import { symversFiles } from '../symvers-option.ts'
import { keyFiles } from './inspect.ts'

/** A disk by the rules of installers; packages and archives that are none by their digests, signatures and modules. */
export async function runVerify(session: Session, line: CommandLine): Promise<CommandResult> {
  const file = imageArgument(line)
  const releases = listOption(line.options, 'release').map(parseRelease)
  if (releases.length === 0 && (await isNoDisk(session, file))) {
    const { verifyPackage } = await import('../package-verdict.ts')
    return await verifyPackage(session, line, file)
  }
  const kernels = [...new Set(givenKernels(line.options).releases)]
  const result = await verifyImage({
    path: file,
    ...(releases.length === 0 ? {} : { releases }),
    kernels,
    symbols: await symbolsOf(session, kernels, symversFiles(line.options, kernels)),
    keyFiles: keyFiles(line),
    tmp: session.roots.tmp,
    reader: packageReader,
  })
  const answer = { json: { file, ...result }, text: verdictText(file, result) }
  return result.isAccepted ? answer : { ...answer, failure: unacceptable(file, result) }
}

const perhapsNoDisk: ReadonlySet<string> = new Set(['rpm', 'deb', 'tar', 'unknown'])

/** Packages, and tar archives without anything that an installer looks for. */
async function isNoDisk({ roots }: Session, file: AbsolutePath): Promise<boolean> {
  const { container, formats } = await showImage(file, { tmp: roots.tmp, reader: packageReader })
  return perhapsNoDisk.has(container.kind) && formats.length === 0
}

/** Of the kernels whose headers are on this machine, and those of --symvers. */
async function symbolsOf(
  { roots }: Session,
  kernels: readonly string[],
  given: ReadonlyMap<string, AbsolutePath>,
): Promise<KernelSymbols> {
  const symbols = new Map<string, ReadonlyMap<string, number>>()
  for (const release of new Set([...kernels, ...given.keys()])) {
    const own = given.get(release)
    const file = own ?? below(findKernelSource(roots, { release }).dir, 'Module.symvers')
    if (own === undefined && !isFile(file)) continue
    const exported = await readPackedSymvers(file)
    symbols.set(release, new Map(exported.map(({ name, crc }) => [name, crc])))
  }
  return symbols
}

function unacceptable(file: AbsolutePath, { findings }: VerifyResult): FactoryError {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const codes = [...new Set(errors.map(({ code }) => code))]
  return new FactoryError('DISK_UNACCEPTABLE', `${file} would not be taken as it is: ${codes.join(', ')}`, {
    hint: 'see docs/driverdisk.md for each of them',
  })
}
