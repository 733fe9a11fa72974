import type { DistroTraits } from './model.ts'

/** How to get the headers of a kernel on this distribution; goes on after "install". */
export function headersHint({ install, headersPackage }: DistroTraits, release: string): string {
  const name = headersPackage(release)
  return install === undefined ? name : `the headers with: ${install} ${name}`
}
