/** install where the kernel, or another version, has the module already; and what uninstall brings back. */
import { putToyModule } from '../../support/toy-module.ts'
import { changed, newer, oneModule, type Scenario, type Step, sourceWith } from '../scenario.ts'

function kernelHas(path: string, version: string, description?: string): Step {
  return changed(`${path} of version ${version}`, (world) =>
    putToyModule(world, { kernel: newer, path, version, ...(description === undefined ? {} : { description }) }),
  )
}

export const originalScenarios: readonly Scenario[] = [
  {
    title: 'install of another version over the installed one',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      `install hello/2.0 -k ${newer}`,
      'status',
      `uninstall hello/1.0 -k ${newer}`,
      `uninstall hello/2.0 -k ${newer}`,
      'status',
    ],
  },
  {
    title: 'install of an older version over the installed one',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [`install hello/2.0 -k ${newer}`, `install hello/1.0 -k ${newer}`],
  },
  {
    title: 'install of an older version by force',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [
      `install hello/2.0 -k ${newer}`,
      `build hello/1.0 -k ${newer}`,
      `install hello/1.0 -k ${newer} --force`,
      `install hello/2.0 -k ${newer}`,
      `install hello/1.0 -k ${newer} --force-version-override`,
      `remove hello/2.0 --all`,
      `remove hello/1.0 --all`,
    ],
  },
  {
    title: 'install beside an older module of the kernel',
    sources: ['hello-1.0'],
    steps: [
      kernelHas('kernel/drivers/hello.ko', '0.5'),
      `install hello/1.0 -k ${newer}`,
      `uninstall hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install over an older module in the same place',
    sources: ['hello-1.0'],
    steps: [
      kernelHas('updates/dkms/hello.ko', '0.5'),
      `install hello/1.0 -k ${newer}`,
      `uninstall hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install where the kernel has a newer module',
    sources: ['hello-1.0'],
    steps: [kernelHas('kernel/drivers/hello.ko', '9.0'), `install hello/1.0 -k ${newer}`],
  },
  {
    title: 'install by force where the kernel has a newer module',
    sources: ['hello-1.0'],
    steps: [
      kernelHas('kernel/drivers/hello.ko', '9.0'),
      `install hello/1.0 -k ${newer} --force`,
      `remove hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install where the kernel has another module of the same version',
    sources: ['hello-1.0'],
    steps: [kernelHas('extra/hello.ko', '1.0', 'another'), `install hello/1.0 -k ${newer}`],
  },
  {
    title: 'install where the kernel has several modules of the name',
    sources: ['hello-1.0'],
    steps: [
      kernelHas('kernel/drivers/hello.ko', '9.0'),
      kernelHas('extra/hello.ko', '0.1'),
      `install hello/1.0 -k ${newer}`,
      `uninstall hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install of a module that the kernel has made obsolete',
    steps: [
      sourceWith('old-1.0', oneModule('old', 'OBSOLETE_BY="6.0"')),
      `install old/1.0 -k ${newer}`,
      sourceWith('meant-1.0', oneModule('meant', 'OBSOLETE_BY="6.1.0-3"')),
      `install meant/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install of two packages with one module',
    sources: ['hello-1.0'],
    steps: [
      sourceWith('rival-1.0', oneModule('rival')),
      `install hello/1.0 -k ${newer}`,
      `install rival/1.0 -k ${newer} --force`,
      'status',
      `uninstall rival/1.0 -k ${newer}`,
      'status',
    ],
  },
]
