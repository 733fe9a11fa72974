import type { Compression } from '../../archive/compression.ts'
import { absolutePath, type PackageId } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import type { PackagePlan } from '../../packaging/plan/model.ts'
import { gpgSigner, type HeaderSigner, keyFileSigner } from '../../packaging/rpm/format/sign.ts'
import { makeRpms } from '../../packaging/rpm/make.ts'
import type { RpmResult } from '../../packaging/rpm/model.ts'
import { defaultOutput } from '../../packaging/rpm/place.ts'
import { findProfile, type Profile, profiles } from '../../packaging/rpm/profiles.ts'
import { buildFromUserSpec, findUserSpec } from '../../packaging/rpm/user-spec.ts'
import type { CommandLine } from '../grammar.ts'
import type { GivenOptions } from '../options.ts'
import { planCommand } from '../package-plan.ts'
import { type PackageKey, packageKey } from '../package-signing.ts'
import { lastOption, pathOption, runningKernel, type Session } from '../session.ts'
import type { CommandResult } from './index.ts'

export async function runMkrpm(session: Session, line: CommandLine): Promise<CommandResult> {
  const { options } = line
  const profile = chosenProfile(options)
  const compression = chosenCompression(options)
  const signer = signerOf(packageKey(session, options))
  using planned = await planCommand(session, line, true)
  const { plan } = planned
  const output = pathOption(options, 'output')
  const request = {
    plan,
    roots: session.roots,
    output:
      output === undefined
        ? defaultOutput(plan.origin, absolutePath(session.machine.workingDirectory))
        : absolutePath(output),
    signer,
    runningKernel: runningKernel(session),
    dryRun: session.dryRun,
    report: session.report,
  }
  const spec = options.has('profile') ? undefined : findUserSpec(plan, session.roots.etc, lastOption(options, 'spec'))
  const result =
    spec === undefined
      ? await makeRpms({ ...request, profile, compression })
      : await buildFromUserSpec({ ...request, spec, legacyPostinst: lastOption(options, 'legacy-postinst') !== '0' })
  return { json: document(plan, result, session.dryRun), text: textOf(result, session.dryRun) }
}

function chosenProfile(options: GivenOptions): Profile {
  const name = lastOption(options, 'profile') ?? 'dkms'
  const profile = findProfile(name)
  if (profile !== undefined) return profile
  throw new FactoryError('USAGE', `there is no profile ${JSON.stringify(name)}`, {
    hint: `choose one of ${Object.keys(profiles).join(', ')}`,
  })
}

const compressions = ['gzip', 'xz', 'zstd', 'bzip2', 'none'] as const satisfies readonly Compression[]

function chosenCompression(options: GivenOptions): Compression {
  const name = lastOption(options, 'compress') ?? 'gzip'
  const compression = compressions.find((one) => one === name)
  if (compression !== undefined) return compression
  throw new FactoryError('USAGE', `--compress knows no ${JSON.stringify(name)}`, {
    hint: `choose one of ${compressions.join(', ')}`,
  })
}

function signerOf(key: PackageKey): HeaderSigner | undefined {
  switch (key.kind) {
    case 'none':
      return undefined
    case 'file':
      return keyFileSigner(key.key)
    case 'gpg':
      return gpgSigner(key.key)
  }
}

function document(
  { package: id, content, kernels }: PackagePlan,
  { module, moduleVersion, packages }: RpmResult,
  dryRun: boolean,
): Record<string, unknown> {
  const known: PackageId = { name: module, version: moduleVersion }
  return {
    module: id.name,
    version: id.version,
    installedAs: `${known.name}/${known.version}`,
    content,
    kernels: kernels.map(({ release, arch }) => ({ kernel: release, arch })),
    packages,
    dryRun,
  }
}

/** `Wrote: ` is what rpmbuild says, and release scripts take what follows it. */
function textOf({ packages }: RpmResult, dryRun: boolean): string {
  return packages.map(({ path }) => `${dryRun ? 'Would write' : 'Wrote'}: ${path}\n`).join('')
}
