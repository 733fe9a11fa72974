/** What every distribution with RPM packages asks rpm. */
import type { DistroTraits } from './model.ts'

export const rpmQueries: Pick<DistroTraits, 'ownerQuery' | 'archQuery'> = {
  ownerQuery: ['rpm', '--query', '--file'],
  archQuery: ['rpm', '--query', '--queryformat', String.raw`%{NAME} %{ARCH}\n`, '--file'],
}
