/** autoinstall and match. */

import { join } from 'node:path'
import { putFile } from '../../support/world.ts'
import { changed, headless, newer, older, oneModule, type Scenario, sourceWith } from '../scenario.ts'

export const autoinstallScenarios: readonly Scenario[] = [
  {
    title: 'autoinstall of nothing, of packages in every state, and again',
    sources: ['hello-1.0', 'two-modules-1.0', 'no-version-1.0', 'custom-make-1.0'],
    steps: [
      `autoinstall -k ${newer}`,
      'add hello/1.0',
      `build two-modules/1.0 -k ${newer}`,
      `install no-version/1.0 -k ${newer}`,
      'add custom-make/1.0',
      `autoinstall -k ${newer}`,
      `autoinstall -k ${newer}`,
      `autoinstall -k ${older}`,
    ],
  },
  {
    title: 'autoinstall of the running kernel',
    sources: ['hello-1.0'],
    steps: ['add hello/1.0', 'autoinstall', 'autoinstall'],
  },
  {
    title: 'autoinstall passes over packages that do not ask for it',
    sources: ['hello-1.0'],
    steps: [
      sourceWith('quiet-1.0', oneModule('quiet')),
      'add quiet/1.0',
      'add hello/1.0',
      `autoinstall -k ${newer}`,
      'status',
    ],
  },
  {
    title: 'autoinstall of the newest of several versions',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: ['add hello/1.0', 'add hello/2.0', `autoinstall -k ${newer}`],
  },
  {
    title: 'autoinstall of a newer version over an older one',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [`install hello/1.0 -k ${newer}`, 'add hello/2.0', `autoinstall -k ${newer}`],
  },
  {
    title: 'autoinstall where the newest version is installed',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [`install hello/2.0 -k ${newer}`, 'add hello/1.0', `autoinstall -k ${newer}`],
  },
  {
    title: 'autoinstall of packages of which one fails',
    sources: ['failing-make-1.0', 'hello-1.0'],
    steps: ['add failing-make/1.0', 'add hello/1.0', `autoinstall -k ${newer}`, `autoinstall -k ${newer}`],
  },
  {
    title: 'autoinstall of packages of which one is not for the kernel',
    sources: ['exclusive-1.0', 'hello-1.0'],
    steps: ['add exclusive/1.0', 'add hello/1.0', `autoinstall -k ${newer}`],
  },
  {
    title: 'autoinstall in the order of dependencies',
    sources: ['hello-1.0'],
    steps: [
      sourceWith('a-needs-hello-1.0', oneModule('a-needs-hello', 'BUILD_DEPENDS[0]="hello"', 'AUTOINSTALL="yes"')),
      'add a-needs-hello/1.0',
      'add hello/1.0',
      `autoinstall -k ${newer}`,
    ],
  },
  {
    title: 'autoinstall of what depends on something that fails',
    sources: ['failing-make-1.0'],
    steps: [
      sourceWith('wants-1.0', oneModule('wants', 'BUILD_DEPENDS[0]="failing-make"', 'AUTOINSTALL="yes"')),
      'add wants/1.0',
      'add failing-make/1.0',
      `autoinstall -k ${newer}`,
    ],
  },
  {
    title: 'autoinstall of what depends on something unknown, and on itself',
    steps: [
      sourceWith('lonely-1.0', oneModule('lonely', 'BUILD_DEPENDS[0]="nobody"', 'AUTOINSTALL="yes"')),
      'add lonely/1.0',
      `autoinstall -k ${newer}`,
      'remove lonely/1.0 --all',
      sourceWith('self-1.0', oneModule('self', 'BUILD_DEPENDS[0]="self"', 'AUTOINSTALL="yes"')),
      'add self/1.0',
      `autoinstall -k ${newer}`,
    ],
  },
  {
    title: 'autoinstall for a kernel without headers',
    sources: ['hello-1.0'],
    steps: [`autoinstall -k ${headless}`, 'add hello/1.0', `autoinstall -k ${headless}`],
  },
  {
    title: 'autoinstall that is turned off',
    sources: ['hello-1.0'],
    steps: [
      'add hello/1.0',
      changed('it is turned off', ({ etc }) => putFile(join(etc, 'no-autoinstall'), '')),
      `autoinstall -k ${newer}`,
    ],
  },
  {
    title: 'autoinstall refuses what makes no sense',
    steps: ['autoinstall --all', `autoinstall -k ${newer} -k ${older}`],
  },
  {
    title: 'match one kernel to another',
    sources: ['hello-1.0', 'two-modules-1.0', 'no-version-1.0'],
    steps: [
      `install hello/1.0 -k ${older}`,
      `install two-modules/1.0 -k ${older}`,
      `build no-version/1.0 -k ${older}`,
      `match --templatekernel=${older} -k ${newer} hello`,
      `match --templatekernel ${older} -k ${newer}`,
      `match --templatekernel ${older} -k ${newer}`,
    ],
  },
  {
    title: 'match of nothing, and of what makes no sense',
    sources: ['hello-1.0'],
    steps: [
      'add hello/1.0',
      `match --templatekernel ${older} -k ${newer}`,
      `match --templatekernel ${newer} -k ${newer}`,
      `match --templatekernel ${older} -k ${newer} nobody`,
      `match -k ${newer}`,
      `match --templatekernel ${older} --all`,
      `match --templatekernel ${older} -k ${newer} -k ${older}`,
    ],
  },
  {
    title: 'actions that 3.0.10 does not know',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      'kernel_prerm',
      `kernel_prerm -k ${newer}`,
      `kernel_postinst -k ${newer}`,
      `kernel_preinst -k ${newer}`,
      'generate_mok',
    ],
  },
]
