/**
 * The packages a disk needs, one for each kernel with a name of its own, in the form that installers accept: the exact
 * kernel in Provides, plain modules below /lib/modules, and no Requires that a distribution could not fulfil.
 */
import { FactoryError } from '../../errors.ts'
import { debName, debVersion, type Mapping, rpmName, rpmVersion } from '../../version/names.ts'
import type { PackageEntry, Relation } from '../package-model.ts'
import { debArch, rpmArch } from './arch.ts'
import { type RenderTemplate, renderPackageScript } from './layout/scripts.ts'
import type { DiskKernel, DiskPlan } from './model.ts'
import type { DiskDebDescription, DiskRpmDescription } from './package-facts.ts'

/** What the packages say besides what follows from the kernel. */
export interface DiskTexts {
  /** Lines of text. */
  readonly description: string
  readonly license: string
}

type Origin = Pick<DiskPlan, 'package' | 'summary' | 'time'> & { readonly texts: DiskTexts }

/** @throws {FactoryError} DISK_REFUSED when a name or version has no form in RPM */
export function describeRpm(origin: Origin, one: DiskKernel, render: RenderTemplate): DiskRpmDescription {
  const { release, arch } = one.kernel
  const { name, version } = origin.package
  const paths = one.modules.map(({ fileName }) => `/lib/modules/${release}/extra/${name}/${fileName}`)
  const values = { release, modules: paths }
  return {
    name: mapped(rpmName(`kmod-${name}-${release}`)),
    version: mapped(rpmVersion(version)),
    release: '1',
    arch: rpmArch(arch),
    summary: `${origin.summary} (kernel ${release})`,
    description: origin.texts.description,
    license: origin.texts.license,
    provides: [
      // Red Hat's `uname -r` ends in the architecture, and anaconda compares the whole of it.
      { name: 'kernel-modules', constraint: { operator: '=', version: release } },
      { name: mapped(rpmName(`kmod-${name}`)), constraint: { operator: '=', version: mapped(rpmVersion(version)) } },
    ],
    supplements: supplementsOf(one),
    entries: moduleEntries(one, paths, origin.time),
    scripts: {
      post: { body: renderPackageScript(render, 'rpm-post', values) },
      postun: { body: renderPackageScript(render, 'rpm-postun', values) },
    },
    buildTime: origin.time,
  }
}

/** Agama and zypper choose a package by the hardware its modules are for. */
function supplementsOf({ modules }: DiskKernel): Relation[] {
  const aliases = modules.flatMap(({ info }) => info.alias.filter((alias) => /^[a-z0-9_]+:[^()\s]+$/i.test(alias)))
  return [...new Set(aliases)].map((alias) => ({ name: `modalias(${alias})` }))
}

/** @throws {FactoryError} DISK_REFUSED when a name or version has no form in Debian */
export function describeDeb(origin: Origin, one: DiskKernel, render: RenderTemplate): DiskDebDescription {
  const { release, arch } = one.kernel
  const paths = one.modules.map(({ fileName }) => `/lib/modules/${release}/updates/dkms/${fileName}`)
  const values = { release, modules: paths }
  return {
    name: mapped(debName(`${origin.package.name}-modules-${release}`)),
    version: `${mapped(debVersion(origin.package.version))}-1`,
    arch: debArch(arch),
    summary: `${origin.summary} (kernel ${release})`,
    description: origin.texts.description,
    entries: moduleEntries(one, paths, origin.time),
    scripts: {
      postinst: { body: renderPackageScript(render, 'deb-postinst', values) },
      postrm: { body: renderPackageScript(render, 'deb-postrm', values) },
    },
    buildTime: origin.time,
  }
}

function moduleEntries({ modules }: DiskKernel, paths: readonly string[], mtime: number): PackageEntry[] {
  return modules.map(({ content }, index) => ({
    kind: 'file',
    path: paths[index] ?? '',
    mode: 0o644,
    mtime,
    content: { from: content.from, bytes: content.bytes },
  }))
}

function mapped(mapping: Mapping): string {
  if (mapping.kind === 'mapped') return mapping.value
  throw new FactoryError('DISK_REFUSED', mapping.reason, {
    hint: 'change PACKAGE_NAME or PACKAGE_VERSION in dkms.conf',
  })
}
