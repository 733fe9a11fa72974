import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openRpm, readTag } from '../../../../../src/packaging/rpm/format/read.ts'
import {
  type SignatureTagName,
  signatureTags,
  type TagName,
  tags,
} from '../../../../../src/packaging/rpm/format/tags.ts'
import { writeRpm } from '../../../../../src/packaging/rpm/format/write.ts'
import { binaryDescription, buildFeaturePackage, sourceDescription } from './feature-package.ts'
import { type Built, lacks, rpm, rpmXml, scratchDirectory, tool } from './rpm-tools.ts'

/** Tags that may differ from rpmbuild's, each with its reason. Everything else must be equal. */
const compressorsDiffer = 'two builds of zlib make different bytes of the same archive, whose digest 5097 is equal'
const expectedDifferences: ReadonlyMap<string, string> = new Map([
  ['PAYLOADDIGEST', compressorsDiffer],
  ['SIGSIZE', compressorsDiffer],
  ['SIGMD5', compressorsDiffer],
  ['SHA1HEADER', 'a digest of a header that holds the digest of the payload'],
  ['SHA256HEADER', 'a digest of a header that holds the digest of the payload'],
  ['FILECLASS', 'rpmbuild has libmagic look into every file; only `rpm -q --fileclass` shows it'],
  ['CLASSDICT', 'rpmbuild has libmagic look into every file; only `rpm -q --fileclass` shows it'],
  ['SPEC', 'a second copy of the spec, in the header, that only `rpm -q --spec`-like queries of rpm 4.18 know'],
])
/** Name, type and value of every tag of both headers. */
function allTags(path: string): Map<string, unknown> {
  using file = openRpm(path)
  const named = [
    ...Object.entries(tags).map(([name, [tag]]) => ({ name, tag, header: file.header })),
    ...Object.entries(signatureTags).map(([name, [tag]]) => ({ name, tag, header: file.signature })),
  ]
  const found = new Map<string, unknown>()
  for (const { name, tag, header } of named) {
    const entry = header.entry(tag)
    if (entry !== undefined) found.set(name, JSON.stringify(entry.value))
  }
  const known = new Set(named.map(({ tag }) => tag))
  for (const tag of [...file.header.tags, ...file.signature.tags]) expect(known).toContain(tag)
  return found
}

function differences(ours: string, theirs: string): string[] {
  const [mine, other] = [allTags(ours), allTags(theirs)]
  return [...new Set([...mine.keys(), ...other.keys()])].filter((name) => mine.get(name) !== other.get(name)).sort()
}

