/** casper's driver updates (casper-bottom/…driver_updates) and driver injection of debian-installer (hw-detect). */
import { posix } from 'node:path'
import { unameFrom } from '../../../kernel/arch.ts'
import type { DebFacts } from '../package-facts.ts'
import type { Disk } from './disk.ts'
import type { DebianRelease } from './releases.ts'
import type { Problem } from './rules.ts'

const casperPlace = /^ubuntu-drivers\/\d+(?:\.\d+)*\/[^/]+\.deb$/
const injectionPlace = /^[a-z]+-drivers\/[a-z]+\/[^/]+\.(?:deb|udeb|ude)$/

export function debsFor(disk: Disk, { consumer, directory }: Omit<DebianRelease, 'release'>): string[] {
  const place = consumer === 'casper' ? casperPlace : injectionPlace
  const paths = [...disk.debs.keys()].filter((path) => place.test(path))
  return directory === undefined ? paths : paths.filter((path) => posix.dirname(path) === directory)
}

export function judgeForDebian(disk: Disk, release: DebianRelease): Problem[] {
  const { consumer } = release
  const paths = debsFor(disk, release)
  const isDisc = disk.container.kind === 'iso'
  return [
    ...(consumer === 'hw-detect' && paths.length > 0 && isDisc ? [{ code: 'medium-not-usb' } as const] : []),
    ...paths.flatMap((path): Problem[] => {
      const facts = disk.debs.get(path)
      if (facts === undefined) return [{ code: 'deb-unreadable', path }]
      return [...judgePackage(path, facts, consumer)].map((problem) => ({ ...problem, path }))
    }),
  ]
}

function judgePackage(path: string, facts: DebFacts, consumer: DebianRelease['consumer']): Problem[] {
  const problems: Problem[] = []
  const isNamed = consumer === 'hw-detect' || posix.basename(path).endsWith(`_${facts.arch}.deb`)
  if (!isDebianArch(facts.arch) || !isNamed) problems.push({ code: 'deb-arch-name', detail: facts.arch })
  const isReadable = facts.controlMember === 'control.tar.gz' && facts.controlEntry === './control'
  if (consumer === 'hw-detect' && !isReadable) {
    problems.push({ code: 'deb-control-not-gzip', detail: `${facts.controlEntry} in ${facts.controlMember}` })
  }
  // Those for the installer alone are unpacked there, and none of their scripts loads a module.
  const isInstalled = path.endsWith('.deb')
  if (isInstalled && facts.modules.length > 0 && !/\bdepmod\b/.test(facts.scripts.postinst ?? '')) {
    problems.push({ code: 'deb-postinst-depmod-missing' })
  }
  if (/uname\s+-r/.test(facts.scripts.preinst ?? '')) problems.push({ code: 'deb-preinst-kernel-guard' })
  return problems
}

function isDebianArch(arch: string): boolean {
  return arch === 'all' || unameFrom('deb', arch) !== undefined
}
