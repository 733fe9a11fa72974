/**
 * Packages given where an archive belongs. They are for their package manager, which would not know of files that came
 * past it; so they are never loaded, and what is said depends on what they are: damaged, or whole and to be installed.
 */
import type { AbsolutePath } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'

/**
 * @returns never
 * @throws {FactoryError} ARCHIVE_IS_PACKAGE; PACKAGE_INVALID, ARCHIVE_UNREADABLE or ARCHIVE_UNSAFE when the package is
 *   damaged or made to harm
 */
export async function refusePackage(path: AbsolutePath, manager: 'rpm' | 'dpkg'): Promise<never> {
  const { name, install } = manager === 'rpm' ? await describeRpm(path) : await describeDeb(path)
  throw new FactoryError(
    'ARCHIVE_IS_PACKAGE',
    `${path} is ${harmless(name)}, a package for ${manager}, not an archive`,
    {
      hint: `${install}; \`dkms-factory inspect ${path}\` tells what is in it`,
    },
  )
}

interface Described {
  readonly name: string
  /** What to do with it. */
  readonly install: string
}

async function describeRpm(path: AbsolutePath): Promise<Described> {
  const [{ openRpm }, { summarize }, { verifyDigests }] = await Promise.all([
    import('../packaging/rpm/format/read.ts'),
    import('../packaging/rpm/format/summary.ts'),
    import('../packaging/rpm/format/verify.ts'),
  ])
  using rpm = openRpm(path)
  const { kind, name, version, release } = summarize(rpm)
  const { checks } = await asFarAsPossible(() => verifyDigests(rpm), { checks: [] })
  const bad = checks.filter(({ state }) => state === 'bad').map((check) => check.name)
  if (bad.length > 0) throw damaged(path, `not as it was made: ${bad.join(', ')}`)
  return {
    name: `${name}-${version}-${release}`,
    install: kind === 'source' ? `build it with: rpmbuild --rebuild ${path}` : installWith(`rpm -Uvh ${path}`),
  }
}

async function describeDeb(path: AbsolutePath): Promise<Described> {
  const [{ openDeb }, { summarizeDeb }, { verifyDebFiles }] = await Promise.all([
    import('../packaging/deb/format/read.ts'),
    import('../packaging/deb/format/summary.ts'),
    import('../packaging/deb/format/verify.ts'),
  ])
  using deb = openDeb(path)
  const { name, version } = await asFarAsPossible(() => summarizeDeb(deb), { name: path, version: '' })
  const files = await asFarAsPossible(() => verifyDebFiles(deb), [])
  const bad = files.filter(({ state }) => state === 'changed' || state === 'missing')
  if (bad.length > 0) throw damaged(path, `${JSON.stringify(bad[0]?.path)} is ${bad[0]?.state}`)
  return { name: `${name} ${version}`.trim(), install: installWith(`dpkg -i ${path}`) }
}

/** The name comes out of the file and goes to a terminal. */
function harmless(name: string): string {
  return /^[\w.+~^: /-]+$/.test(name) ? name : JSON.stringify(name)
}

function installWith(command: string): string {
  return `install it with: ${command}, then run \`dkms autoinstall\` if it does not do so itself`
}

/** Without xz some packages cannot be looked into; that they are packages is certain all the same. */
async function asFarAsPossible<Result, Otherwise>(
  work: () => Promise<Result>,
  otherwise: Otherwise,
): Promise<Result | Otherwise> {
  try {
    return await work()
  } catch (error) {
    if (isFactoryError(error, 'TOOL_MISSING')) return otherwise
    throw error
  }
}

function damaged(path: string, why: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${path} is damaged: ${why}`, {
    hint: 'fetch or make the package again, and do not install this one',
  })
}
