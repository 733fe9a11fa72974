/**
 * What DKMS's own test suite (its releases 3.2 to 3.4) asserts of all that needs no install, in a table of our own: each
 * command with the exact exit status and what `status` lists after it.
 */
import { rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { putFile } from '../support/world.ts'
import { headless, newer, older } from './scenario.ts'
import {
  built,
  change,
  conf,
  fixtureSource,
  onDesk,
  run,
  source,
  type UpstreamScenario,
  type UpstreamStep,
} from './upstream-steps.ts'

/** Adds a package that is to be refused. */
function refused(name: string, exit: number, lines: readonly string[]): UpstreamStep[] {
  return [source(`${name}-1.0`, lines), run(`add ${name}/1.0`, exit)]
}

/** Builds a package that is added and cannot be built. */
function unbuildable(name: string, exit: number, lines: readonly string[]): UpstreamStep[] {
  return [
    source(`${name}-1.0`, lines),
    run(`build ${name}/1.0 -k ${newer}`, exit, `${name}/1.0: added`),
    run(`remove ${name}/1.0 --all`, 0),
  ]
}

export const upstreamScenarios: readonly UpstreamScenario[] = [
  {
    title: 'an empty tree lists nothing',
    steps: [run(`status -k ${newer}`, 0), run('status', 0)],
  },
  {
    title: 'the life of a package, without installing it',
    steps: [
      run('add -m hello -v 1.0', 2),
      onDesk('hello-1.0'),
      run('add hello-1.0', 0, 'hello/1.0: added'),
      run('add hello-1.0', 3, 'hello/1.0: added'),
      run('remove hello/1.0 --all', 0),
      run('add hello-1.0/dkms.conf', 0, 'hello/1.0: added'),
      run('add hello-1.0/dkms.conf', 3, 'hello/1.0: added'),
      run('remove hello/1.0 --all', 0),
      run('add -m hello -v 1.0', 0, 'hello/1.0: added'),
      run('add -m hello -v 1.0', 3, 'hello/1.0: added'),
      run(`build -k ${newer} -m hello -v 1.0`, 0, built('hello/1.0')),
      run(`build -k ${newer} -m hello -v 1.0`, 0, built('hello/1.0')),
      run(`build -k ${headless} -m hello -v 1.0`, 21, built('hello/1.0')),
      run(`build -k ${newer} -k ${newer} -m hello -v 1.0`, 0, built('hello/1.0')),
      run(`build -k ${newer} -m hello -v 1.0 --force`, 0, built('hello/1.0')),
      run(`unbuild -k ${newer} -m hello -v 1.0`, 0, 'hello/1.0: added'),
      run(`unbuild -k ${newer} -m hello -v 1.0`, 0, 'hello/1.0: added'),
      run(`remove -k ${newer} -m hello -v 1.0`, 0),
      run(`build -k ${newer} hello/1.0`, 0, built('hello/1.0')),
      run('remove hello/1.0 --all', 0),
      run('remove hello/1.0 --all', 3),
    ],
  },
  {
    title: 'patches, scripts and several modules',
    steps: [
      fixtureSource('patched-1.0'),
      run(`build patched/1.0 -k ${newer}`, 0, built('patched/1.0')),
      run(`unbuild patched/1.0 -k ${newer}`, 0, 'patched/1.0: added'),
      run('remove patched/1.0 --all', 0),
      fixtureSource('scripts-1.0'),
      run(`build scripts/1.0 -k ${newer}`, 0, built('scripts/1.0')),
      run('remove scripts/1.0 --all', 0),
      fixtureSource('two-modules-1.0'),
      run(
        `build two-modules/1.0 -k ${newer} -k ${older}`,
        0,
        built('two-modules/1.0', older),
        built('two-modules/1.0'),
      ),
    ],
  },
  {
    title: 'malformed packages are refused by add',
    steps: [
      change('a directory without a conf', (world) => putFile(join(world.desk, 'nothing/README'), 'nothing\n')),
      run('add nothing', 1),
      ...refused('empty', 8, []),
      ...refused('invalid', 8, [
        'PACKAGE_NAME="invalid"',
        'PACKAGE_VERSION="1.0"',
        'BUILT_MODULE_NAME[0]="hello.ko"',
        'DEST_MODULE_NAME[0]="hello.o"',
        'DEST_MODULE_LOCATION[0]="/usr/lib"',
        'AUTOINSTALL="maybe"',
        'NO_WEAK_MODULES="perhaps"',
      ]),
      ...refused('gaps', 8, conf('gaps', 'BUILT_MODULE_NAME[2]="other"', 'DEST_MODULE_LOCATION[2]="/extra"')),
      ...refused('nowhere', 8, conf('nowhere', 'BUILT_MODULE_NAME[1]="other"')),
      ...refused('twice', 8, conf('twice', 'BUILT_MODULE_NAME[1]="hello"', 'DEST_MODULE_LOCATION[1]="/extra"')),
      ...refused(
        'renamed',
        8,
        conf(
          'renamed',
          'DEST_MODULE_NAME[0]="same"',
          'BUILT_MODULE_NAME[1]="other"',
          'DEST_MODULE_NAME[1]="same"',
          'DEST_MODULE_LOCATION[1]="/extra"',
        ),
      ),
    ],
  },
  {
    title: 'unusual packages are accepted by add',
    steps: [
      source('zero-1.0', ['PACKAGE_NAME="zero"', 'PACKAGE_VERSION="1.0"']),
      run('add zero/1.0', 0, 'zero/1.0: added'),
      run('remove zero/1.0 --all', 0),
      source('hello-1.0', ['PACKAGE_NAME="hello"', 'PACKAGE_VERSION="1.0"', 'DEST_MODULE_LOCATION[0]="/updates-test"']),
      run(`build hello/1.0 -k ${newer}`, 0, built('hello/1.0')),
      run('remove hello/1.0 --all', 0),
      fixtureSource('crlf-1.0'),
      run(`build crlf/1.0 -k ${newer}`, 0, built('crlf/1.0')),
      run('remove crlf/1.0 --all', 0),
      source('old-1.0', conf('old', 'REMAKE_INITRD="yes"', 'CLEAN="true"')),
      run(`build old/1.0 -k ${newer}`, 0, built('old/1.0')),
      run('remove old/1.0 --all', 0),
    ],
  },
  {
    title: 'malformed packages are refused by build',
    steps: [
      change('a source with a conf only', (world) =>
        putFile(join(world.source, 'bare-1.0/dkms.conf'), conf('bare').join('\n')),
      ),
      run(`build bare/1.0 -k ${newer}`, 8, 'bare/1.0: added'),
      run('remove bare/1.0 --all', 0),
      ...unbuildable('unpatched', 5, conf('unpatched', 'PATCH[0]="missing.patch"')),
      ...unbuildable('outside', 5, conf('outside', 'PATCH[0]="../hello.c"')),
      ...unbuildable('around', 5, conf('around', 'PATCH[0]="sub/../missing.patch"')),
      ...unbuildable(
        'forgetful',
        7,
        conf('forgetful', 'BUILT_MODULE_NAME[1]="other"', 'DEST_MODULE_LOCATION[1]="/extra"'),
      ),
      ...unbuildable('stubborn', 10, conf('stubborn', 'MAKE[0]="false"')),
    ],
  },
  {
    title: 'two versions of one package',
    steps: [
      fixtureSource('hello-1.0'),
      fixtureSource('hello-2.0'),
      run('add hello/1.0', 0, 'hello/1.0: added'),
      run('add hello/2.0', 0, 'hello/1.0: added', 'hello/2.0: added'),
      run(`build hello/1.0 -k ${newer}`, 0, built('hello/1.0'), 'hello/2.0: added'),
      run(`build hello/2.0 -k ${newer}`, 0, built('hello/1.0'), built('hello/2.0')),
      run(`unbuild hello/2.0 -k ${newer}`, 0, built('hello/1.0'), 'hello/2.0: added'),
      run(`unbuild hello/1.0 -k ${newer}`, 0, 'hello/1.0: added', 'hello/2.0: added'),
      run('remove hello/1.0 --all', 0, 'hello/2.0: added'),
      run('remove hello/2.0 --all', 0),
    ],
  },
  {
    title: 'a module without a version',
    steps: [
      fixtureSource('no-version-1.0'),
      run(`build no-version/1.0 -k ${newer}`, 0, built('no-version/1.0')),
      run(`unbuild no-version/1.0 -k ${newer}`, 0, 'no-version/1.0: added'),
      run('remove no-version/1.0 --all', 0),
    ],
  },
  {
    title: 'packages that are not for every kernel',
    steps: [
      ...unbuildable('arch', 77, conf('arch', 'BUILD_EXCLUSIVE_ARCH="none"')),
      ...unbuildable('kernel', 77, conf('kernel', 'BUILD_EXCLUSIVE_KERNEL="^2\\.6"')),
      ...unbuildable('old', 77, conf('old', 'BUILD_EXCLUSIVE_KERNEL_MAX="5.9"')),
      // Versions compare as whole texts: 6.1 comes before 6.1.0-2.
      ...unbuildable('exact', 77, conf('exact', 'BUILD_EXCLUSIVE_KERNEL_MAX="6.1"')),
      ...unbuildable('new', 77, conf('new', 'BUILD_EXCLUSIVE_KERNEL_MIN="6.2"')),
      ...unbuildable('config', 77, conf('config', 'BUILD_EXCLUSIVE_CONFIG="CONFIG_MODULES !CONFIG_TOY"')),
      ...unbuildable('obsolete', 77, conf('obsolete', 'OBSOLETE_BY="6.0"')),
      source('meant-1.0', conf('meant', 'BUILD_EXCLUSIVE_KERNEL_MIN="6.0"', 'BUILD_EXCLUSIVE_KERNEL_MAX="6.1.9999"')),
      run(`build meant/1.0 -k ${newer}`, 0, built('meant/1.0')),
      run(`build meant/1.0 -k ${older}`, 77, built('meant/1.0')),
      run('remove meant/1.0 --all', 0),
    ],
  },
  {
    title: 'dependencies that are not installed',
    steps: [
      fixtureSource('needs-hello-1.0'),
      run(`build needs-hello/1.0 -k ${newer}`, 13, 'needs-hello/1.0: added'),
      run(`build needs-hello/1.0 -k ${newer} --force`, 0, built('needs-hello/1.0')),
      run('remove needs-hello/1.0 --all', 0),
      ...unbuildable('self', 13, conf('self', 'BUILD_DEPENDS[0]="self"')),
    ],
  },
  {
    title: 'a build whose modules are gone',
    steps: [
      fixtureSource('hello-1.0'),
      run(`build hello/1.0 -k ${newer}`, 0, built('hello/1.0')),
      change('the module is deleted', ({ tree }) =>
        unlinkSync(join(tree, `hello/1.0/${newer}/x86_64/module/hello.ko`)),
      ),
      run('status', 0, `${built('hello/1.0')} (Built modules are missing in the kernel modules folder)`),
      run(`build hello/1.0 -k ${newer} --force`, 0, built('hello/1.0')),
      run('remove hello/1.0 --all', 0),
    ],
  },
  {
    title: 'a broken package: its link is gone',
    steps: [
      fixtureSource('hello-1.0'),
      fixtureSource('no-version-1.0'),
      run('add no-version/1.0', 0, 'no-version/1.0: added'),
      run(`build hello/1.0 -k ${newer}`, 0, built('hello/1.0'), 'no-version/1.0: added'),
      change('the link is deleted', ({ tree }) => unlinkSync(join(tree, 'hello/1.0/source'))),
      run('status', 0, 'hello/1.0: broken', 'no-version/1.0: added'),
      run(`build hello/1.0 -k ${newer}`, 4, 'hello/1.0: broken', 'no-version/1.0: added'),
      run(`unbuild hello/1.0 -k ${newer}`, 4, 'hello/1.0: broken', 'no-version/1.0: added'),
      run('mktarball hello/1.0', 4, 'hello/1.0: broken', 'no-version/1.0: added'),
      run('remove hello/1.0 --all', 4, 'hello/1.0: broken', 'no-version/1.0: added'),
      run(`build no-version/1.0 -k ${newer}`, 0, 'hello/1.0: broken', built('no-version/1.0')),
      run('add hello/1.0', 0, built('hello/1.0'), built('no-version/1.0')),
      run('remove hello/1.0 --all', 0, built('no-version/1.0')),
    ],
  },
  {
    title: 'a broken package: its source is gone',
    steps: [
      fixtureSource('hello-1.0'),
      run('add hello/1.0', 0, 'hello/1.0: added'),
      change('the source is deleted', ({ source: sources }) => rmSync(join(sources, 'hello-1.0'), { recursive: true })),
      run(`build hello/1.0 -k ${newer}`, 4, 'hello/1.0: broken'),
      run('add hello/1.0', 2, 'hello/1.0: broken'),
      change('the link leads into a circle', ({ tree }) => {
        unlinkSync(join(tree, 'hello/1.0/source'))
        symlinkSync('source', join(tree, 'hello/1.0/source'))
      }),
      run('remove hello/1.0 --all', 4, 'hello/1.0: broken'),
      change('the package is deleted by hand', ({ tree }) => rmSync(join(tree, 'hello'), { recursive: true })),
      run('status', 0),
    ],
  },
]
