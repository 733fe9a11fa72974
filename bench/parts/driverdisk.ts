import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context, Part } from '../context.ts'
import { compare, type Effort } from '../measure.ts'
import { addBuild, addPackage, arch, compileObject, enlargeObject, writeSource } from '../packages.ts'
import { type Command, ours, peakMemory } from '../programs.ts'
import { type Finding, findingOf, formatTime, type Target } from '../report.ts'
import { type BenchRoots, emptyRoots } from '../roots.ts'
import { measureStages, type Stage } from '../stages.ts'

const id = { name: 'bench', version: '1.0' }
const releases = ['5.14.0-362.8.1.el9_3.x86_64', '5.14.21-150500.53-default', '5.15.0-25-generic']
const effort: Effort = { runs: 9, seconds: 20 }

/** With small modules half of the time is xorriso's, with large ones most of it zlib's, on both sides. */
function targetFor(bytes: number | undefined): Target {
  return bytes === undefined ? { timesFaster: 2 } : { atMost: 1 }
}

/** Of each of the modules, in bytes; undefined: as small as the compiler makes it. */
const sizes = [undefined, 8 * 2 ** 20] as const

const universal = ['--format', 'universal', '--dist', 'sle15sp5', '--dist', 'ubuntu/trusty']

interface Disk {
  readonly what: string
  readonly options: readonly string[]
  /** Made by hand of the same modules, in as many packages, on the same medium. */
  readonly byHand?: (roots: BenchRoots) => Command | undefined
}

const disks: readonly Disk[] = [
  {
    what: 'redhat3 ISO, beside rpmbuild, createrepo_c and xorriso by hand',
    options: ['--format', 'redhat3'],
    byHand: redhat3ByHand,
  },
  { what: 'universal ISO', options: universal },
  { what: 'universal tar, which needs no other program', options: [...universal, '--media', 'tar'] },
]

export const driverdisk: Part = {
  name: 'driverdisk',
  about: `driver disks of one module for ${releases.length} kernels: time and its shares from 1 % on, and the most memory our process ever holds`,
  async run({ scratch }: Context): Promise<readonly Finding[]> {
    const findings: Finding[] = []
    for (const bytes of sizes) {
      const roots = emptyRoots(join(scratch, `driverdisk-${bytes ?? 'small'}`))
      fill(roots, bytes)
      for (const disk of disks) findings.push(...(await measure(roots, disk, bytes)))
    }
    return findings
  },
}

function fill(roots: BenchRoots, bytes: number | undefined): void {
  writeSource(roots, id)
  addPackage(roots, id)
  const objects = objectsOf(roots)
  mkdirSync(objects)
  for (const release of releases) {
    const object = compileObject(objects, release)
    if (bytes !== undefined) enlargeObject(object, bytes)
    addBuild(roots, id, { release, object, installed: false })
  }
}

function objectsOf(roots: BenchRoots): string {
  return join(roots.dir, 'objects')
}

async function measure(
  roots: BenchRoots,
  { what, options, byHand }: Disk,
  bytes: number | undefined,
): Promise<readonly Finding[]> {
  const args = ['mkdriverdisk', 'bench/1.0', '--all', ...options, '--output', outputOf(roots), ...roots.options]
  const prepare = () => rmSync(outputOf(roots), { force: true })
  const command: Command = { argv: [ours, ...args], prepare }
  const pair = compare(command, byHand?.(roots), effort)
  const { mebibytes } = await peakMemory(command)
  const size = bytes === undefined ? 'small modules' : `modules of ${bytes / 2 ** 20} MiB`
  return [
    findingOf(`${what}, ${size}`, pair, byHand === undefined ? {} : targetFor(bytes), byHand === undefined ? ' ' : ''),
    plainRow('  most memory', '', `${mebibytes.toFixed(0)} MiB`),
    ...measureStages(args, roots.dir, prepare).filter(isWorthTelling).map(stageRow),
  ]
}

function outputOf(roots: BenchRoots): string {
  return join(roots.dir, 'disk')
}

function isWorthTelling({ share }: Stage): boolean {
  return share >= 0.01
}

function stageRow({ name, milliseconds, share }: Stage): Finding {
  return plainRow(`  ${name}`, formatTime(milliseconds), `${(share * 100).toFixed(0)} %`)
}

function plainRow(what: string, time: string, measured: string): Finding {
  return { what, ours: time, theirs: '', measure: measured, runs: '', target: '', verdict: '' }
}

const spec = `Name: kmod-bench-%{kernel}
Version: 1.0
Release: 1
Summary: Kernel modules of bench 1.0
License: GPL-2.0-only
AutoReqProv: no
Provides: kernel-modules = %{provided}
%description
Kernel modules of bench 1.0.
%install
install -D -m 0644 %{object} %{buildroot}/lib/modules/%{kernel}/extra/bench/bench.ko
%post
depmod -a %{kernel} || :
%postun
depmod -a %{kernel} || :
%files
/lib/modules/%{kernel}/extra/bench/bench.ko
`

/** What a vendor's script does: a package for each kernel, metadata, image; with the compression that our packages have. */
const script = `set -e
top=$1 out=$2 arch=$3
shift 3
rm -rf "$top/BUILD" "$top/BUILDROOT" "$top/RPMS" "$top/disk"
mkdir -p "$top/disk/rpms/$arch"
for release in "$@"; do
  # rpmbuild takes one dash in a version.
  provided=$(echo "$release" | tr - _)
  rpmbuild -bb --quiet --target "$arch" --define "_topdir $top" --define "kernel $release" --define "provided $provided" --define "object $top/$release.ko" \
    --define '_binary_payload w6.gzdio' --define 'debug_package %{nil}' --define '__os_install_post %{nil}' "$top/kmod.spec"
done
cp "$top"/RPMS/*/*.rpm "$top/disk/rpms/$arch/"
echo 'Driver Update Disk version 3' >"$top/disk/rhdd3"
createrepo_c -q --no-database --simple-md-filenames "$top/disk/rpms/$arch"
xorriso -as mkisofs -quiet -o "$out" -V OEMDRV -r -J -joliet-long "$top/disk"
`

function redhat3ByHand(roots: BenchRoots): Command | undefined {
  if (['rpmbuild', 'createrepo_c', 'xorriso'].some((program) => !isInstalled(program))) return undefined
  const top = join(roots.dir, 'by-hand')
  mkdirSync(top)
  writeFileSync(join(top, 'kmod.spec'), spec)
  for (const release of releases) copyFileSync(join(objectsOf(roots), `${release}.ko`), join(top, `${release}.ko`))
  const output = join(roots.dir, 'disk-by-hand')
  return {
    argv: ['sh', '-c', script, 'sh', top, output, arch, ...releases],
    prepare: () => rmSync(output, { force: true }),
  }
}

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status === 0
}
