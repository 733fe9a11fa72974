/** uninstall, unbuild and remove of what is installed, also of what somebody changed since. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { putToyModule } from '../../support/toy-module.ts'
import { putFile } from '../../support/world.ts'
import { another, changed, newer, older, oneModule, type Scenario, type Step, sourceWith } from '../scenario.ts'

const installedTwice = `install hello/1.0 -k ${newer} -k ${older}`
const installedFile = `${newer}/updates/dkms/hello.ko`

export const uninstallScenarios: readonly Scenario[] = [
  {
    title: 'uninstall one kernel after the other, and again',
    sources: ['hello-1.0'],
    steps: [
      installedTwice,
      'install hello/1.0',
      `uninstall hello/1.0 -k ${newer}`,
      `uninstall hello/1.0 -k ${newer}`,
      `uninstall -m hello -v 1.0 -k ${older}/x86_64`,
      `uninstall hello/1.0 -k ${another}`,
      'uninstall hello/1.0',
      'uninstall hello/1.0',
    ],
  },
  {
    title: 'uninstall several kernels, and all',
    sources: ['hello-1.0'],
    steps: [
      installedTwice,
      `uninstall hello/1.0 -k ${newer} -k ${older}`,
      installedTwice,
      'uninstall hello/1.0 --all',
      'uninstall hello/1.0 --all',
    ],
  },
  {
    title: 'uninstall of what is not there',
    sources: ['hello-1.0'],
    steps: [
      `uninstall hello/1.0 -k ${newer}`,
      'add hello/1.0',
      `uninstall hello/1.0 -k ${newer}`,
      'uninstall hello/3.0',
      'uninstall hello',
      'uninstall',
      `uninstall hello/1.0 -k ${newer} --all`,
    ],
  },
  {
    title: 'unbuild of what is installed',
    sources: ['hello-1.0'],
    steps: [
      installedTwice,
      `unbuild hello/1.0 -k ${newer}`,
      `unbuild hello/1.0 -k ${newer}`,
      'unbuild hello/1.0 --all',
    ],
  },
  {
    title: 'remove of what is installed',
    sources: ['hello-1.0'],
    steps: [
      installedTwice,
      `remove hello/1.0 -k ${newer}`,
      `remove hello/1.0 -k ${newer}`,
      `remove hello/1.0 -k ${older}`,
      installedTwice,
      'remove hello/1.0 --all',
      'remove hello/1.0 --all',
    ],
  },
  {
    title: 'uninstall of a module that is gone',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      changed('the installed module is deleted', ({ modules }) => rmSync(join(modules, installedFile))),
      'status',
      `uninstall hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install again of a module that is gone',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      changed('the installed module is deleted', ({ modules }) => rmSync(join(modules, installedFile))),
      `install hello/1.0 -k ${newer}`,
      `install hello/1.0 -k ${newer} --force`,
    ],
  },
  {
    title: 'uninstall of a module that somebody replaced',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      changed('another version in its place', (world) =>
        putToyModule(world, { kernel: newer, path: 'updates/dkms/hello.ko', version: '7.0' }),
      ),
      'status',
      `uninstall hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'uninstall of a module that became garbage',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      changed('garbage in its place', ({ modules }) => writeFileSync(join(modules, installedFile), 'garbage\n')),
      `uninstall hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'remove of several versions, one of them installed',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      `build hello/2.0 -k ${newer}`,
      'remove hello/2.0 --all',
      'status',
      'remove hello/1.0 --all',
    ],
  },
  {
    title: 'unbuild and remove where the kernel is gone',
    sources: ['hello-1.0'],
    steps: [
      installedTwice,
      changed('both kernels are removed', ({ modules }) => {
        for (const kernel of [newer, older]) rmSync(join(modules, kernel), { recursive: true })
      }),
      'status',
      `unbuild hello/1.0 -k ${newer}`,
      'remove hello/1.0 --all',
    ],
  },
  {
    title: 'remove keeps directories that others use',
    sources: ['hello-1.0', 'two-modules-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      `install two-modules/1.0 -k ${newer}`,
      changed('a file of the administrator', ({ modules }) =>
        putFile(join(modules, older, 'updates/dkms/notes'), 'x\n'),
      ),
      `install hello/1.0 -k ${older}`,
      'remove hello/1.0 --all',
      'remove two-modules/1.0 --all',
    ],
  },
  {
    title: 'an upgrade by rpm to a package with the same version',
    sources: ['hello-1.0'],
    steps: [
      'add hello/1.0 --rpm_safe_upgrade',
      'add hello/1.0 --rpm_safe_upgrade',
      `install hello/1.0 -k ${newer} --rpm_safe_upgrade`,
      'remove hello/1.0 --all --rpm_safe_upgrade',
      'remove hello/1.0 --all --rpm_safe_upgrade',
      // Each add announced the upgrade once.
      'remove hello/1.0 --all --rpm_safe_upgrade',
    ],
  },
  {
    title: 'uninstall with a conf that became invalid',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      changed('the conf is emptied', ({ source }) => putFile(join(source, 'hello-1.0/dkms.conf'), '')),
      `uninstall hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'uninstall where the place of the modules was changed',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      sourceWith('hello-1.0', oneModule('hello').replace('/kernel/extra', '/kernel/drivers')),
      `uninstall hello/1.0 -k ${newer}`,
    ],
  },
  ...[
    { title: 'what dkms installed is uninstalled', by: (dkms: string): Step => ({ dkms }) },
    { title: 'what we installed is uninstalled', by: (here: string): Step => ({ here }) },
  ].map(({ title, by }) => ({
    title,
    sources: ['hello-1.0', 'two-modules-1.0'],
    steps: [
      by(installedTwice),
      by(`install two-modules/1.0 -k ${newer}`),
      `uninstall hello/1.0 -k ${newer}`,
      'unbuild hello/1.0 --all',
      `install hello/1.0 -k ${newer} --force`,
      'remove two-modules/1.0 --all',
    ],
  })),
]
