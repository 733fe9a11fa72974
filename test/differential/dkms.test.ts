/** add, build, unbuild, remove, status, mktarball and ldtarball beside the distribution's dkms. */
import { compareScenarios } from './compare-scenarios.ts'
import { EXPECTED_DIFFERENCES } from './expected-differences.ts'
import { scenarios } from './scenarios/index.ts'

compareScenarios(scenarios, EXPECTED_DIFFERENCES)
