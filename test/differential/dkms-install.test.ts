/** install, uninstall, autoinstall and match beside the distribution's dkms, and what unbuild and remove do then. */
import { compareScenarios } from './compare-scenarios.ts'
import { EXPECTED_INSTALL_DIFFERENCES } from './expected-install-differences.ts'
import { scenariosOfInstall } from './scenarios/index.ts'

compareScenarios(scenariosOfInstall, EXPECTED_INSTALL_DIFFERENCES)
