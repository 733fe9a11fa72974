/** BUILD_EXCLUSIVE_*, which DKMS 3.3 and newer take with an index, one set of conditions per module. */
import type { Reading } from './interpret-reading.ts'
import type { ExclusiveConditions } from './model.ts'

/** The BUILD_EXCLUSIVE_* conditions of one index. */
export function readExclusive(reading: Reading, index: number): ExclusiveConditions {
  const kernel = reading.expression('BUILD_EXCLUSIVE_KERNEL', index)
  const kernelMin = reading.element('BUILD_EXCLUSIVE_KERNEL_MIN', index)
  const kernelMax = reading.element('BUILD_EXCLUSIVE_KERNEL_MAX', index)
  const arch = reading.expression('BUILD_EXCLUSIVE_ARCH', index)
  const config = reading.element('BUILD_EXCLUSIVE_CONFIG', index)
  return {
    ...(kernel === undefined ? {} : { kernel }),
    ...(kernelMin === undefined ? {} : { kernelMin }),
    ...(kernelMax === undefined ? {} : { kernelMax }),
    ...(arch === undefined ? {} : { arch }),
    ...(config === undefined ? {} : { config: words([config]) }),
  }
}

/** Words separated by blanks, of all values in a row. */
export function words(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(/\s+/)).filter((word) => word !== '')
}
