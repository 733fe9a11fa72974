/** What make left: every module that dkms.conf promises must be there and fit the kernel, before anything is recorded. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ModuleRecord } from '../../conf/model.ts'
import { formatKernel, type Kernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { type ModuleInfo, readModuleInfo } from '../../kernel/modinfo.ts'

export interface Product {
  readonly record: ModuleRecord
  readonly path: string
  readonly info: ModuleInfo
}

/** @throws {FactoryError} MODULE_NOT_BUILT, VERMAGIC_MISMATCH, ELF_INVALID */
export async function checkProducts(
  records: readonly ModuleRecord[],
  buildDir: string,
  kernel: Kernel,
): Promise<Product[]> {
  const products: Product[] = []
  for (const record of records) {
    const built = `${record.builtLocation}${record.builtName}.ko`
    const path = join(buildDir, built)
    if (!existsSync(path)) throw notBuilt(built, kernel)
    const info = await readModuleInfo(path)
    assertFits(built, info, kernel)
    products.push({ record, path, info })
  }
  return products
}

function notBuilt(built: string, kernel: Kernel): FactoryError {
  return new FactoryError(
    'MODULE_NOT_BUILT',
    `make ended well and did not produce ${built} for kernel ${formatKernel(kernel)}`,
    {
      hint: 'check BUILT_MODULE_NAME and BUILT_MODULE_LOCATION in dkms.conf against what the Makefile builds',
    },
  )
}

function assertFits(built: string, info: ModuleInfo, kernel: Kernel): void {
  const release = info.vermagic?.split(' ', 1)[0]
  if (release === kernel.release) return
  const found = release === undefined ? 'no vermagic' : `a vermagic of ${release}`
  throw new FactoryError(
    'VERMAGIC_MISMATCH',
    `${built} has ${found} and was to be built for kernel ${kernel.release}`,
    {
      hint: 'the Makefile probably asks `uname -r`: let it use KERNELRELEASE or $kernelver, which name the kernel to build for',
    },
  )
}
