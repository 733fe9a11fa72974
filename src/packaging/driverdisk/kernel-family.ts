/** Whose kernel a release is, by how the distributions name theirs: which installers can have any use for its modules. */
import { flavour } from '../../kernel/release.ts'

export type KernelFamily = 'redhat' | 'suse' | 'debian'

const suseFlavours: ReadonlySet<string> = new Set(
  'default preempt rt 64kb kvmsmall xen pae smp bigsmp ec2 desktop vanilla trace ppc64 debug longterm'.split(' '),
)

/** Of Ubuntu; Debian's end in its name of the architecture. */
const ubuntuFlavours: ReadonlySet<string> = new Set(
  'generic lowlatency virtual server aws gcp gke oracle kvm raspi nvidia oem'.split(' '),
)

const debianArches = /^(?:amd64|arm64|686|686-pae|i386|armmp|armmp-lpae|powerpc64le|s390x|riscv64|loong64)$/

/** Undefined when the name does not tell: somebody's own kernel may be meant for any installer. */
export function kernelFamily(release: string): KernelFamily | undefined {
  if (/\.(?:el|fc|amzn|elrepo)\d*/.test(release)) return 'redhat'
  const last = flavour(release)
  if (last === undefined) return undefined
  if (suseFlavours.has(last)) return 'suse'
  return ubuntuFlavours.has(last) || debianArches.test(last) ? 'debian' : undefined
}

export function mayBeOf(release: string, family: KernelFamily): boolean {
  const own = kernelFamily(release)
  return own === undefined || own === family
}
