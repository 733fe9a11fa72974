/** casper's driver updates (casper-bottom/…driver_updates) and driver injection of debian-installer (hw-detect). */
import { posix } from 'node:path'
import { unameFrom } from '../../../kernel/arch.ts'
import type { DebFacts } from '../package-facts.ts'
import type { Disk } from './disk.ts'
import type { DebianRelease } from './releases.ts'
import type { Problem } from './rules.ts'

const casperPlace = /^ubuntu-drivers\/\d+(?:\.\d+)*\/[^/]+\.deb$/
/** DISTRIB_ID and DISTRIB_CODENAME of the installer's lsb-release, such as kali and kali-rolling. */
const injectionPlace = /^[a-z0-9.+-]+-drivers\/[a-z0-9.+-]+\/[^/]+\.(?:deb|udeb|ude)$/

export function debsFor(disk: Disk, { consumer, directory }: Omit<DebianRelease, 'release'>): string[] {
  const spelled = disk.container.kind === 'fat' ? withoutCase : (path: string) => path
  return [...disk.debs.keys()].filter((path) => {
    const place = spelled(path)
    if (directory !== undefined) return posix.dirname(place) === directory
    return consumer === 'casper' ? casperPlace.test(place) : injectionPlace.test(place) && !casperPlace.test(place)
  })
}

/** The kernel finds directories of FAT by any case; names of files are compared by the shell. */
function withoutCase(path: string): string {
  return posix.join(posix.dirname(path).toLowerCase(), posix.basename(path))
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
  if (consumer === 'hw-detect' && !/^data\.tar(?:\.[gx]z)?$/.test(facts.dataMember)) {
    problems.push({ code: 'deb-data-compression', detail: facts.dataMember })
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
