/** build: for one kernel and several, and every way in which it fails. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { putFile } from '../../support/world.ts'
import { another, changed, headless, newer, older, oneModule, running, type Scenario, sourceWith } from '../scenario.ts'

export const buildScenarios: readonly Scenario[] = [
  {
    title: 'build for one kernel, again, by force and for another',
    sources: ['hello-1.0'],
    steps: [
      'add hello/1.0',
      `build hello/1.0 -k ${newer}`,
      `build hello/1.0 -k ${newer}`,
      `build hello/1.0 -k ${newer} --force`,
      `build -m hello -v 1.0 -k ${older}`,
      'build hello/1.0',
    ],
  },
  {
    title: 'build adds what is not in the tree',
    sources: ['hello-1.0'],
    desk: ['two-modules-1.0'],
    steps: [`build hello/1.0 -k ${newer}`, `build two-modules-1.0 -k ${newer}`, `build hello/3.0 -k ${newer}`, 'build'],
  },
  {
    title: 'build for several kernels',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer} -k ${older}`,
      `build hello/1.0 -k ${older} -k ${another}/x86_64 -j 1`,
      `build hello/1.0 -k ${headless} -k ${older} -k ${running}`,
    ],
  },
  {
    title: 'build for several kernels where the last fails',
    sources: ['hello-1.0'],
    steps: [`build hello/1.0 -k ${older} -k ${headless}`],
  },
  {
    title: 'build for architectures',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer} -a i686`,
      `build hello/1.0 -k ${newer} -k ${older} -a i686 -a x86_64`,
      `build hello/1.0 -k ${newer} -a i686 -a x86_64`,
    ],
  },
  {
    title: 'build several modules, one under another name',
    sources: ['two-modules-1.0'],
    steps: [`build two-modules/1.0 -k ${newer}`],
  },
  { title: 'build with patches', sources: ['patched-1.0'], steps: [`build patched/1.0 -k ${newer}`] },
  {
    title: 'build with a patch that does not apply',
    sources: ['bad-patch-1.0'],
    steps: [`build bad-patch/1.0 -k ${newer}`, `build bad-patch/1.0 -k ${newer} --force`],
  },
  {
    title: 'build with a patch that is missing',
    steps: [sourceWith('lost-1.0', oneModule('lost', 'PATCH[0]="lost.patch"')), `build lost/1.0 -k ${newer}`],
  },
  {
    title: 'build with a patch for other kernels',
    steps: [
      sourceWith('other-1.0', oneModule('other', 'PATCH[0]="lost.patch"', 'PATCH_MATCH[0]="^2\\.6"')),
      `build other/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'build with scripts before and after it',
    sources: ['scripts-1.0'],
    steps: [`build scripts/1.0 -k ${newer}`, `build scripts/1.0 -k ${newer} -k ${older} --force`],
  },
  {
    title: 'build with a script that fails',
    steps: [
      sourceWith('sour-1.0', oneModule('sour', 'PRE_BUILD="fail.sh"'), { 'fail.sh': '#!/bin/sh\nexit 42\n' }),
      `build sour/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'build with a script that cannot be run',
    steps: [sourceWith('mute-1.0', oneModule('mute', 'PRE_BUILD="hello.c"')), `build mute/1.0 -k ${newer}`],
  },
  {
    title: 'build that fails in make',
    sources: ['failing-make-1.0'],
    steps: [
      'add failing-make/1.0',
      `build failing-make/1.0 -k ${newer}`,
      `build failing-make/1.0 -k ${newer}`,
      `unbuild failing-make/1.0 -k ${newer}`,
      'remove failing-make/1.0 --all',
    ],
  },
  {
    title: 'build that promises more than make leaves',
    sources: ['promises-more-1.0'],
    steps: [`build promises-more/1.0 -k ${newer}`],
  },
  {
    title: 'build of a package that is not for the kernel',
    sources: ['exclusive-1.0'],
    steps: [
      `build exclusive/1.0 -k ${newer}`,
      sourceWith('elsewhere-1.0', oneModule('elsewhere', 'BUILD_EXCLUSIVE_ARCH="^sparc"')),
      `build elsewhere/1.0 -k ${newer}`,
      sourceWith('toyless-1.0', oneModule('toyless', 'BUILD_EXCLUSIVE_CONFIG="!CONFIG_TOY"')),
      `build toyless/1.0 -k ${newer}`,
      sourceWith('toy-1.0', oneModule('toy', 'BUILD_EXCLUSIVE_CONFIG="CONFIG_TOY CONFIG_MODULES"')),
      `build toy/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'build for a kernel without headers',
    sources: ['hello-1.0'],
    steps: [`build hello/1.0 -k ${headless}`, 'build hello/1.0 -k 9.9.9-absent', 'status hello/1.0'],
  },
  {
    title: 'build with headers and a configuration from elsewhere',
    sources: ['hello-1.0'],
    steps: [
      changed('a configuration on the desk', ({ desk }) => putFile(join(desk, 'config'), 'CONFIG_MODULES=y\n')),
      `build hello/1.0 -k ${newer} --kernelsourcedir=/lib/modules/${newer}/build --config /mnt/config`,
      `build hello/1.0 -k ${older} --kernelsourcedir /nonexistent`,
    ],
  },
  {
    title: 'build with a make line of its own',
    sources: ['custom-make-1.0'],
    steps: [`build custom-make/1.0 -k ${newer}`, `build custom-make/1.0 -k ${older} -k ${another}`],
  },
  {
    title: 'build with make lines for some kernels',
    steps: [
      sourceWith(
        'matched-1.0',
        oneModule(
          'matched',
          'MAKE[0]="make -C $kernel_source_dir M=$dkms_tree/matched/1.0/build"',
          'MAKE[1]="false"',
          'MAKE_MATCH[1]="^5\\.10"',
        ),
      ),
      `build matched/1.0 -k ${newer}`,
      `build matched/1.0 -k ${older}`,
    ],
  },
  { title: 'build from files with CR and LF', sources: ['crlf-1.0'], steps: [`build crlf/1.0 -k ${newer}`] },
  {
    title: 'build without stripping',
    steps: [sourceWith('thick-1.0', oneModule('thick', 'STRIP[0]="no"')), `build thick/1.0 -k ${newer}`],
  },
  {
    title: 'build of a package without modules',
    steps: [sourceWith('zero-1.0', 'PACKAGE_NAME="zero"\nPACKAGE_VERSION="1.0"\n'), `build zero/1.0 -k ${newer}`],
  },
  {
    title: 'build of a module without a version',
    sources: ['no-version-1.0'],
    steps: [`build no-version/1.0 -k ${newer}`],
  },
  {
    title: 'build with dependencies that are not installed',
    sources: ['needs-hello-1.0'],
    steps: [`build needs-hello/1.0 -k ${newer}`],
  },
  {
    title: 'build with dependencies that are installed',
    sources: ['hello-1.0', 'needs-hello-1.0'],
    steps: [{ dkms: `install hello/1.0 -k ${newer}` }, `build needs-hello/1.0 -k ${newer}`],
  },
  {
    title: 'build of modules of which one is not for the kernel',
    sources: ['partly-exclusive-1.0'],
    steps: [`build partly-exclusive/1.0 -k ${newer}`],
  },
  {
    title: 'build where make makes modules for another kernel',
    sources: ['wrong-kernel-1.0'],
    steps: [
      changed('a make line that names the other kernel', ({ source }) =>
        putFile(
          join(source, 'wrong-kernel-1.0/dkms.conf'),
          oneModule(
            'wrong-kernel',
            `MAKE[0]="'make' -C /lib/modules/${older}/build M=$dkms_tree/wrong-kernel/1.0/build"`,
          ).replace('"hello"', '"wrong_kernel"'),
        ),
      ),
      `build wrong-kernel/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'build of a source with nothing but a conf',
    steps: [
      changed('a source with a conf only', ({ source }) =>
        putFile(join(source, 'bare-1.0/dkms.conf'), oneModule('bare')),
      ),
      'add bare/1.0',
      `build bare/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'build with compressed modules',
    sources: ['hello-1.0'],
    steps: [
      changed('a kernel whose modules are compressed', ({ modules }) => {
        putFile(join(modules, newer, 'modules.dep'), 'kernel/other.ko.gz:\n')
        putFile(join(modules, newer, 'kernel/other.ko.gz'), gzipSync('a module'))
      }),
      `build hello/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'build refuses what makes no sense',
    sources: ['hello-1.0'],
    steps: ['build hello/1.0 --all', 'build hello', `build hello/1.0 -k ${newer} -a x86_64 -a i686`],
  },
  {
    title: 'build with overrides for a package, a version and a kernel',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [
      changed('overrides', ({ etc }) => {
        putFile(join(etc, 'hello.conf'), 'DEST_MODULE_NAME[0]="greeting"\n')
        putFile(join(etc, 'hello-2.0.conf'), 'STRIP[0]="no"\n')
        putFile(join(etc, `hello-1.0-${older}.conf`), 'MAKE[0]="false"\n')
        putFile(join(etc, `hello-1.0-${newer}-x86_64.conf`), 'DEST_MODULE_NAME[0]="welcome"\n')
      }),
      `build hello/1.0 -k ${newer}`,
      `build hello/1.0 -k ${older}`,
      `build hello/2.0 -k ${older}`,
      'status',
    ],
  },
  {
    title: 'build with directives on the command line',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer} --directive=MAKE=false`,
      `build hello/1.0 -k ${newer} --directive STRIP=no`,
      `build hello/1.0 -k ${older} --directive=BUILD_EXCLUSIVE_KERNEL=^6`,
    ],
  },
  {
    title: 'build with another conf',
    sources: ['hello-1.0'],
    steps: [
      changed('a conf on the desk', ({ desk }) =>
        putFile(join(desk, 'my-dkms.conf'), oneModule('hello', 'DEST_MODULE_NAME[0]="greeting"')),
      ),
      'add hello/1.0',
      `build hello/1.0 -k ${newer} -c /mnt/my-dkms.conf`,
    ],
  },
  {
    title: 'build with a script that fails after it',
    steps: [
      sourceWith('late-1.0', oneModule('late', 'POST_BUILD="fail.sh"'), { 'fail.sh': '#!/bin/sh\nexit 3\n' }),
      `build late/1.0 -k ${newer}`,
    ],
  },
  {
    title: 'build without a source for an installed kernel, after its package was built elsewhere',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer}`,
      { dkms: `install hello/1.0 -k ${newer}` },
      `build hello/1.0 -k ${newer}`,
      `build hello/1.0 -k ${newer} --force`,
      'status',
    ],
  },
]
