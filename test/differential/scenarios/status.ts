/** status: every filter, over a tree with packages in every state. Its output is compared line by line. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { another, changed, newer, older, type Scenario, type Step } from '../scenario.ts'

const everyState: readonly Step[] = [
  'add hello/1.0',
  `build hello/2.0 -k ${newer} -k ${older}`,
  `build two-modules/1.0 -k ${newer}/i686 -k ${newer}/x86_64`,
  { dkms: `install two-modules/1.0 -k ${older}` },
  'add scripts/1.0',
]

export const statusScenarios: readonly Scenario[] = [
  {
    title: 'status with filters',
    sources: ['hello-1.0', 'hello-2.0', 'two-modules-1.0', 'scripts-1.0'],
    steps: [
      'status',
      ...everyState,
      'status hello',
      'status hello/1.0',
      'status -m hello -v 2.0',
      'status --module=two-modules',
      'status hello/3.0',
      'status nothing',
      'status hel*',
      'status -m hello/1.0 -v 2.0',
      'status -v 2.0 hello/1.0',
      'status /1.0',
      'status -v 1.0',
      `status -k ${newer}`,
      `status -k ${newer}/i686`,
      `status -k ${newer} -a x86_64`,
      `status -k ${newer} -k ${older}`,
      `status -k ${newer}/x86_64 -k ${older}/x86_64`,
      `status hello -k ${another}`,
      `status two-modules/1.0 -k ${older}`,
      'status -a i686',
      'status hello --all',
      'status --all -k 1.0',
      'status -a x86_64 --all',
    ],
  },
  {
    title: 'status of builds and installs that were changed by hand',
    sources: ['hello-1.0', 'two-modules-1.0'],
    steps: [
      { dkms: `install two-modules/1.0 -k ${newer}` },
      { dkms: `install hello/1.0 -k ${newer}` },
      changed('an installed module is overwritten', ({ modules }) =>
        writeFileSync(join(modules, newer, 'updates/dkms/first.ko'), 'changed\n'),
      ),
      'status',
      changed('an installed module is deleted', ({ modules }) =>
        rmSync(join(modules, newer, 'updates/dkms/renamed.ko')),
      ),
      'status',
      changed('an archive of originals', ({ tree }) =>
        mkdirSync(join(tree, `hello/original_module/${newer}/x86_64`), { recursive: true }),
      ),
      'status',
      `status two-modules -k ${newer}`,
    ],
  },
  {
    title: 'status of directories that are not packages',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer}`,
      changed('things that do not belong there', ({ tree }) => {
        mkdirSync(join(tree, 'stray/1.0'), { recursive: true })
        mkdirSync(join(tree, 'hello/1.0/6.9.9-empty/x86_64'), { recursive: true })
        mkdirSync(join(tree, 'hello/1.0/deb'))
        writeFileSync(join(tree, 'hello/notes'), 'x\n')
        writeFileSync(join(tree, 'mok.key'), 'x\n')
        symlinkSync('/nonexistent', join(tree, 'hello/kernel-6.9.9-empty-x86_64'))
      }),
      'status',
      'status hello/1.0',
    ],
  },
]
