import type { Scenario } from '../scenario.ts'
import { addScenarios } from './add.ts'
import { buildScenarios } from './build.ts'
import { commandLineScenarios } from './command-line.ts'
import { statusScenarios } from './status.ts'
import { tarballScenarios } from './tarballs.ts'
import { unbuildAndRemoveScenarios } from './unbuild-and-remove.ts'

export const scenarios: readonly Scenario[] = [
  ...addScenarios,
  ...buildScenarios,
  ...unbuildAndRemoveScenarios,
  ...statusScenarios,
  ...tarballScenarios,
  ...commandLineScenarios,
]
