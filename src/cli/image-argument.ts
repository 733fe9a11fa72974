import type { AbsolutePath } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { refuseStream } from '../importer/recognise.ts'
import { absoluteFromHere } from '../system/env.ts'
import type { CommandLine } from './grammar.ts'

/**
 * The one file of `show` and `verify`.
 *
 * @throws {FactoryError} ARGUMENT_MISSING; USAGE; ARCHIVE_UNREADABLE
 */
export function imageArgument({ verb, words }: CommandLine): AbsolutePath {
  const [word, another] = words
  if (word === undefined) {
    throw new FactoryError('ARGUMENT_MISSING', `no file to ${verb} was named`, {
      hint: 'name the image of a driver disk',
    })
  }
  if (another !== undefined) {
    throw new FactoryError('USAGE', `${verb} takes one file, and ${another} is another one`, {
      hint: 'take them one by one; each release of verify is given with --release',
    })
  }
  const file = absoluteFromHere(word)
  refuseStream(file)
  return file
}
