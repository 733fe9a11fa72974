import { readdirSync, rmdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { addressOf } from '../../packaging/deb/subject.ts'
import { diskFileName } from '../../packaging/driverdisk/file-name.ts'
import { type DriverDiskResult, makeDriverDisk } from '../../packaging/driverdisk/make.ts'
import { assertSignable, type DiskSigning, placedSignature } from '../../packaging/driverdisk/sign-image.ts'
import type { PackagePlan } from '../../packaging/plan/model.ts'
import { absoluteFromHere } from '../../system/env.ts'
import { isDirectory, makeDirectories, temporaryDirectory } from '../../system/fs.ts'
import { openTemplates } from '../../templates/stock.ts'
import type { CommandResult } from '../command.ts'
import { diskSigning } from '../disk-signing.ts'
import { type ChosenDisk, chooseDisk, withoutEffect } from '../driverdisk-options.ts'
import { type PlannedDisk, planDisk } from '../driverdisk-plan.ts'
import { packageReader, packageRoom } from '../driverdisk-rooms.ts'
import { specBuilder } from '../driverdisk-spec.ts'
import type { CommandLine } from '../grammar.ts'
import type { GivenOptions } from '../options.ts'
import { diskText, unmadeText } from '../render/driverdisk.ts'
import { rpmPacking } from '../rpm-command.ts'
import { lastOption, pathOption, type Session } from '../session.ts'

export async function runMkdriverdisk(session: Session, line: CommandLine): Promise<CommandResult> {
  // What can be told from the command line alone, before the tree is looked at.
  const { formats, medium } = chooseDisk(line.options, [])
  const signing = diskSigning(session, line.options)
  assertSignable(signing, { formats, medium })
  for (const message of withoutEffect(line.options, medium)) session.report({ kind: 'warning', message })
  using planned = await planDisk(session, line, formats)
  const { plan, spec, unbuilt } = planned
  const disk = chooseDisk(line.options, plan.kernels)
  const destination = destinationOf(line.options, plan, disk)
  const initrd = pathOption(line.options, 'initrd')
  assertTwoFiles(destination, initrd)
  const isKnown = spec === undefined && unbuilt.length === 0
  if (session.dryRun && !isKnown) return unmade({ plan, disk, destination, spec, unbuilt })
  const made = await make(session, line.options, { plan, disk, destination, initrd, spec, signing })
  const { path: _path, initrd: appended, signature: signed, ...rest } = made
  const signature = placedSignature(signed, destination)
  return {
    json: {
      ...documentOf({ plan, disk, destination }),
      ...rest,
      ...(signature === undefined ? {} : { signature }),
      ...(appended === undefined ? {} : { initrd: { ...appended, path: initrd } }),
      dryRun: session.dryRun,
    },
    text: diskText({ made, destination, initrd, signature: signature?.path, dryRun: session.dryRun }),
  }
}

interface DiskPlace {
  readonly plan: PackagePlan
  readonly disk: ChosenDisk
  readonly destination: AbsolutePath
}

function documentOf({ plan, disk, destination }: DiskPlace): Record<string, unknown> {
  const { name: module, version } = plan.package
  return {
    module,
    version,
    formats: disk.formats,
    medium: disk.medium,
    kernels: plan.kernels.map(({ release, arch }) => ({ kernel: release, arch })),
    path: destination,
  }
}

/** A dry run builds nothing, neither modules nor packages: what would be on the disk is not known then. */
function unmade({ spec, unbuilt, ...place }: DiskPlace & Pick<PlannedDisk, 'spec' | 'unbuilt'>): CommandResult {
  const builds = unbuilt.map(({ release, arch }) => ({ kernel: release, arch }))
  return {
    json: { ...documentOf(place), builds, ...(spec === undefined ? {} : { spec }), dryRun: true },
    text: unmadeText({ ...place.plan, ...place, spec, unbuilt }),
  }
}

interface DiskOrder extends DiskPlace {
  readonly initrd: string | undefined
  readonly spec: string | undefined
  readonly signing: DiskSigning | undefined
}

/** A dry run makes the disk where temporary files go: only so is it known what is on it, and whether it fits. */
async function make(session: Session, options: GivenOptions, order: DiskOrder): Promise<DriverDiskResult> {
  const { plan, disk, destination, initrd, spec, signing } = order
  using scratch = session.dryRun ? temporaryDirectory(session.roots.tmp, 'dkms-dry-run-') : undefined
  const place = (path: AbsolutePath) => (scratch === undefined ? path : below(scratch.path, basename(path)))
  using _folder = scratch === undefined ? openFolder(dirname(destination)) : undefined
  const templates = await openTemplates()
  const { summary, description, license, maintainer } = plan.metadata.driverdisk
  const { signer } = rpmPacking(session, options)
  return await makeDriverDisk({
    ...disk,
    plan,
    texts: { summary, description, license },
    packages: (options.get('include') ?? []).map(absoluteFromHere),
    destination: place(destination),
    ...(initrd === undefined ? {} : { initrd: place(absolutePath(initrd)) }),
    ...(signing === undefined ? {} : { signing }),
    ...(spec === undefined ? {} : { buildRpms: specBuilder(session, options, { plan, spec, signer }) }),
    tmp: session.roots.tmp,
    report: session.report,
    rooms: { ...packageRoom({ maintainer: addressOf(maintainer), signer }), ...packageReader },
    render: (name, values) => templates.render(name, values),
  })
}

function assertTwoFiles(destination: AbsolutePath, initrd: string | undefined): void {
  if (initrd !== destination) return
  throw new FactoryError('USAGE', `the disk and what is for the initrd would both be written to ${destination}`, {
    hint: 'give another file with --initrd, or with --output',
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
