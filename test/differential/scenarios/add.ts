/** add, in all its forms. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { copyFixture, putFile } from '../../support/world.ts'
import { changed, newer, type Scenario, sourceWith } from '../scenario.ts'

const conf = (lines: readonly string[]) => `${lines.join('\n')}\n`
const named = (name: string) => [`PACKAGE_NAME="${name}"`, 'PACKAGE_VERSION="1.0"']
const oneModule = ['BUILT_MODULE_NAME[0]="hello"', 'DEST_MODULE_LOCATION[0]="/kernel/extra"']

export const addScenarios: readonly Scenario[] = [
  {
    title: 'add by name and version',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: ['add hello/1.0', 'add hello/1.0', 'add -m hello -v 2.0', 'add -m hello/2.0'],
  },
  {
    title: 'add with options in other spellings',
    sources: ['hello-1.0', 'two-modules-1.0'],
    steps: ['add --module=hello/1.0', '--module-name two-modules -v 1.0 add'],
  },
  { title: 'add without a source', steps: ['add hello/1.0', 'add -m hello -v 1.0', 'add hello', 'add'] },
  {
    title: 'add a directory',
    desk: ['hello-1.0', 'two-modules-1.0', 'crlf-1.0'],
    steps: ['add hello-1.0', 'add hello-1.0', 'add ./two-modules-1.0/', 'add /mnt/crlf-1.0/dkms.conf', 'add crlf/1.0'],
  },
  {
    title: 'add a directory whose source is there already',
    desk: ['hello-1.0'],
    sources: ['hello-1.0'],
    steps: [
      changed('a file that only the old source has', ({ source }) => putFile(join(source, 'hello-1.0/old'), 'old\n')),
      'add --force hello-1.0',
    ],
  },
  {
    title: 'add the source directory itself',
    sources: ['hello-1.0'],
    steps: ['add /usr/src/hello-1.0', 'add /usr/src/hello-1.0/dkms.conf'],
  },
  {
    title: 'add a directory without dkms.conf',
    steps: [
      changed('an empty directory', ({ desk }) => putFile(join(desk, 'nope/README'), 'nothing\n')),
      'add nope',
      'add /mnt/nope',
      'add ./nope',
    ],
  },
  {
    title: 'add directories whose dkms.conf does not name a package',
    steps: [
      changed('three of them', ({ desk }) => {
        putFile(join(desk, 'empty/dkms.conf'), '')
        putFile(join(desk, 'no-version/dkms.conf'), conf(['PACKAGE_NAME="no-version"', ...oneModule]))
        putFile(join(desk, 'no-name/dkms.conf'), conf(['PACKAGE_VERSION="1.0"', ...oneModule]))
      }),
      'add empty',
      'add ./no-version',
      'add no-name/dkms.conf',
    ],
  },
  {
    title: 'add malformed packages',
    steps: [
      sourceWith('empty-1.0', ''),
      'add empty/1.0',
      sourceWith('unnamed-1.0', conf(['PACKAGE_VERSION="1.0"', ...oneModule])),
      'add unnamed/1.0',
      sourceWith('nowhere-1.0', conf([...named('nowhere'), 'BUILT_MODULE_NAME[0]="hello"'])),
      'add nowhere/1.0',
      sourceWith('suffix-1.0', conf([...named('suffix'), 'BUILT_MODULE_NAME[0]="hello.ko"', oneModule[1] ?? ''])),
      'add suffix/1.0',
      sourceWith(
        'place-1.0',
        conf([...named('place'), 'BUILT_MODULE_NAME[0]="hello"', 'DEST_MODULE_LOCATION[0]="/nowhere"']),
      ),
      'add place/1.0',
    ],
  },
  {
    title: 'add a package without modules',
    steps: [sourceWith('zero-1.0', conf(named('zero'))), 'add zero/1.0'],
  },
  {
    title: 'add packages that a newer dkms refuses',
    steps: [
      sourceWith(
        'twice-1.0',
        conf([...named('twice'), ...oneModule, 'BUILT_MODULE_NAME[1]="hello"', 'DEST_MODULE_LOCATION[1]="/updates"']),
      ),
      'add twice/1.0',
      sourceWith('please-1.0', conf([...named('please'), ...oneModule, 'AUTOINSTALL="yes please"'])),
      'add please/1.0',
    ],
  },
  {
    title: 'add with files of CR and LF, old directives and a module that is not named',
    sources: ['crlf-1.0'],
    steps: [
      'add crlf/1.0',
      sourceWith('old-1.0', conf([...named('old'), ...oneModule, 'REMAKE_INITRD="yes"', 'CLEAN="true"'])),
      'add old/1.0',
      sourceWith('hello-3.0', conf(['PACKAGE_NAME="hello"', 'PACKAGE_VERSION="3.0"', oneModule[1] ?? ''])),
      'add hello/3.0',
    ],
  },
  {
    title: 'add with scripts that run after it',
    sources: ['scripts-1.0'],
    steps: [
      'add scripts/1.0',
      sourceWith('sour-1.0', conf([...named('sour'), ...oneModule, 'POST_ADD="fail.sh"']), {
        'fail.sh': '#!/bin/sh\nexit 5\n',
      }),
      'add sour/1.0',
    ],
  },
  {
    title: 'add with a conf of its own, directives and overrides',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: [
      changed('another conf', ({ desk }) =>
        putFile(join(desk, 'other.conf'), conf(['PACKAGE_NAME="hello"', 'PACKAGE_VERSION="1.0"', ...oneModule])),
      ),
      'add hello/1.0 -c /mnt/other.conf',
      changed('an override that makes the conf invalid', ({ etc }) =>
        putFile(join(etc, 'hello-2.0.conf'), 'DEST_MODULE_LOCATION[0]="/nowhere"\n'),
      ),
      'add hello/2.0',
      'add hello/2.0 --directive=DEST_MODULE_LOCATION[0]=/extra',
    ],
  },
  {
    title: 'add refuses what makes no sense',
    sources: ['hello-1.0'],
    steps: ['add hello/1.0 --all', `add hello/1.0 -k ${newer} --all`, 'add hello/1.0 build', 'add hello/1.0 --unknown'],
  },
  {
    title: 'add from the tree itself',
    desk: ['hello-1.0'],
    steps: [
      'add hello-1.0',
      'add /var/lib/dkms/hello/1.0/source',
      'add /usr/src/hello-1.0',
      changed('the source is gone and back', ({ source }) => {
        rmSync(join(source, 'hello-1.0'), { recursive: true })
        copyFixture('hello-1.0', join(source, 'hello-1.0'))
      }),
      'status hello/1.0',
    ],
  },
  {
    title: 'add a directory with links, hidden files, modes and directories',
    steps: [
      changed('a source of every kind', ({ desk }) => {
        copyFixture('hello-1.0', join(desk, 'hello-1.0'))
        putFile(join(desk, 'hello-1.0/.hidden'), 'hidden\n')
        putFile(join(desk, 'hello-1.0/tools/run.sh'), '#!/bin/sh\n', 0o755)
        putFile(join(desk, 'hello-1.0/secret'), 'secret\n', 0o600)
        mkdirSync(join(desk, 'hello-1.0/empty'))
        symlinkSync('hello.c', join(desk, 'hello-1.0/link.c'))
        symlinkSync('hello-1.0', join(desk, 'alias'))
      }),
      'add alias',
      `build hello/1.0 -k ${newer}`,
      'mktarball hello/1.0 --source-only',
    ],
  },
  {
    title: 'a source with a link that leads out of it',
    sources: ['hello-1.0'],
    steps: [
      changed('a link', ({ source }) => symlinkSync('/etc/hostname', join(source, 'hello-1.0/outside'))),
      `build hello/1.0 -k ${newer}`,
      'mktarball hello/1.0 --source-only',
    ],
  },
  {
    title: 'add of incomplete and unusual names',
    steps: [
      'add hello/',
      'add /1.0',
      'add -m hello',
      'add -v 1.0',
      sourceWith(
        'odd.name_x-1.0+git~2-rc.1',
        conf(['PACKAGE_NAME="odd.name_x"', 'PACKAGE_VERSION="1.0+git~2-rc.1"', ...oneModule]),
      ),
      'add odd.name_x/1.0+git~2-rc.1',
      'build odd.name_x/1.0+git~2-rc.1',
      'status -m odd.name_x -v 1.0+git~2-rc.1',
      'mktarball odd.name_x/1.0+git~2-rc.1',
    ],
  },
]
