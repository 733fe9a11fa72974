import type { AbsolutePath } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { absoluteFromHere } from '../system/env.ts'
import type { CommandLine } from './grammar.ts'

/** The one file of `show` and `verify`. */
export function imageArgument({ verb, words }: CommandLine): AbsolutePath {
  const [word, another] = words
  if (word === undefined) {
    throw new FactoryError('ARGUMENT_MISSING', `no file to ${verb} was named`, {
      hint: 'name the image of a driver disk',
    })
  }
  if (another === undefined) return absoluteFromHere(word)
  throw new FactoryError('USAGE', `${verb} takes one file, and ${another} is another one`, {
    hint: 'take them one by one; each release of verify is given with --release',
  })
}