describe.skipIf(lacks('rpm', 'rpmbuild'))('a package of ours beside rpmbuild’s (needs rpm and rpmbuild)', () => {
  const scratch = scratchDirectory('rpm-differential')
  const ours = { binary: join(scratch, 'ours.noarch.rpm'), source: join(scratch, 'ours.src.rpm') }
  let theirs: Built

  beforeAll(async () => {
    theirs = buildFeaturePackage(join(scratch, 'topdir'))
    using source = openRpm(theirs.source)
    const sourcePackageId = Buffer.from((readTag(source, 'SIGMD5') ?? []) as Uint8Array).toString('hex')
    await writeRpm({ ...binaryDescription, sourcePackageId }, ours.binary)
    await writeRpm({ ...sourceDescription, arch: String(readTag(source, 'ARCH')) }, ours.source)
  })

  it('has the same tags with the same types and values in a binary package', () => {
    const found = differences(ours.binary, theirs.binary)
    expect(found.filter((name) => !expectedDifferences.has(name))).toEqual([])
  })

  it('has the same tags with the same types and values in a source package', () => {
    const found = differences(ours.source, theirs.source)
    expect(found.filter((name) => !expectedDifferences.has(name))).toEqual([])
  })

  it('differs where it is expected to, so that the list of reasons stays true', () => {
    const found = new Set([...differences(ours.binary, theirs.binary), ...differences(ours.source, theirs.source)])
    expect([...expectedDifferences.keys()].filter((name) => !found.has(name))).toEqual([])
  })

  it.each(['binary', 'source'] as const)('has the same archive, byte for byte, in a %s package', (kind) => {
    using mine = openRpm(ours[kind])
    using other = openRpm(theirs[kind])
    expect(readTag(mine, 'PAYLOADDIGESTALT')).toEqual(readTag(other, 'PAYLOADDIGESTALT'))
  })

  it.each([
    ['--dump'],
    ['--scripts'],
    ['--triggers'],
    ['--filetriggers'],
    ['--requires'],
    ['--provides'],
    ['--conflicts'],
    ['--obsoletes'],
    ['--recommends'],
    ['--suggests'],
    ['--supplements'],
    ['--enhances'],
    ['--changelog'],
    ['--configfiles'],
    ['--docfiles'],
    ['--licensefiles'],
    ['-lv'],
  ])('is told alike by rpm -qp %s', (option) => {
    const answer = (path: string) => rpm('-qp', option, path)
    expect(answer(ours.binary)).toBe(answer(theirs.binary))
  })

  it.each(['binary', 'source'] as const)('unpacks to the same listing with rpm2cpio and cpio (%s)', (kind) => {
    const listing = (path: string) => tool('sh', '-c', `rpm2cpio '${path}' | cpio -tv 2>&1`)
    expect(listing(ours[kind])).toBe(listing(theirs[kind]))
  })

  it.each(['ours', 'theirs'] as const)('is read by us as rpm --xml reads it (%s)', (whose) => {
    for (const path of Object.values(whose === 'ours' ? ours : theirs)) {
      using file = openRpm(path)
      const xml = rpmXml(path)
      const names = Object.keys(tags) as TagName[]
      const stored = names.filter((name) => readTag(file, name) !== undefined && !/^HEADER(SIG|IMM|IMAGE)/.test(name))
      expect(stored.length).toBeGreaterThan(50)
      for (const name of stored) {
        const value = readTag(file, name)
        const expected = xml.get(name)?.map((text) => (value instanceof Uint8Array ? text.replaceAll(/\s/g, '') : text))
        const own = value instanceof Uint8Array ? [Buffer.from(value).toString('base64')] : value?.map(String)
        expect([name, expected]).toEqual([name, own])
      }
      const missing = [...xml.keys()].filter((name) => name in tags && !stored.includes(name as TagName))
      // What rpm computes for a query and shows under the name of a tag that could be stored.
      expect(missing.filter((name) => !/^(LONG|HEADERI|ARCHSUFFIX|FILENLINKS|DBINSTANCE)/.test(name))).toEqual([])
    }
  })

  it('knows every tag of rpm --querytags that is stored', () => {
    const known = new Set<string>([...Object.keys(tags), ...(Object.keys(signatureTags) as SignatureTagName[])])
    const unknown = rpm('--querytags')
      .trim()
      .split('\n')
      .filter((name) => !known.has(name))
    expect(unknown.filter((name) => !computed.test(name) && name.length > 1)).toEqual([])
  })
})

/** Names of tags that rpm computes, and second names of others. */
const computed =
  /^(ARCHSUFFIX|DBINSTANCE|EPOCHNUM|EVR|FILEMD5S|FILENAMES|FILENLINKS|FILEPROVIDE|FILEREQUIRE|HDRID|HEADERCOLOR|HEADERREGIONS|INSTFILENAMES|N|NEVRA?|NVRA?|OLDENHANCES|OLDFILENAMES|OLDSUGGESTS|ORIGFILENAMES|PKGID|VERBOSE|.*NEVRS|.*CONDS|.*TRIGGERTYPE|PROVIDES|REQUIRES|CONFLICTS|OBSOLETES|RECOMMENDS|SUGGESTS|SUPPLEMENTS|ENHANCES)$/
