/**
 * What DKMS's own test suite (its releases 3.2 to 3.4) asserts about install, uninstall, autoinstall and the kernel actions,
 * in a table of our own: each command with the exact exit status and what `status` lists after it.
 */
import { existsSync, readFileSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { putFile, type World } from '../support/world.ts'
import { headless, newer, older } from './scenario.ts'
import {
  built,
  change,
  conf,
  fixtureSource,
  installed,
  onDesk,
  run,
  source,
  type UpstreamScenario,
  type UpstreamStep,
} from './upstream-steps.ts'

const place = `${newer}/updates/dkms`

/** Modules that are there, of those that may be; by their names below the destination. */
function modulesAre(...names: readonly string[]): UpstreamStep {
  return change(`the modules are ${names.join(', ') || 'gone'}`, ({ modules }) => {
    for (const name of ['hello', 'needs_hello', 'no_version']) {
      const exists = existsSync(join(modules, place, `${name}.ko`))
      if (exists !== names.includes(name)) throw new Error(`${name}.ko is ${exists ? 'still' : 'not'} there`)
    }
  })
}

function fileHolds(what: string, path: (world: World) => string, text: string | undefined): UpstreamStep {
  return change(what, (world) => {
    const file = path(world)
    const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
    if (found !== text) throw new Error(`${file} holds ${String(found)}, not ${String(text)}`)
  })
}

const noted = (version: string | undefined) =>
  fileHolds(
    `the version of the dependency that is noted is ${version ?? 'none'}`,
    ({ tree }) => join(tree, `needs-hello/1.0/${newer}/x86_64/.dep_hello`),
    version,
  )

const on = `-k ${newer}`
const hello = fixtureSource('hello-1.0')
const auto = 'AUTOINSTALL="yes"'

export const upstreamInstallScenarios: readonly UpstreamScenario[] = [
  {
    title: 'the life of a package',
    steps: [
      onDesk('hello-1.0'),
      run(`build hello-1.0 ${on}`, 0, built('hello/1.0')),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0')),
      modulesAre('hello'),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0')),
      run(`install hello/1.0 ${on} --force`, 0, installed('hello/1.0')),
      run(`uninstall hello/1.0 ${on}`, 0, built('hello/1.0')),
      modulesAre(),
      run(`uninstall hello/1.0 ${on}`, 0, built('hello/1.0')),
      run(`unbuild hello/1.0 ${on}`, 0, 'hello/1.0: added'),
      run(`unbuild hello/1.0 ${on}`, 0, 'hello/1.0: added'),
      run(`remove hello/1.0 ${on}`, 0),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0')),
      run('remove hello/1.0 --all', 0),
      modulesAre(),
    ],
  },
  {
    title: 'a command after every transaction',
    steps: [
      hello,
      change('post_transaction', ({ etc, desk }) =>
        putFile(
          join(etc, 'framework.conf.d/after.conf'),
          `post_transaction='echo done for $kernelver >>${desk}/after'\n`,
        ),
      ),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0')),
      fileHolds('it ran', ({ desk }) => join(desk, 'after'), `done for ${newer}`),
      run(`uninstall hello/1.0 ${on}`, 0, built('hello/1.0')),
      fileHolds('it ran again', ({ desk }) => join(desk, 'after'), `done for ${newer}\ndone for ${newer}`),
    ],
  },
  {
    title: 'autoinstall and the kernel actions',
    steps: [
      run(`autoinstall -k ${headless}`, 0),
      run(`kernel_postinst -k ${headless}`, 0),
      run(`kernel_prerm -k ${headless}`, 0),
      hello,
      run(`build hello/1.0 ${on}`, 0, built('hello/1.0')),
      run(`autoinstall ${on}`, 0, installed('hello/1.0')),
      run(`unbuild hello/1.0 ${on}`, 0, 'hello/1.0: added'),
      run(`autoinstall -k ${headless}`, 21, 'hello/1.0: added'),
      run(`kernel_postinst -k ${headless}`, 21, 'hello/1.0: added'),
      change('autoinstall is turned off', ({ etc }) => putFile(join(etc, 'no-autoinstall'), '')),
      run(`autoinstall ${on}`, 0, 'hello/1.0: added'),
      run(`kernel_postinst ${on}`, 0, 'hello/1.0: added'),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0')),
      run(`kernel_prerm ${on}`, 0, 'hello/1.0: added'),
      change('autoinstall is turned on', ({ etc }) => unlinkSync(join(etc, 'no-autoinstall'))),
      run('autoinstall --all', 5, 'hello/1.0: added'),
      run(`autoinstall ${on} -k ${older}`, 4, 'hello/1.0: added'),
      run(`autoinstall ${on}`, 0, installed('hello/1.0')),
      run(`autoinstall ${on}`, 0, installed('hello/1.0')),
      run('kernel_prerm', 4, installed('hello/1.0')),
      run(`kernel_prerm ${on}`, 0, 'hello/1.0: added'),
      run(`kernel_prerm ${on}`, 0, 'hello/1.0: added'),
      run(`build hello/1.0 ${on}`, 0, built('hello/1.0')),
      run(`kernel_prerm ${on}`, 0, 'hello/1.0: added'),
      run('kernel_postinst', 4, 'hello/1.0: added'),
      run(`kernel_postinst ${on}`, 0, installed('hello/1.0')),
      run(`kernel_postinst ${on}`, 0, installed('hello/1.0')),
      run('kernel_preinst', 4, installed('hello/1.0')),
      run(`kernel_preinst ${on}`, 0, 'hello/1.0: added'),
      run('remove hello/1.0 --all', 0),
    ],
  },
  {
    title: 'autoinstall of a package that fails',
    steps: [
      fixtureSource('failing-make-1.0'),
      run('add failing-make/1.0', 0, 'failing-make/1.0: added'),
      run(`autoinstall ${on}`, 11, 'failing-make/1.0: added'),
      run(`kernel_postinst ${on}`, 11, 'failing-make/1.0: added'),
      source('wants-1.0', conf('wants', 'BUILD_DEPENDS[0]="failing-make"', auto)),
      run('add wants/1.0', 0, 'failing-make/1.0: added', 'wants/1.0: added'),
      run(`autoinstall ${on}`, 11, 'failing-make/1.0: added', 'wants/1.0: added'),
    ],
  },
  {
    title: 'a package without AUTOINSTALL',
    steps: [
      source('quiet-1.0', conf('quiet', 'AUTOINSTALL=""')),
      run('add quiet/1.0', 0, 'quiet/1.0: added'),
      run(`autoinstall ${on}`, 0, 'quiet/1.0: added'),
      run(`kernel_postinst ${on}`, 0, 'quiet/1.0: added'),
      run(`build quiet/1.0 ${on}`, 0, built('quiet/1.0')),
      run(`kernel_preinst ${on}`, 0, built('quiet/1.0')),
      run(`install quiet/1.0 ${on}`, 0, installed('quiet/1.0')),
      run(`kernel_prerm ${on}`, 0, 'quiet/1.0: added'),
      run(`install quiet/1.0 ${on}`, 0, installed('quiet/1.0')),
      run(`uninstall quiet/1.0 ${on}`, 0, built('quiet/1.0')),
      run(`unbuild quiet/1.0 ${on}`, 0, 'quiet/1.0: added'),
      run('remove quiet/1.0 --all', 0),
    ],
  },
  {
    title: 'dependencies are installed first',
    steps: [
      hello,
      source('a-first-1.0', conf('a-first', 'BUILD_DEPENDS[0]="hello"', auto), 'no-version-1.0', 'no_version'),
      run('add hello/1.0', 0, 'hello/1.0: added'),
      run(`autoinstall ${on}`, 0, installed('hello/1.0')),
      run('add a-first/1.0', 0, 'a-first/1.0: added', installed('hello/1.0')),
      run(`autoinstall ${on}`, 0, installed('a-first/1.0'), installed('hello/1.0')),
      run(`kernel_prerm ${on}`, 0, 'a-first/1.0: added', 'hello/1.0: added'),
      modulesAre(),
      run(`autoinstall ${on}`, 0, installed('a-first/1.0'), installed('hello/1.0')),
      modulesAre('hello', 'no_version'),
      run('remove a-first/1.0 --all', 0, installed('hello/1.0')),
      run('remove hello/1.0 --all', 0),
      run(`build a-first/1.0 ${on}`, 13, 'a-first/1.0: added'),
      run(`build a-first/1.0 ${on} --force`, 0, built('a-first/1.0')),
      run(`install a-first/1.0 ${on}`, 0, installed('a-first/1.0')),
      run(`autoinstall ${on}`, 0, installed('a-first/1.0')),
      run(`unbuild a-first/1.0 ${on}`, 0, 'a-first/1.0: added'),
      // Release 3.4.1: what it depends on is not known here, so it waits. Earlier releases ended with 11.
      run(`autoinstall ${on}`, 0, 'a-first/1.0: added'),
    ],
  },
  {
    title: 'a package that depends on itself',
    steps: [
      source('self-1.0', conf('self', 'BUILD_DEPENDS[0]="self"', auto)),
      run('add self/1.0', 0, 'self/1.0: added'),
      run(`autoinstall ${on}`, 11, 'self/1.0: added'),
      run(`build self/1.0 ${on}`, 13, 'self/1.0: added'),
      run(`build self/1.0 ${on} --force`, 0, built('self/1.0')),
      run(`install self/1.0 ${on}`, 0, installed('self/1.0')),
      run('remove self/1.0 --all', 0),
    ],
  },
  {
    title: 'a package is built again for another version of what it depends on',
    steps: [
      hello,
      fixtureSource('hello-2.0'),
      fixtureSource('needs-hello-1.0'),
      run('add hello/1.0', 0, 'hello/1.0: added'),
      run('add needs-hello/1.0', 0, 'hello/1.0: added', 'needs-hello/1.0: added'),
      run(`autoinstall ${on}`, 0, installed('hello/1.0'), installed('needs-hello/1.0')),
      noted('1.0'),
      run(`install hello/2.0 ${on}`, 0, built('hello/1.0'), installed('hello/2.0'), installed('needs-hello/1.0')),
      noted('2.0'),
      run('remove hello/2.0 --all', 0, built('hello/1.0'), installed('needs-hello/1.0')),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0'), installed('needs-hello/1.0')),
      noted('1.0'),
      run('remove needs-hello/1.0 --all', 0, installed('hello/1.0')),
      run('remove hello/1.0 --all', 0),
      run(`build needs-hello/1.0 ${on}`, 13, 'needs-hello/1.0: added'),
      run(`build needs-hello/1.0 ${on} --force`, 0, built('needs-hello/1.0')),
      noted(undefined),
    ],
  },
  {
    title: 'a package that replaces the module of another',
    steps: [
      hello,
      source('rival-2.0', conf('rival', auto).with(1, 'PACKAGE_VERSION="2.0"'), 'hello-2.0'),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0')),
      run(
        `install rival/2.0 ${on}`,
        0,
        `${installed('hello/1.0')} (Differences between built and installed modules)`,
        `${installed('rival/2.0')} (Original modules exist)`,
      ),
      run(`unbuild rival/2.0 ${on}`, 0, installed('hello/1.0'), 'rival/2.0: added'),
      modulesAre('hello'),
      run(
        `autoinstall ${on}`,
        0,
        `${installed('hello/1.0')} (Differences between built and installed modules)`,
        `${installed('rival/2.0')} (Original modules exist)`,
      ),
      run('remove rival/2.0 --all', 0, installed('hello/1.0')),
      run('remove hello/1.0 --all', 0),
      modulesAre(),
    ],
  },
  {
    title: 'many packages at once',
    steps: [
      ...['hello', 'exclusive', 'needs-hello', 'no-version', 'patched', 'scripts'].flatMap((name, index, names) => [
        fixtureSource(`${name}-1.0`),
        run(
          `add ${name}/1.0`,
          0,
          ...names
            .slice(0, index + 1)
            .toSorted()
            .map((one) => `${one}/1.0: added`),
        ),
      ]),
      run(
        `autoinstall ${on}`,
        0,
        'exclusive/1.0: added',
        ...['hello', 'needs-hello', 'no-version', 'patched', 'scripts'].map((name) => installed(`${name}/1.0`)),
      ),
      modulesAre('hello', 'needs_hello', 'no_version'),
      run(
        `kernel_prerm ${on}`,
        0,
        ...['exclusive', 'hello', 'needs-hello', 'no-version', 'patched', 'scripts'].map(
          (name) => `${name}/1.0: added`,
        ),
      ),
      modulesAre(),
    ],
  },
  {
    title: 'two versions, one installed over the other',
    steps: [
      hello,
      fixtureSource('hello-2.0'),
      run(`build hello/1.0 ${on}`, 0, built('hello/1.0')),
      run(`build hello/2.0 ${on}`, 0, built('hello/1.0'), built('hello/2.0')),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0'), built('hello/2.0')),
      run(`install hello/2.0 ${on}`, 0, built('hello/1.0'), installed('hello/2.0')),
      run(`install hello/1.0 ${on}`, 6, built('hello/1.0'), installed('hello/2.0')),
      run(`uninstall hello/1.0 ${on}`, 0, built('hello/1.0'), installed('hello/2.0')),
      run(`uninstall hello/2.0 ${on}`, 0, built('hello/1.0'), built('hello/2.0')),
      run('remove hello/1.0 --all', 0, built('hello/2.0')),
      run('remove hello/2.0 --all', 0),
    ],
  },
  {
    title: 'modules without a version',
    steps: [
      fixtureSource('no-version-1.0'),
      run(`install no-version/1.0 ${on}`, 0, installed('no-version/1.0')),
      source('no-version-3.0', conf('no-version').with(1, 'PACKAGE_VERSION="3.0"'), 'no-version-1.0', 'no_version'),
      // The third release is the first, byte for byte.
      run(`install no-version/3.0 ${on}`, 6, installed('no-version/1.0'), built('no-version/3.0')),
      run('remove no-version/3.0 --all', 0, installed('no-version/1.0')),
      run('remove no-version/1.0 --all', 0),
    ],
  },
  {
    title: 'autoinstall with packages that are not for the kernel',
    steps: [
      fixtureSource('exclusive-1.0'),
      run(`install exclusive/1.0 ${on}`, 77, 'exclusive/1.0: added'),
      run(`autoinstall ${on}`, 0, 'exclusive/1.0: added'),
      hello,
      run('add hello/1.0', 0, 'exclusive/1.0: added', 'hello/1.0: added'),
      run(`autoinstall ${on}`, 0, 'exclusive/1.0: added', installed('hello/1.0')),
      fixtureSource('failing-make-1.0'),
      run('add failing-make/1.0', 0, 'exclusive/1.0: added', 'failing-make/1.0: added', installed('hello/1.0')),
      run(`autoinstall ${on}`, 11, 'exclusive/1.0: added', 'failing-make/1.0: added', installed('hello/1.0')),
      run('remove failing-make/1.0 --all', 0, 'exclusive/1.0: added', installed('hello/1.0')),
      source('too-1.0', conf('too', 'BUILD_DEPENDS[0]="exclusive"', 'BUILD_EXCLUSIVE_ARCH="none"', auto)),
      run('add too/1.0', 0, 'exclusive/1.0: added', installed('hello/1.0'), 'too/1.0: added'),
      run(`autoinstall ${on}`, 0, 'exclusive/1.0: added', installed('hello/1.0'), 'too/1.0: added'),
    ],
  },
  {
    title: 'modules that somebody deleted',
    steps: [
      hello,
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0')),
      change('the module is deleted in both places', ({ tree, modules }) => {
        unlinkSync(join(tree, `hello/1.0/${newer}/x86_64/module/hello.ko`))
        unlinkSync(join(modules, place, 'hello.ko'))
      }),
      run('status', 0, `${installed('hello/1.0')} (Built modules are missing in the kernel modules folder)`),
      run(
        `uninstall hello/1.0 ${on}`,
        0,
        `${built('hello/1.0')} (Built modules are missing in the kernel modules folder)`,
      ),
      run(
        `install hello/1.0 ${on}`,
        6,
        `${built('hello/1.0')} (Built modules are missing in the kernel modules folder)`,
      ),
      run('remove hello/1.0 --all', 0),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0')),
      run('remove hello/1.0 --all', 0),
    ],
  },
  {
    title: 'a package that is broken while it is installed',
    steps: [
      hello,
      fixtureSource('no-version-1.0'),
      run(`install hello/1.0 ${on}`, 0, installed('hello/1.0')),
      run('add no-version/1.0', 0, installed('hello/1.0'), 'no-version/1.0: added'),
      change('the source is deleted', ({ source: sources }) => rmSync(join(sources, 'hello-1.0'), { recursive: true })),
      run(`install hello/1.0 ${on}`, 4, 'hello/1.0: broken', 'no-version/1.0: added'),
      run(`uninstall hello/1.0 ${on}`, 4, 'hello/1.0: broken', 'no-version/1.0: added'),
      run('remove hello/1.0 --all', 4, 'hello/1.0: broken', 'no-version/1.0: added'),
      run(`autoinstall ${on}`, 0, 'hello/1.0: broken', installed('no-version/1.0')),
      hello,
      run('status', 0, installed('hello/1.0'), installed('no-version/1.0')),
      run(`uninstall hello/1.0 ${on}`, 0, built('hello/1.0'), installed('no-version/1.0')),
    ],
  },
  {
    title: 'the key that signs modules',
    steps: [
      run('generate_mok', 0),
      change('both files are there', ({ tree }) => {
        for (const name of ['mok.key', 'mok.pub']) {
          if (!existsSync(join(tree, name))) throw new Error(`${name} was not made`)
        }
      }),
      run('generate_mok', 0),
      change('the certificate is deleted', ({ tree }) => unlinkSync(join(tree, 'mok.pub'))),
      // The key that remains may be enrolled: it is not overwritten, where DKMS makes both anew.
      run('generate_mok', 1),
    ],
  },
]
