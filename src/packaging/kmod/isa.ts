/** What rpmbuild has packages of an architecture provide besides their name: `kmod-foo(x86-64)` (rpm's `%_isa`). */
import { formatEvr, type RpmDescription, type RpmRelation } from '../rpm/format/description.ts'

/** Architecture of the instructions and bits, by the architecture of the package (rpm's platform files). */
const isas: Readonly<Record<string, string>> = {
  x86_64: 'x86-64',
  i686: 'x86-32',
  i586: 'x86-32',
  i486: 'x86-32',
  i386: 'x86-32',
  aarch64: 'aarch-64',
  armv7hl: 'armv7hl-32',
  armv6hl: 'armv6hl-32',
  ppc64le: 'ppc-64',
  ppc64: 'ppc-64',
  ppc: 'ppc-32',
  s390x: 's390-64',
  s390: 's390-32',
  riscv64: 'riscv-64',
}

/** None for packages of all architectures, and for those that are not in the table. */
export function isaProvides(
  identity: Pick<RpmDescription, 'name' | 'epoch' | 'version' | 'release' | 'arch'>,
): readonly RpmRelation[] {
  const isa = Object.hasOwn(isas, identity.arch) ? isas[identity.arch] : undefined
  if (isa === undefined) return []
  return [{ name: `${identity.name}(${isa})`, constraint: { operator: '=', version: formatEvr(identity) } }]
}
