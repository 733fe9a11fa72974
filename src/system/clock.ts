/** The only reader of the clock and of SOURCE_DATE_EPOCH. */
import { FactoryError } from '../errors.ts'
import { type Environment, environment } from './env.ts'

/** Milliseconds since the epoch. */
export function now(): number {
  return Date.now()
}

/** Seconds since the epoch that SOURCE_DATE_EPOCH asks for (reproducible-builds.org/specs/source-date-epoch), if set. */
export function sourceDateEpoch(env: Environment = environment()): number | undefined {
  const text = env['SOURCE_DATE_EPOCH']
  if (text === undefined || text === '') return undefined
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new FactoryError('USAGE', `SOURCE_DATE_EPOCH is not a number of seconds: ${JSON.stringify(text)}`, {
    hint: 'set it to a whole number, as `date +%s` prints, or unset it',
  })
}
