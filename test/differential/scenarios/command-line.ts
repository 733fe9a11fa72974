/** What the command line takes and refuses. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { changed, newer, older, type Scenario } from '../scenario.ts'

export const commandLineScenarios: readonly Scenario[] = [
  {
    title: 'options and words that cannot be understood',
    sources: ['hello-1.0'],
    steps: [
      '--unknown',
      'status --unknown',
      'status -x',
      'status -m=hello',
      'build hello/1.0 unbuild hello/1.0',
      'add add',
      'mktarball hello/1.0 --binaries-only --source-only',
      `status -k ${newer} --all`,
      'remove hello/1.0 --all -a x86_64',
      `build hello/1.0 -k ${newer} -a one -a two -a three`,
    ],
  },
  { title: 'no action and an unknown one', steps: ['', 'frobnicate', 'frobnicate hello/1.0', '-m hello -v 1.0'] },
  {
    title: 'options in any order and by their beginning',
    sources: ['hello-1.0'],
    steps: [
      '-m hello add -v 1.0',
      `--kernelversion ${newer} hello/1.0 build`,
      `build --modules=hello/1.0 --kernelver=${older} --arch=i686 -q`,
      `unbuild hello/1.0 --kernelver-x ${newer} --verbose`,
      'status --modulex hello',
    ],
  },
  {
    title: 'old options that have no effect',
    sources: ['hello-1.0'],
    steps: ['add hello/1.0 --no-initrd --no-clean-kernel --no-prepare-kernel', 'remove hello/1.0 --all --no-initrd -q'],
  },
  {
    title: 'roots of their own',
    sources: ['hello-1.0'],
    steps: [
      changed('a tree on the desk', ({ desk }) => mkdirSync(join(desk, 'tree'))),
      'add hello/1.0 --dkmstree /mnt/tree',
      'status --dkmstree=/mnt/tree',
      'add hello/1.0 --sourcetree /mnt/nothing',
      'add hello/1.0 --sourcetreex=/usr/src',
    ],
  },
  {
    title: 'kernels and architectures that are empty',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer}`,
      'uninstall hello/1.0 --kernelver=',
      'unbuild hello/1.0 --kernelver=',
      `build hello/1.0 -k ${newer} --arch=`,
      `build hello/1.0 -k ${newer}/`,
      'status --kernelver=',
    ],
  },
  {
    title: 'words nothing is known to do with',
    sources: ['hello-1.0', 'hello-2.0'],
    steps: ['add hello/1.0 hello/2.0', 'status hello/1.0 and more'],
  },
]
