/** The dkms.conf of an archive, evaluated without running anything of the archive. */
import { type LoadedConf, loadConfText } from '../conf/load.ts'
import { absolutePath, type PackageId } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import { assertSafePackage } from '../tree/names.ts'
import type { InspectRequest } from './model.ts'
import type { Shape } from './shape.ts'
import type { Survey } from './survey.ts'

export interface ArchivedConf extends LoadedConf {
  readonly text: string
  readonly package: PackageId
}

/**
 * @throws {FactoryError} ARCHIVE_NO_CONF when the file is no text of reasonable size or names no package; CONF_INVALID;
 *   CONF_NEEDS_BASH; NAME_UNSAFE
 */
export async function readArchivedConf(survey: Survey, shape: Shape, request: InspectRequest): Promise<ArchivedConf> {
  const text = archivedConfText(survey, shape, request)
  const loaded = await evaluate(text, survey, shape, request)
  assertSafePackage(loaded.conf.package)
  return { ...loaded, text, package: loaded.conf.package }
}

/** @throws {FactoryError} ARCHIVE_NO_CONF when the file is no text of reasonable size */
export function archivedConfText(survey: Survey, shape: Shape, request: InspectRequest): string {
  const text = survey.textOf(shape.conf)
  if (text === undefined) throw noConf(request, `${shape.conf} is not a file, or too large for one`)
  return text
}

async function evaluate(text: string, survey: Survey, shape: Shape, request: InspectRequest): Promise<LoadedConf> {
  const { archive, roots, directives, trustConf, runningKernel } = request
  try {
    return await loadConfText(text, {
      confFile: absolutePath(`${archive}/${shape.conf}`),
      kernel: shape.builds[0]?.kernel ?? runningKernel,
      roots,
      strictness: 'strict',
      trust: trustConf === true ? 'trusted' : 'untrusted',
      files: survey.textsBeside(shape.conf),
      ...(directives === undefined ? {} : { directives }),
    })
  } catch (error) {
    if (isFactoryError(error, 'CONF_UNNAMED')) throw noConf(request, error.message, error.details)
    throw error
  }
}

function noConf({ archive }: InspectRequest, reason: string, details: readonly string[] = []): FactoryError {
  return new FactoryError('ARCHIVE_NO_CONF', `${archive} has no usable dkms.conf: ${reason}`, {
    hint: 'dkms.conf must set PACKAGE_NAME and PACKAGE_VERSION; nothing was written',
    details,
  })
}
