/** From make's products to the staged build directory: copy, strip, sign, compress, in that order. */
import { copyFileSync, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Kernel } from '../../domain.ts'
import { compressModule } from '../../kernel/compress.ts'
import { moduleSuffix } from '../../kernel/compression.ts'
import type { SigningPlan } from '../../signing/model.ts'
import { fileError, makeDirectories } from '../../system/fs.ts'
import { run } from '../../system/run.ts'
import type { BuildRequest, StagedModule } from './model.ts'
import { copySymvers } from './path-map.ts'
import type { Product } from './products.ts'
import { signProduct } from './signing.ts'

export interface StageInput {
  readonly products: readonly Product[]
  readonly buildDir: string
  /** TREE/M/V/build, which is `buildDir` itself for a build alone. */
  readonly sharedDir: string
  /** The staged TREE/M/V/K/A. */
  readonly stage: string
  /** Where the stage will be once committed. */
  readonly target: string
  readonly kernel: Kernel
  readonly request: BuildRequest
  /** `strip` or `llvm-strip`, whichever fits the compiler. */
  readonly stripTool: string
  readonly signing: SigningPlan
  /** Called with the name of each module that is going to be signed. */
  readonly onSign: (module: string) => void
}

export async function stageProducts(input: StageInput): Promise<StagedModule[]> {
  const directory = join(input.stage, 'module')
  try {
    makeDirectories(directory)
    const symvers = join(input.buildDir, 'Module.symvers')
    if (existsSync(symvers)) copySymvers(symvers, join(directory, 'Module.symvers'), input.buildDir, input.sharedDir)
  } catch (error) {
    throw fileError(error, 'stage the built modules', directory)
  }
  const suffix = moduleSuffix(input.request.roots, input.kernel)
  const staged: StagedModule[] = []
  for (const product of input.products) staged.push(await stageOne(product, directory, suffix, input))
  return staged
}

type Suffix = ReturnType<typeof moduleSuffix>

async function stageOne(product: Product, directory: string, suffix: Suffix, input: StageInput): Promise<StagedModule> {
  const { record, info } = product
  const plain = join(directory, `${record.destName}.ko`)
  try {
    copyFileSync(product.path, plain)
  } catch (error) {
    throw fileError(error, `copy ${product.path}`, plain)
  }
  if (record.strip) await run([input.stripTool, '-g', plain], { purpose: 'strip debug information from modules' })
  // Stripping afterwards would take the signature away, and the kernel looks for it in the uncompressed module.
  if (input.signing.kind === 'sign') input.onSign(record.destName)
  const signed = await signProduct(input.signing, plain, input.request)
  const path = suffix === '' ? plain : await compressModule(plain, suffix, input.request.settings)
  return {
    module: record.destName,
    file: path.replace(input.stage, () => input.target) as StagedModule['file'],
    bytes: statSync(path).size,
    version: info.version,
    srcversion: info.srcversion,
    signed,
  }
}
