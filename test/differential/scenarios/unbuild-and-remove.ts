/** unbuild and remove, also of what is not there. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { putFile } from '../../support/world.ts'
import { changed, newer, older, type Scenario } from '../scenario.ts'

const built = [`build hello/1.0 -k ${newer}`, `build hello/1.0 -k ${older}`]

export const unbuildAndRemoveScenarios: readonly Scenario[] = [
  {
    title: 'unbuild one kernel after the other, and again',
    sources: ['hello-1.0'],
    steps: [
      ...built,
      `unbuild hello/1.0 -k ${newer}`,
      `unbuild hello/1.0 -k ${newer}`,
      `unbuild -m hello/1.0 -k ${older}/x86_64`,
      'unbuild hello/1.0',
      'unbuild hello/1.0 --all',
    ],
  },
  {
    title: 'unbuild several kernels and all',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [
      ...built,
      `unbuild hello/1.0 -k ${newer} -k ${older}`,
      `build hello/1.0 -k ${newer}`,
      `build hello/2.0 -k ${newer}`,
      'unbuild hello/1.0 --all',
      'unbuild hello/3.0 --all',
      'unbuild hello',
      'unbuild',
    ],
  },
  {
    title: 'unbuild for another architecture',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer}/i686`,
      `build hello/1.0 -k ${newer}`,
      `unbuild hello/1.0 -k ${newer}/i686`,
      `unbuild hello/1.0 -k ${newer} -a sparc`,
    ],
  },
  {
    title: 'remove what is only added',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [
      'add hello/1.0',
      'add hello/2.0',
      'remove hello/1.0 --all',
      'remove hello/1.0 --all',
      `remove hello/2.0 -k ${newer}`,
      'remove hello/2.0',
      'remove hello',
      'remove',
    ],
  },
  {
    title: 'remove one kernel after the other',
    sources: ['hello-1.0'],
    steps: [...built, `remove hello/1.0 -k ${newer}`, `remove hello/1.0 -k ${newer}`, `remove hello/1.0 -k ${older}`],
  },
  {
    title: 'remove without a kernel',
    sources: ['hello-1.0'],
    steps: [
      'build hello/1.0',
      ...built,
      'remove hello/1.0',
      'remove hello/1.0 --all',
      'add hello/1.0',
      'remove hello/1.0',
    ],
  },
  {
    title: 'remove everything, with what generators left',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [
      ...built,
      'add hello/2.0',
      changed('results of generators', ({ tree }) => {
        for (const name of ['tarball', 'rpm', 'deb']) putFile(join(tree, 'hello/1.0', name, 'result'), 'x\n')
      }),
      'remove -m hello -v 1.0 --all',
      'remove hello/2.0 --all',
    ],
  },
  {
    title: 'remove after a build that failed',
    sources: ['failing-make-1.0'],
    steps: [`build failing-make/1.0 -k ${newer}`, `remove failing-make/1.0 -k ${newer}`],
  },
  {
    title: 'remove with a conf that became invalid',
    sources: ['hello-1.0'],
    steps: [
      'add hello/1.0',
      changed('the conf is emptied', ({ source }) => putFile(join(source, 'hello-1.0/dkms.conf'), '')),
      'remove hello/1.0 --all',
    ],
  },
  {
    title: 'remove a package whose source is gone',
    sources: ['hello-1.0'],
    steps: [
      'add hello/1.0',
      changed('the source is deleted', ({ source }) => rmSync(join(source, 'hello-1.0'), { recursive: true })),
      'status',
      'remove hello/1.0 --all',
    ],
  },
  {
    title: 'remove refuses what makes no sense',
    sources: ['hello-1.0'],
    steps: ['add hello/1.0', `remove hello/1.0 -k ${newer} --all`, 'remove hello/1.0 -a x86_64 --all'],
  },
]
