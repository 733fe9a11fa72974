/** Packages made from directories that tests write, in this process. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { absolutePath, type Roots } from '../../../../src/domain.ts'
import type { StatedMetadata } from '../../../../src/packaging/metadata/model.ts'
import { planFromDirectory } from '../../../../src/packaging/plan/plan.ts'
import { makeRpms } from '../../../../src/packaging/rpm/make.ts'
import type { RpmRequest, RpmResult } from '../../../../src/packaging/rpm/model.ts'
import { profiles } from '../../../../src/packaging/rpm/profiles.ts'

/** Seconds since the epoch: the SOURCE_DATE_EPOCH of what is made here. */
export const epoch = 1_700_000_000

export const runningKernel = { release: '6.1.0-11-toy', arch: 'x86_64' }

export function rootsIn(scratch: string): Roots {
  const place = (name: string) => absolutePath(join(scratch, name))
  return {
    dkmsTree: place('tree'),
    sourceTree: place('src'),
    installTree: place('modules'),
    etc: place('etc'),
    tmp: place('tmp'),
  }
}

export interface SourceText {
  readonly name?: string
  readonly version?: string
  /** Further files by path; a path that ends in a slash is a directory, a text that begins with `-> ` a link. */
  readonly files?: Readonly<Record<string, string>>
  readonly executable?: readonly string[]
}

export function writeSource(directory: string, { name = 'hello', version = '1.0', ...more }: SourceText = {}): string {
  const { files = {}, executable = [] } = more
  const all: Readonly<Record<string, string>> = {
    'dkms.conf': `PACKAGE_NAME="${name}"\nPACKAGE_VERSION="${version}"\nBUILT_MODULE_NAME[0]="hello"\nDEST_MODULE_LOCATION[0]="/updates"\nAUTOINSTALL="yes"\n`,
    Makefile: 'obj-m := hello.o\n',
    'hello.c': 'MODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("Says hello");\n',
    ...files,
  }
  for (const [path, text] of Object.entries(all)) putEntry(join(directory, path), text)
  for (const path of executable) chmodSync(join(directory, path), 0o755)
  return directory
}

function putEntry(path: string, text: string): void {
  mkdirSync(path.endsWith('/') ? path : dirname(path), { recursive: true })
  if (path.endsWith('/')) return
  if (text.startsWith('-> ')) symlinkSync(text.slice(3), path)
  else writeFileSync(path, text)
}

export interface MakeOptions
  extends Partial<Pick<RpmRequest, 'profile' | 'compression' | 'signer' | 'dryRun' | 'report'>> {
  readonly options?: StatedMetadata
  readonly output?: string
  readonly sourceDateEpoch?: number | undefined
}

export async function makeFrom(scratch: string, source: string, given: MakeOptions = {}): Promise<RpmResult> {
  const { options = {}, output = join(scratch, 'out'), ...request } = given
  const plan = await planFromDirectory({
    roots: rootsIn(scratch),
    runningKernel,
    options,
    directory: absolutePath(source),
    sourceDateEpoch: 'sourceDateEpoch' in given ? given.sourceDateEpoch : epoch,
  })
  return await makeRpms({
    plan,
    roots: rootsIn(scratch),
    profile: profiles.dkms,
    output: absolutePath(output),
    compression: 'gzip',
    runningKernel,
    dryRun: false,
    report: () => {},
    ...request,
  })
}

export function pathOf({ packages }: RpmResult, kind: 'binary' | 'source'): string {
  const found = packages.find((one) => one.kind === kind)
  if (found === undefined) throw new Error(`no ${kind} package was made`)
  return found.path
}
