/** install: for one kernel and several, its implied steps, and every way in which it fails. */
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { putFile } from '../../support/world.ts'
import { changed, headless, newer, older, oneModule, running, type Scenario, sourceWith } from '../scenario.ts'

export const installScenarios: readonly Scenario[] = [
  {
    title: 'install for one kernel, again, by force and for another',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      `install hello/1.0 -k ${newer}`,
      `install hello/1.0 -k ${newer} --force`,
      `install -m hello -v 1.0 -k ${older}/x86_64`,
      'install hello/1.0',
      `build hello/1.0 -k ${newer}`,
      `status hello -k ${newer}`,
      'remove hello/1.0 --all',
    ],
  },
  {
    title: 'install of what is added or built, and of what is not there',
    sources: ['hello-1.0'],
    desk: ['two-modules-1.0'],
    steps: [
      'add hello/1.0',
      `build hello/1.0 -k ${newer}`,
      `install hello/1.0 -k ${newer}`,
      `install two-modules-1.0 -k ${newer}`,
      `install hello/3.0 -k ${newer}`,
      'install hello',
      'install',
      'install hello/1.0 --all',
      'install ./nothing-there',
    ],
  },
  {
    title: 'install for several kernels',
    sources: ['hello-1.0'],
    steps: [`install hello/1.0 -k ${newer} -k ${older}`, `install hello/1.0 -k ${headless} -k ${running}`],
  },
  {
    title: 'install for several kernels of which the last fails',
    sources: ['hello-1.0'],
    steps: [`install hello/1.0 -k ${running} -k ${headless}`],
  },
  {
    title: 'install for kernels that are not there',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${headless}`,
      'install hello/1.0 -k 9.9.9-absent',
      `build hello/1.0 -k ${newer}`,
      changed('the kernel is removed', ({ modules }) =>
        renameSync(join(modules, newer), join(modules, `${newer}-was`)),
      ),
      `install hello/1.0 -k ${newer}`,
      `install hello/1.0 -k ${newer} --kernelsourcedir /lib/modules/${newer}-was/build`,
    ],
  },
  {
    title: 'install where depmod never ran, and without it',
    sources: ['hello-1.0'],
    steps: [
      changed('the files of depmod are deleted', ({ modules }) => {
        for (const name of readdirSync(join(modules, newer))) {
          if (name.startsWith('modules.')) rmSync(join(modules, newer, name))
        }
      }),
      `install hello/1.0 -k ${newer}`,
      `uninstall hello/1.0 -k ${newer}`,
      `install hello/1.0 -k ${older} --no-depmod`,
      `uninstall hello/1.0 -k ${older} --no-depmod`,
    ],
  },
  {
    title: 'install of links in place of copies',
    sources: ['hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer} --symlink-modules`,
      'status',
      `uninstall hello/1.0 -k ${newer}`,
      changed('links are asked for', ({ etc }) =>
        putFile(join(etc, 'framework.conf.d/links.conf'), 'symlink_modules="yes"\n'),
      ),
      `install hello/1.0 -k ${newer}`,
      'remove hello/1.0 --all',
    ],
  },
  {
    title: 'install of several modules, one under another name',
    sources: ['two-modules-1.0'],
    steps: [
      `install two-modules/1.0 -k ${newer} -k ${older}`,
      `install two-modules/1.0 -k ${newer} --force`,
      `uninstall two-modules/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install of compressed modules',
    sources: ['hello-1.0'],
    steps: [
      changed('a kernel whose modules are compressed', ({ modules }) => {
        putFile(join(modules, newer, 'modules.dep'), 'kernel/other.ko.gz:\n')
        putFile(join(modules, newer, 'kernel/other.ko.gz'), gzipSync('a module'))
      }),
      `install hello/1.0 -k ${newer} --no-depmod`,
      `uninstall hello/1.0 -k ${newer} --no-depmod`,
    ],
  },
  {
    title: 'install with scripts around it',
    steps: [
      sourceWith(
        'loud-1.0',
        oneModule('loud', 'PRE_INSTALL="note.sh pre"', 'POST_INSTALL="note.sh post"', 'POST_REMOVE="note.sh remove"'),
        { 'note.sh': '#!/bin/sh\necho "$1" >>/mnt/notes\n' },
      ),
      `install loud/1.0 -k ${newer}`,
      `install loud/1.0 -k ${newer}`,
      `uninstall loud/1.0 -k ${newer}`,
      'remove loud/1.0 --all',
    ],
  },
  {
    title: 'install with scripts that fail',
    steps: [
      sourceWith('sour-1.0', oneModule('sour', 'PRE_INSTALL="fail.sh"'), { 'fail.sh': '#!/bin/sh\nexit 42\n' }),
      `install sour/1.0 -k ${newer}`,
      `install sour/1.0 -k ${newer} --force`,
      sourceWith('late-1.0', oneModule('late', 'POST_INSTALL="fail.sh"', 'POST_REMOVE="fail.sh"'), {
        'fail.sh': '#!/bin/sh\nexit 3\n',
      }),
      `install late/1.0 -k ${older}`,
      `uninstall late/1.0 -k ${older}`,
    ],
  },
  {
    title: 'install of what cannot be built',
    sources: ['failing-make-1.0', 'exclusive-1.0', 'bad-patch-1.0', 'promises-more-1.0'],
    steps: [
      `install failing-make/1.0 -k ${newer}`,
      `install exclusive/1.0 -k ${newer}`,
      `install bad-patch/1.0 -k ${newer}`,
      `install promises-more/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install of a build without its module',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer}`,
      changed('the module is deleted', ({ tree }) => rmSync(join(tree, `hello/1.0/${newer}/x86_64/module/hello.ko`))),
      `install hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install of a package without modules',
    steps: [sourceWith('zero-1.0', 'PACKAGE_NAME="zero"\nPACKAGE_VERSION="1.0"\n'), `install zero/1.0 -k ${newer}`],
  },
  {
    title: 'install of an unversioned module',
    sources: ['no-version-1.0'],
    steps: [
      `install no-version/1.0 -k ${newer}`,
      `install no-version/1.0 -k ${newer} --force`,
      `uninstall no-version/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install after an override that renames the module',
    sources: ['hello-1.0'],
    steps: [
      changed('an override', ({ etc }) => putFile(join(etc, 'hello.conf'), 'DEST_MODULE_NAME[0]="greeting"\n')),
      `install hello/1.0 -k ${newer}`,
      `uninstall hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'install of a package that depends on another',
    sources: ['hello-1.0', 'needs-hello-1.0'],
    steps: [
      `install hello/1.0 -k ${newer}`,
      `install needs-hello/1.0 -k ${newer}`,
      'remove hello/1.0 --all',
      'remove needs-hello/1.0 --all',
    ],
  },
]
