import { type Context, contest, type Part } from '../context.ts'
import { compare } from '../measure.ts'
import { type Finding, findingOf } from '../report.ts'

export const start: Part = {
  name: 'start',
  about: 'what a command costs that does nothing',
  run(context: Context): readonly Finding[] {
    const version = contest(context, (program) => ({ argv: [program, '--version'] }), { runs: 50, seconds: 20 })
    const bare = compare({ argv: [process.execPath, '-e', '0'] }, undefined, { runs: 50, seconds: 20 })
    return [findingOf('--version', version, { atMost: 1.6 }), findingOf('Node alone', bare, {}, 'not compared')]
  },
}
