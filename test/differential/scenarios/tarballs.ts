/** mktarball and ldtarball. What is inside of the archives is interchange.test.ts's business. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { putFile } from '../../support/world.ts'
import { another, changed, headless, newer, older, running, type Scenario, type Step } from '../scenario.ts'

const builtTwice: readonly Step[] = [`build hello/1.0 -k ${newer}`, `build hello/1.0 -k ${older}`]

/** Packed on the desk, gone from the tree and the sources: what a fresh host sees. */
function packed(...options: readonly string[]): Step[] {
  return [
    ...builtTwice,
    `mktarball hello/1.0 ${options.join(' ')} --archive /mnt/hello.tar.gz`,
    'remove hello/1.0 --all',
    changed('the source is deleted', ({ source }) => rmSync(join(source, 'hello-1.0'), { recursive: true })),
  ]
}

export const tarballScenarios: readonly Scenario[] = [
  {
    title: 'mktarball in each mode',
    sources: ['hello-1.0'],
    steps: [
      ...builtTwice,
      `mktarball hello/1.0 -k ${newer}`,
      `mktarball -m hello -v 1.0 -k ${older}/x86_64`,
      `mktarball hello/1.0 -k ${newer} --binaries-only`,
      'mktarball hello/1.0 --source-only',
      `mktarball hello/1.0 --source-only -k ${newer}`,
    ],
  },
  {
    title: 'mktarball of several kernels',
    sources: ['hello-1.0'],
    steps: [...builtTwice, `mktarball hello/1.0 -k ${newer} -k ${older}`, 'mktarball hello/1.0 --all'],
  },
  {
    title: 'mktarball of many kernels',
    sources: ['hello-1.0'],
    steps: [
      ...builtTwice,
      changed('builds for six more kernels', ({ tree }) => {
        for (const n of [1, 2, 3, 4, 5, 6]) {
          putFile(join(tree, `hello/1.0/6.1.0-${n}-of-a-kernel-with-a-long-name/x86_64/module/hello.ko`), 'x\n')
        }
      }),
      'mktarball hello/1.0 --all --binaries-only',
    ],
  },
  {
    title: 'mktarball with a place for the archive',
    sources: ['hello-1.0'],
    steps: [
      ...builtTwice,
      `mktarball hello/1.0 -k ${newer} --archive named.tar.gz`,
      `mktarball hello/1.0 -k ${newer} --archive=./here.tgz`,
      `mktarball hello/1.0 -k ${newer} --archive /mnt/new/directory/there.tar.xz`,
      `mktarball hello/1.0 -k ${newer} --archive-file plain.tar`,
      `mktarball hello/1.0 -k ${newer} --archive b.tar.bz2 --binaries-only`,
      'mktarball hello/1.0 --source-only --archive z.tar.zst',
    ],
  },
  {
    title: 'mktarball of what cannot be packed',
    sources: ['hello-1.0'],
    steps: [
      `mktarball hello/1.0 -k ${newer}`,
      'add hello/1.0',
      `mktarball hello/1.0 -k ${newer}`,
      'mktarball hello/1.0',
      'mktarball hello',
      'mktarball',
      'mktarball hello/1.0 --archive /proc/none/x.tar.gz --source-only',
    ],
  },
  {
    title: 'mktarball of the running kernel',
    sources: ['hello-1.0'],
    steps: [
      'build hello/1.0',
      'mktarball hello/1.0',
      `build hello/1.0 -k ${another}`,
      `mktarball hello/1.0 -k ${running}`,
    ],
  },
  {
    title: 'mktarball of nothing built',
    sources: ['hello-1.0'],
    steps: ['add hello/1.0', 'mktarball hello/1.0 --all'],
  },
  {
    title: 'ldtarball of source and one kernel',
    sources: ['hello-1.0'],
    steps: [
      ...packed(`-k ${newer}`),
      'ldtarball /mnt/hello.tar.gz',
      'ldtarball /mnt/hello.tar.gz',
      `build hello/1.0 -k ${newer}`,
      `build hello/1.0 -k ${another}`,
    ],
  },
  {
    title: 'ldtarball over what is there',
    sources: ['hello-1.0'],
    steps: [...packed(`-k ${newer}`), 'ldtarball hello.tar.gz', 'ldtarball --force --archive=hello.tar.gz'],
  },
  {
    title: 'ldtarball of source only',
    sources: ['hello-1.0'],
    steps: [...packed('--source-only'), 'ldtarball --archive /mnt/hello.tar.gz'],
  },
  {
    title: 'ldtarball where the source lies already',
    sources: ['hello-1.0'],
    steps: [
      ...builtTwice,
      `mktarball hello/1.0 -k ${newer} --archive /mnt/hello.tar.gz`,
      'remove hello/1.0 --all',
      'ldtarball hello.tar.gz',
    ],
  },
  {
    title: 'ldtarball of binaries without a source',
    sources: ['hello-1.0'],
    steps: [
      ...packed(`-k ${newer} --binaries-only`),
      'ldtarball hello.tar.gz',
      `build hello/1.0 -k ${older}`,
      `mktarball hello/1.0 -k ${newer} --binaries-only`,
      'remove hello/1.0 --all',
    ],
  },
  {
    title: 'ldtarball of binaries where the source lies',
    sources: ['hello-1.0'],
    steps: [
      ...builtTwice,
      `mktarball hello/1.0 -k ${newer} --binaries-only --archive /mnt/hello.tar.gz`,
      'remove hello/1.0 --all',
      'ldtarball hello.tar.gz',
    ],
  },
  {
    title: 'add of an archive',
    sources: ['hello-1.0'],
    steps: [...packed(`-k ${newer}`), 'add hello.tar.gz'],
  },
  {
    title: 'ldtarball of what is no archive',
    steps: [
      changed('files that are no archives', ({ desk }) => {
        putFile(join(desk, 'garbage.tar.gz'), 'garbage\n')
        putFile(join(desk, 'empty.tar.gz'), '')
        mkdirSync(join(desk, 'directory'))
      }),
      'ldtarball absent.tar.gz',
      'ldtarball --archive absent.tar.gz',
      'ldtarball garbage.tar.gz',
      'ldtarball empty.tar.gz',
      'ldtarball',
      `status -k ${headless}`,
    ],
  },
  {
    title: 'mktarball over an archive that is there',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer}`,
      changed('an older archive', ({ desk }) => putFile(join(desk, 'x.tar.gz'), 'old\n')),
      `mktarball hello/1.0 -k ${newer} --archive /mnt/x.tar.gz`,
      'remove hello/1.0 --all',
      'ldtarball x.tar.gz',
    ],
  },
  {
    title: 'mktarball of another conf and of a broken build',
    sources: ['hello-1.0'],
    steps: [
      `build hello/1.0 -k ${newer}`,
      changed('the module is deleted', ({ tree }) => rmSync(join(tree, `hello/1.0/${newer}/x86_64/module/hello.ko`))),
      `mktarball hello/1.0 -k ${newer}`,
      changed('the conf is emptied', ({ source }) => putFile(join(source, 'hello-1.0/dkms.conf'), '')),
      'mktarball hello/1.0 --source-only --archive y.tar.gz',
    ],
  },
]
