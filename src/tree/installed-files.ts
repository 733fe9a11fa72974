/**
 * Where the modules of a build lie in the install tree, and whether they are the ones of the tree.
 *
 * A module is looked for where the distribution puts it, then where its dkms.conf asked for (an older DKMS, or another
 * rule, may have put it there); as .ko before .ko.gz, .ko.xz and .ko.zst. Facts from DKMS 3.0 and 3.2 as they run.
 */
import { readdirSync } from 'node:fs'
import { type AbsolutePath, below } from '../domain.ts'
import { statOrNone } from '../system/fs.ts'
import { moduleFileNames } from './layout.ts'
import type { Build, BuiltFile } from './model.ts'
import { haveSameBytes } from './same-bytes.ts'

/** A module as the conf names it at its destination. */
export interface WantedModule {
  readonly destName: string
  readonly destLocation: string
}

/** The directory below INST/K that a conf's DEST_MODULE_LOCATION becomes on this host, beginning with a slash. */
export type Destination = (destLocation: string) => string

export type ModuleStanding =
  /** The tree does not hold the module. */
  | { readonly state: 'not-built'; readonly module: string }
  /** The tree holds it; nothing of that name lies in the install tree. */
  | { readonly state: 'not-installed'; readonly module: string; readonly built: BuiltFile }
  | {
      readonly state: 'same' | 'differs' | 'empty'
      readonly module: string
      readonly built: BuiltFile
      readonly installed: AbsolutePath
    }

/** Finds modules in one install tree; remembers what each directory holds, so make one per command. */
export interface InstallTree {
  /** The first of the file names a module may have that is in `directory`. */
  find(directory: AbsolutePath, module: string): AbsolutePath | undefined
}

export function readInstallTree(): InstallTree {
  const known = new Map<string, ReadonlySet<string>>()
  function namesIn(directory: string): ReadonlySet<string> {
    let names = known.get(directory)
    if (names === undefined) {
      names = listNames(directory)
      known.set(directory, names)
    }
    return names
  }
  return {
    find(directory, module) {
      const names = namesIn(directory)
      const name = moduleFileNames(module).find((candidate) => names.has(candidate))
      return name === undefined ? undefined : below(directory, name)
    },
  }
}

/** A directory that is missing or may not be read holds nothing we can vouch for. */
function listNames(directory: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(directory))
  } catch {
    return new Set()
  }
}

/** The file of the tree that stands for a module: .ko before the compressed forms. */
export function builtFileOf(build: Build, module: string): BuiltFile | undefined {
  for (const name of moduleFileNames(module)) {
    const file = build.files.find((candidate) => candidate.name === name)
    if (file !== undefined) return file
  }
  return build.files.find((candidate) => candidate.module === module)
}

/** The directories of a kernel in which a module may have been installed, the likeliest first. */
export function possiblePlaces(
  kernelTree: AbsolutePath,
  wanted: WantedModule,
  destination: Destination,
): AbsolutePath[] {
  const chosen = below(kernelTree, destination(wanted.destLocation))
  const asked = below(kernelTree, wanted.destLocation)
  return chosen === asked ? [chosen] : [chosen, asked]
}

/** @param kernelTree INST/K */
export function standingOf(
  build: Build,
  wanted: WantedModule,
  kernelTree: AbsolutePath,
  destination: Destination,
  installTree: InstallTree,
): ModuleStanding {
  const module = wanted.destName
  const built = builtFileOf(build, module)
  if (built === undefined) return { state: 'not-built', module }
  const found = possiblePlaces(kernelTree, wanted, destination)
    .map((place) => installTree.find(place, module))
    .filter((path) => path !== undefined)
  const [first] = found
  if (first === undefined) return { state: 'not-installed', module, built }
  const same = found.find((path) => haveSameBytes(built.path, built.bytes, path))
  if (same !== undefined) return { state: 'same', module, built, installed: same }
  return { state: isEmpty(first) ? 'empty' : 'differs', module, built, installed: first }
}

function isEmpty(path: string): boolean {
  return statOrNone(path)?.size === 0
}
