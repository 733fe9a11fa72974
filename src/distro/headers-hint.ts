import type { DistroTraits } from './model.ts'

/** How to get the headers of a kernel on this distribution; goes on after "install". */
export function headersHint(distro: DistroTraits, release: string): string {
  const name = distro.headersPackage(release)
  return distro.install === undefined ? name : `the headers with: ${distro.install} ${name}`
}
