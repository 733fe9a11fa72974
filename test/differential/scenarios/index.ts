import type { Scenario } from '../scenario.ts'
import { addScenarios } from './add.ts'
import { autoinstallScenarios } from './autoinstall.ts'
import { buildScenarios } from './build.ts'
import { commandLineScenarios } from './command-line.ts'
import { installScenarios } from './install.ts'
import { originalScenarios } from './originals.ts'
import { statusScenarios } from './status.ts'
import { tarballScenarios } from './tarballs.ts'
import { unbuildAndRemoveScenarios } from './unbuild-and-remove.ts'
import { uninstallScenarios } from './uninstall.ts'

export const scenarios: readonly Scenario[] = [
  ...addScenarios,
  ...buildScenarios,
  ...unbuildAndRemoveScenarios,
  ...statusScenarios,
  ...tarballScenarios,
  ...commandLineScenarios,
]

/** Those that put modules into kernels and take them out. */
export const scenariosOfInstall: readonly Scenario[] = [
  ...installScenarios,
  ...originalScenarios,
  ...uninstallScenarios,
  ...autoinstallScenarios,
]
