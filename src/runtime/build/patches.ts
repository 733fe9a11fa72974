import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PatchRule } from '../../conf/model.ts'
import { FactoryError } from '../../errors.ts'
import { run } from '../../system/run.ts'
import { lastOutput, type MakeLog } from './make-log.ts'

/**
 * @param shown what `source` is a copy of, for messages
 * @throws {FactoryError} PATCH_MISSING for a patch that is not there or lies outside of patches/
 */
export function assertPatches(
  patches: readonly PatchRule[],
  source: string,
  overlay: string,
  shown: string = source,
): void {
  for (const { file, index } of patches) {
    if (`/${file}/`.includes('/../')) {
      throw new FactoryError('PATCH_MISSING', `PATCH[${index}] leaves the patches directory: ${file}`, {
        hint: 'put the patch into patches/ beside dkms.conf',
      })
    }
    if (existsSync(join(source, 'patches', file)) || existsSync(join(overlay, file))) continue
    throw new FactoryError(
      'PATCH_MISSING',
      `PATCH[${index}] names ${file}, and ${join(shown, 'patches', file)} does not exist`,
      {
        hint: 'add the patch to patches/ beside dkms.conf, or correct the directive',
      },
    )
  }
}

/** @throws {FactoryError} PATCH_FAILED with the words of patch(1) */
export async function applyPatch(patch: PatchRule, buildDir: string, log: MakeLog): Promise<void> {
  const argv = ['patch', '-p1', '--force', '--no-backup-if-mismatch', '--input', `./patches/${patch.file}`] as const
  const status = await log.block(`Applying patch ${patch.file}`, argv.join(' '), async () => {
    const { exitCode } = await run([...argv], {
      cwd: buildDir,
      logTo: log.descriptor,
      expected: [1, 2],
      purpose: 'apply the patches of the package',
    })
    return exitCode
  })
  if (status === 0) return
  throw new FactoryError('PATCH_FAILED', `the patch ${patch.file} does not apply`, {
    details: lastOutput(log.path, 12),
    hint: 'limit it to the kernels it is for with PATCH_MATCH, or bring it up to date with the source',
  })
}
