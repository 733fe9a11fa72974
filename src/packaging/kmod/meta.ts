/**
 * Packages without files that lead to the one for the newest kernel, as kmodtool of RPM Fusion makes them: who installs
 * `kmod-foo` gets with each update the modules for the kernel that comes along.
 */
import { compareRpm } from '../../version/rpm.ts'
import { preambleOf } from '../rpm/describe.ts'
import { formatEvr, type RpmBinaryDescription, rpmFileName } from '../rpm/format/description.ts'
import { joinRelations } from '../rpm/relations.ts'
import { type KmodParts, styleSubject } from './describe.ts'
import { isaProvides } from './isa.ts'
import { redHatKernel } from './styles.ts'

/** Of the packages for each variant of the kernel, such as debug, the one for the newest. */
export function newestOfVariants(parts: readonly KmodParts[]): readonly KmodParts[] {
  const newest = new Map<string, KmodParts>()
  for (const one of parts.filter(({ style }) => style.metaPackage)) {
    const { kernel } = one.build
    const key = `${redHatKernel(kernel).variant} ${kernel.arch}`
    const known = newest.get(key)
    if (known === undefined || compareRpm(kernel.release, known.build.kernel.release) > 0) newest.set(key, one)
  }
  return [...newest.values()]
}

export function metaName({ subject, build }: KmodParts): string {
  const { variant } = redHatKernel(build.kernel)
  return variant === '' ? `kmod-${subject.name}` : `kmod-${subject.name}-${variant}`
}

export function describeMeta(parts: KmodParts): RpmBinaryDescription {
  const { subject, style, build } = parts
  const preamble = preambleOf(subject)
  const name = metaName(parts)
  const arch = style.arch(build.kernel)
  const version = formatEvr(preamble)
  return {
    kind: 'binary',
    ...preamble,
    name,
    summary: `${preamble.summary}, for the newest kernel`,
    description: `${preamble.description}\n\nThis package holds no files. It leads to the modules for the newest kernel\nthat they are packed for.`,
    arch,
    sourceRpm: rpmFileName({ ...preamble, name: style.sourceName(subject.name), arch: 'noarch', kind: 'source' }),
    entries: [],
    relations: joinRelations(
      { provides: isaProvides({ ...preamble, name, arch }) },
      {
        provides: [{ name: `${subject.name}-kmod`, constraint: { operator: '=', version } }],
        requires: [
          {
            name: parts.name ?? style.packageName(styleSubject(subject, build)),
            constraint: { operator: '>=', version },
          },
        ],
      },
    ),
  }
}
