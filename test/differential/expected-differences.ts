/**
 * Every difference to the distribution's dkms 3.0.10 that is meant, with its reason. A difference that no entry covers
 * fails the test it occurs in, and a pattern that covers nothing fails the run: the list can neither hide a new
 * difference nor outlive an old one.
 */
import type { Difference } from './compare.ts'

export interface ExpectedDifference {
  readonly reason: string
  /** The scenario and command: `TITLE: COMMAND`. Absent: wherever it occurs. */
  readonly where?: RegExp
  readonly what: readonly RegExp[]
}

/** Those of every table of commands. */
export const EXPECTED_EVERYWHERE: readonly ExpectedDifference[] = [
  {
    reason: 'one writer per tree: dkms has no lock',
    what: [/^tree only here: (?:desk\/)?tree\/\.lock 0\d+ /],
  },
  {
    reason: 'Module.symvers is kept beside the modules, as dkms does since 3.1.3',
    what: [/^tree only here: tree\/[^/]+\/[^/]+\/[^/]+\/\w+\/module\/Module\.symvers /],
  },
  {
    reason: 'the configuration of the kernel is not copied beside the log, as dkms does since 3.2.2',
    what: [/^tree only dkms: .+\/log\/\.?config /],
  },
]

export const EXPECTED_DIFFERENCES: readonly ExpectedDifference[] = [
  {
    reason: 'no action, or an unknown one, is an error: dkms prints its usage and ends with 0',
    where: /^no action and an unknown one: /,
    what: [/^exit status 2, dkms 0$/],
  },
  {
    reason: 'a kernel that is empty does not become the running one: refused with 16, as in dkms since 3.1',
    where: /^kernels and architectures that are empty: /,
    what: [/^exit status 16, dkms 0$/],
  },
  {
    reason: 'missing headers end with 21, as in dkms since 3.1.5; before it was 1, like much else',
    where: /: build hello\/1\.0 .*(?:headless|9\.9\.9-absent|\/nonexistent)$/,
    what: [/^exit status 21, dkms 1$/],
  },
  {
    reason: 'of several kernels the first failure is the exit status: with dkms it is whatever the last kernel gave',
    where: /^build for several kernels: build hello\/1\.0 -k \S+headless /,
    what: [/^exit status 21, dkms 0$/],
  },
  {
    reason: 'the end of a CR-LF line is no part of a value, as in dkms since 3.1.5',
    where: /^add a directory: add (?:\/mnt\/crlf-1\.0\/dkms\.conf|crlf\/1\.0)$/,
    what: [
      /^exit status 3, dkms 2$/,
      /^status only here: crlf\/1\.0: added$/,
      /^status only dkms: crlf\r\/1\.0\r: added$/,
      /^tree only here: (?:tree\/crlf\/|source\/crlf-1\.0\/)/,
      /^tree only dkms: (?:tree\/crlf\r\/|source\/crlf\r-1\.0\r\/)/,
    ],
  },
  {
    reason: 'the end of a CR-LF line is no part of a value, as in dkms since 3.1.5',
    where: /^build from files with CR and LF: /,
    what: [
      /^exit status 0, dkms 7$/,
      /^status (?:of our tree )?only here: crlf\/1\.0, 6\.1\.0-2-toy, x86_64: built$/,
      /^status (?:of our tree )?only dkms: crlf\/1\.0: added$/,
      /^tree only here: tree\/crlf\/1\.0\/6\.1\.0-2-toy\//,
      /^tree only dkms: tree\/crlf\/1\.0\/build\//,
    ],
  },
  {
    reason: '`./` does not begin the name of a package: dkms looks for a package named `.`',
    where: /: add \.\/nope$/,
    what: [/^exit status 1, dkms 2$/],
  },
  {
    reason: 'a package without modules is only warned about, as in dkms since 3.0.11',
    where: /^(?:add|build of) a package without modules: /,
    what: [
      /^exit status 0, dkms 8$/,
      /^status (?:of our tree )?only here: zero\/1\.0(?:, 6\.1\.0-2-toy, x86_64: built|: added)$/,
      /^tree only here: tree\/zero\//,
    ],
  },
  {
    reason: 'one module twice, and AUTOINSTALL that is neither yes nor no, are refused as in dkms since 3.1.7',
    where: /^add packages that a newer dkms refuses: /,
    what: [
      /^exit status 8, dkms 0$/,
      /^status only dkms: (?:twice|please)\/1\.0: added$/,
      /^tree only dkms: tree\/(?:twice|please)\//,
    ],
  },
  {
    reason: '--directive can set an element of an array: 3.0.10 exports it, which a shell cannot do with arrays',
    where: /--directive=DEST_MODULE_LOCATION\[0\]=\/extra$/,
    what: [/^exit status 0, dkms 8$/, /^status only here: hello\/2\.0: added$/, /^tree only here: tree\/hello\/2\.0\//],
  },
  {
    reason: 'arrays may have gaps: 3.0.10 counts elements and loses the last patch',
    where: /^build with patches: /,
    what: [/^tree only (?:here|dkms): tree\/patched\/1\.0\/6\.1\.0-2-toy\/x86_64\/module\/patched\.ko /],
  },
  {
    reason: 'what patch printed is logged, as in dkms since 3.1',
    where: /^build with a patch that does not apply: /,
    what: [/^tree only here: tree\/bad-patch\/1\.0\/build\/make\.log /],
  },
  {
    reason: 'patches are looked for before anything is copied',
    where: /^build with a patch that is missing: /,
    what: [/^tree only dkms: tree\/lost\/1\.0\/build\/./],
  },
  {
    reason: 'a PRE_BUILD that fails ends the build with its status, as in dkms since 3.1',
    where: /^build with a script that fails: /,
    what: [
      /^exit status 42, dkms 0$/,
      /^status only here: sour\/1\.0: added$/,
      /^status only dkms: sour\/1\.0, 6\.1\.0-2-toy, x86_64: built$/,
      /^tree only here: tree\/sour\/1\.0\/build\//,
      /^tree only dkms: tree\/sour\/1\.0\/6\.1\.0-2-toy\//,
    ],
  },
  {
    reason: 'BUILD_DEPENDS that is not installed stops the build, as in dkms since 3.1.4',
    where: /^build with dependencies that are not installed: /,
    what: [
      /^exit status 13, dkms 0$/,
      /^status only here: needs-hello\/1\.0: added$/,
      /^status only dkms: needs-hello\/1\.0, 6\.1\.0-2-toy, x86_64: built$/,
      /^tree only here: tree\/needs-hello\/1\.0\/build\/ 0755$/,
      /^tree only dkms: tree\/needs-hello\/1\.0\/6\.1\.0-2-toy\//,
    ],
  },
  {
    reason: 'the version of the dependency is noted for BUILD_DEPENDS_REBUILD, as in dkms since 3.2',
    where: /^build with dependencies that are installed: /,
    what: [/^tree only here: tree\/needs-hello\/1\.0\/6\.1\.0-2-toy\/x86_64\/\.dep_hello /],
  },
  {
    reason: 'BUILD_EXCLUSIVE_* may be about one module, as in dkms since 3.3',
    where: /^build of modules of which one is not for the kernel: /,
    what: [
      /^exit status 0, dkms 7$/,
      /^status (?:of our tree )?only here: partly-exclusive\/1\.0, 6\.1\.0-2-toy, x86_64: built$/,
      /^status (?:of our tree )?only dkms: partly-exclusive\/1\.0: added$/,
      /^tree only here: tree\/partly-exclusive\/1\.0\/6\.1\.0-2-toy\//,
      /^tree only dkms: tree\/partly-exclusive\/1\.0\/build\//,
    ],
  },
  {
    reason: 'a module made for another kernel is refused before anything is recorded',
    where: /^build where make makes modules for another kernel: /,
    what: [
      /^exit status 7, dkms 0$/,
      /^status only here: wrong-kernel\/1\.0: added$/,
      /^status only dkms: wrong-kernel\/1\.0, 6\.1\.0-2-toy, x86_64: built$/,
      /^tree only here: tree\/wrong-kernel\/1\.0\/build\//,
      /^tree only dkms: tree\/wrong-kernel\/1\.0\/6\.1\.0-2-toy\//,
    ],
  },
  {
    reason: 'a package whose source is gone is broken and left to its owner, as in dkms since 3.0.13',
    where: /^remove a package whose source is gone: /,
    what: [
      /^output only here: hello\/1\.0: broken$/,
      /^output only dkms: hello\/1\.0: added$/,
      /^exit status 4, dkms 0$/,
      /^status (?:of our tree )?only here: hello\/1\.0: broken$/,
      /^status (?:of our tree )?only dkms: hello\/1\.0: added$/,
      /^tree only here: tree\/hello\//,
    ],
  },
  {
    reason: 'a package directory without a link to a source is listed as broken, as in dkms since 3.0.13',
    where: /^status of directories that are not packages: /,
    what: [
      /^output only here: stray\/1\.0: broken$/,
      /^status (?:of our tree |of the tree of dkms )?only here: stray\/1\.0: broken$/,
    ],
  },
  {
    reason: 'nothing built is nothing to pack: dkms makes an archive without modules, with an empty list in its name',
    where: /^mktarball of nothing built: mktarball /,
    what: [/^exit status 6, dkms 0$/, /^tree only dkms: tree\/hello\/1\.0\/tarball\//],
  },
  {
    reason: 'a build that lacks a module is not packed: dkms makes an archive that installs nothing',
    where: /^mktarball of another conf and of a broken build: mktarball hello\/1\.0 -k /,
    what: [/^exit status 7, dkms 0$/, /^tree only dkms: tree\/hello\/1\.0\/tarball\//],
  },
  {
    reason: 'with --force a package that is there is replaced: dkms does the same and then fails to add it again',
    where: /^ldtarball over what is there: ldtarball --force /,
    what: [/^exit status 0, dkms 3$/],
  },
  {
    reason: 'binaries without a source are loaded and that is a success: dkms loads them and ends with 1',
    where: /^ldtarball of binaries without a source: ldtarball /,
    what: [/^exit status 0, dkms 1$/, /^tree only here: tree\/hello\/1\.0\/build\/ 0755$/],
  },
  {
    reason: 'a file that is no archive ends with 3, as in dkms since 3.1',
    where: /^ldtarball of what is no archive: ldtarball (?:garbage|empty)\.tar\.gz$/,
    what: [/^exit status 3, dkms 7$/],
  },
  {
    reason: 'hidden files belong to a source, as in dkms since 3.2.2',
    where: /^add a directory with links, hidden files, .*: add alias$/,
    what: [/^tree only here: source\/hello-1\.0\/\.hidden /],
  },
  {
    reason: 'a link that leads out of the source cannot be unpacked safely, here or elsewhere, and is not packed',
    where: /^a source with a link that leads out of it: mktarball /,
    what: [/^exit status 6, dkms 0$/, /^tree only dkms: tree\/hello\/1\.0\/tarball\//],
  },
  {
    reason: 'status reads the overrides below /etc/dkms as build does: 3.0.10 passes over them and misses the modules',
    where: /^build with overrides for a package, a version and a kernel: /,
    what: [
      /^(?:output|status|status of our tree|status of the tree of dkms) only here: hello\/1\.0, 6\.1\.0-2-toy, x86_64: built$/,
      /^(?:output|status|status of our tree|status of the tree of dkms) only here: hello\/2\.0, 5\.10\.1-toy, x86_64: built$/,
      /^(?:output|status|status of our tree|status of the tree of dkms) only dkms: hello\/[12]\.0: added$/,
    ],
  },
  {
    reason: 'a build whose modules are not those of the conf is a build that misses them, as in dkms since 3.0.13',
    where: /^(?:build with another conf|mktarball of another conf and of a broken build): /,
    what: [
      /^status (?:of our tree |of the tree of dkms )?only here: hello\/1\.0, 6\.1\.0-2-toy, x86_64: built \(Built modules are missing /,
      /^status (?:of our tree |of the tree of dkms )?only dkms: hello\/1\.0: added$/,
    ],
  },
  {
    reason: 'a POST_BUILD that fails ends the build with its status, as in dkms since 3.1, and leaves no build behind',
    where: /^build with a script that fails after it: /,
    what: [
      /^exit status 3, dkms 0$/,
      /^status only here: late\/1\.0: added$/,
      /^status only dkms: late\/1\.0, 6\.1\.0-2-toy, x86_64: built$/,
      /^tree only here: tree\/late\/1\.0\/build\//,
      /^tree only dkms: tree\/late\/1\.0\/6\.1\.0-2-toy\//,
    ],
  },
  {
    reason: 'a path is not a package: dkms takes /1.0 for the version 1.0 of every package',
    where: /^status with filters: status \/1\.0$/,
    what: [/^exit status 1, dkms 0$/, /^output only dkms: (?:hello|scripts|two-modules)\/1\.0[:,] /],
  },
]

/** The patterns that cover a difference; empty for one that is not expected. */
export function patternsFor(expected: readonly ExpectedDifference[], { where, what }: Difference): RegExp[] {
  return expected
    .filter((entry) => entry.where?.test(where) ?? true)
    .flatMap((entry) => entry.what.filter((pattern) => pattern.test(what)))
}
