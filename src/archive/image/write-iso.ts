/**
 * ISO 9660 with Rock Ridge and Joliet by xorriso: the only free program whose images depend on their content alone, when
 * all dates are fixed (xorrisofs(1), --set_all_file_dates and --modification-date).
 */
import type { AbsolutePath } from '../../domain.ts'
import { childEnvironment } from '../../system/env.ts'
import { run } from '../../system/run.ts'
import type { ImageRequest } from './model.ts'

/** @throws {FactoryError} TOOL_MISSING; COMMAND_FAILED */
export async function writeIso(request: ImageRequest, tree: AbsolutePath, output: AbsolutePath): Promise<void> {
  // An empty preparer would make xorriso put its own version there.
  const { label, time, application = '', preparer = 'dkms-factory' } = request
  const names = ['-V', label, '-A', isoText(application), '-p', isoText(preparer), '-publisher', '']
  const layout = ['-r', '-J', '-joliet-long', '-input-charset', 'utf-8']
  const dates = ['--set_all_file_dates', `=${time}`, `--modification-date=${compactDate(time)}00`]
  await run(['xorriso', '-as', 'mkisofs', '-quiet', '-o', output, ...names, ...layout, ...dates, tree], {
    env: imageEnvironment(time),
    purpose: 'write ISO images',
  })
}

/** Fields of the volume descriptor have 128 characters. */
function isoText(text: string): string {
  return text.slice(0, 128)
}

/** YYYYMMDDhhmmss in UTC. */
function compactDate(time: number): string {
  return new Date(time * 1000)
    .toISOString()
    .replaceAll(/[-:T]|\..*$/g, '')
    .slice(0, 14)
}

/** What the image programs read their clock and time zone from, and nothing of the caller's. */
export function imageEnvironment(time: number): Record<string, string> {
  return {
    // Ordinary users of Debian do not have the directories of mkfs and mke2fs on their PATH.
    PATH: `${childEnvironment()['PATH']}:/usr/local/sbin:/usr/sbin:/sbin`,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(time),
    E2FSPROGS_FAKE_TIME: String(time),
    // Images do not have the geometry of a real floppy drive.
    MTOOLS_SKIP_CHECK: '1',
    MTOOLSRC: '/dev/null',
  }
}
