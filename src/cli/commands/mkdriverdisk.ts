import { readdirSync, rmdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { addressOf } from '../../packaging/deb/subject.ts'
import { diskFileName } from '../../packaging/driverdisk/file-name.ts'
import { type DriverDiskResult, makeDriverDisk } from '../../packaging/driverdisk/make.ts'
import { placedSignature } from '../../packaging/driverdisk/sign-image.ts'
import type { PackagePlan } from '../../packaging/plan/model.ts'
import { absoluteFromHere } from '../../system/env.ts'
import { isDirectory, isFile, makeDirectories, temporaryDirectory } from '../../system/fs.ts'
import { openTemplates } from '../../templates/stock.ts'
import { diskSigning } from '../disk-signing.ts'
import { type ChosenDisk, chooseDisk } from '../driverdisk-options.ts'
import { packageReader, packageRoom } from '../driverdisk-rooms.ts'
import type { CommandLine } from '../grammar.ts'
import type { GivenOptions } from '../options.ts'
import { planCommand } from '../package-plan.ts'
import { diskText } from '../render/driverdisk.ts'
import { rpmPacking } from '../rpm-command.ts'
import { lastOption, pathOption, type Session } from '../session.ts'
import type { CommandResult } from './index.ts'

export async function runMkdriverdisk(session: Session, line: CommandLine): Promise<CommandResult> {
  refuseSpec(session, line.options)
  // What can be told from the command line alone, before the tree is looked at.
  chooseDisk(line.options, [])
  using planned = await planCommand(session, withoutRelease(line), false, 'binaries-only')
  const { plan } = planned
  refuseUnbuilt(plan)
  const disk = chooseDisk(line.options, plan.kernels)
  const destination = destinationOf(line.options, plan, disk)
  const initrd = pathOption(line.options, 'initrd')
  const made = await make(session, line.options, { plan, disk, destination, initrd })
  const { path: _path, initrd: appended, signature: signed, ...rest } = made
  const signature = placedSignature(signed, destination)
  const { name: module, version } = plan.package
  return {
    json: {
      module,
      version,
      formats: disk.formats,
      medium: disk.medium,
      kernels: plan.kernels.map(({ release, arch }) => ({ kernel: release, arch })),
      path: destination,
      ...rest,
      ...(signature === undefined ? {} : { signature }),
      ...(appended === undefined ? {} : { initrd: { ...appended, path: initrd } }),
      dryRun: session.dryRun,
    },
    text: diskText({ made, destination, initrd, signature: signature?.path, dryRun: session.dryRun }),
  }
}

interface DiskOrder {
  readonly plan: PackagePlan
  readonly disk: ChosenDisk
  readonly destination: AbsolutePath
  readonly initrd: string | undefined
}

/** A dry run makes the disk where temporary files go: only so is it known what is on it, and whether it fits. */
async function make(session: Session, options: GivenOptions, order: DiskOrder): Promise<DriverDiskResult> {
  const { plan, disk, destination, initrd } = order
  using scratch = session.dryRun ? temporaryDirectory(session.roots.tmp, 'dkms-dry-run-') : undefined
  const place = (path: AbsolutePath) => (scratch === undefined ? path : below(scratch.path, basename(path)))
  using _folder = scratch === undefined ? openFolder(dirname(destination)) : undefined
  const templates = await openTemplates()
  const { summary, description, license, maintainer } = plan.metadata.driverdisk
  const { signer } = rpmPacking(session, options)
  const signing = diskSigning(session, options)
  return await makeDriverDisk({
    ...disk,
    plan,
    texts: { summary, description, license },
    packages: (options.get('include') ?? []).map(absoluteFromHere),
    destination: place(destination),
    ...(initrd === undefined ? {} : { initrd: place(absolutePath(initrd)) }),
    ...(signing === undefined ? {} : { signing }),
    tmp: session.roots.tmp,
    rooms: { ...packageRoom({ maintainer: addressOf(maintainer), signer }), ...packageReader },
    render: (name, values) => templates.render(name, values),
  })
}

/** Makes a directory, which goes again when nothing has come into it. */
function openFolder(path: string): Disposable {
  const isNew = !isDirectory(path)
  makeDirectories(path)
  return {
    [Symbol.dispose]() {
      if (isNew && readdirSync(path).length === 0) rmdirSync(path)
    },
  }
}

/** As DKMS 2.x: below the package in the tree. --output names a directory that exists, or the file. */
function destinationOf(options: GivenOptions, plan: PackagePlan, disk: ChosenDisk): AbsolutePath {
  const suffix = { none: '', gzip: '.gz', xz: '.xz' }[disk.compression ?? 'none']
  const name = `${diskFileName({ ...disk, package: plan.package, kernels: plan.kernels })}${suffix}`
  const output = pathOption(options, 'output')
  if (output === undefined) return below(folderOf(plan), 'driver_disk', name)
  const isFolder = isDirectory(output) || lastOption(options, 'output')?.endsWith('/') === true
  return isFolder ? below(absolutePath(output), name) : absolutePath(output)
}

function folderOf({ origin }: PackagePlan): AbsolutePath {
  return origin.kind === 'tree' ? origin.versionDir : origin.directory
}

function refuseUnbuilt({ origin, builds, package: { name, version } }: PackagePlan): void {
  if (origin.kind === 'tree' && builds.length > 0) return
  throw new FactoryError('NOT_BUILT', `there are no built modules of ${name} ${version} for a driver disk`, {
    hint: 'add the package to the tree and build it for the kernels of the installers',
  })
}

/** `-r` is the release of a distribution here, and never one of a package. */
function withoutRelease(line: CommandLine): CommandLine {
  return { ...line, options: new Map([...line.options].filter(([name]) => name !== 'release')) }
}

/** What DKMS 2.2 built its packages from, where a user had put one. */
const oldTemplate = 'template-dkms-redhat-kmod.spec'

function refuseSpec({ roots, report }: Session, options: GivenOptions): void {
  const hint = 'build the packages with rpmbuild, and put them on the disk with --include FILE'
  if (options.has('spec')) {
    throw new FactoryError('USAGE', `mkdriverdisk does not build from the spec file ${lastOption(options, 'spec')}`, {
      hint,
    })
  }
  const template = below(roots.etc, oldTemplate)
  if (!isFile(template)) return
  report({
    kind: 'warning',
    code: 'USAGE',
    message: `${template} is not used: mkdriverdisk writes packages itself`,
    hint,
  })
}
