/**
 * packaging.yaml as a schema: what checks it, types it, and becomes schema/packaging.schema.json. Loaded only when there
 * is a file to check, for zod takes longer to load than most packages take to make.
 *
 * YAML is read with all scalars as texts (the failsafe schema of YAML 1.2), so that `version: 1.10` stays 1.10.
 */
import { z } from 'zod'
import { dependencyForm, parseDependency } from './dependency.ts'
import { type FieldName, fields, parseDate, priorities } from './fields.ts'
import type { Parsed } from './parsed.ts'
import { parsePerson } from './person.ts'
import type { RelationKey } from './stated.ts'
import { textBlock, textLine } from './text.ts'

/** A text and how it is read. What is said about it is for the JSON Schema, which editors show. */
function text<Value>(parse: (text: string) => Parsed<Value>, description: string, more: z.core.GlobalMeta = {}) {
  return z
    .string()
    .meta({ description, ...more })
    .transform((written, context): Value => {
      const parsed = parse(written)
      if ('value' in parsed) return parsed.value
      context.issues.push({ code: 'custom', message: parsed.fault, input: written })
      return z.NEVER
    })
    .optional()
}

/** YAML takes such a value for a number; the text is what counts. */
const numeric = { type: ['string', 'number'] } as unknown as z.core.GlobalMeta

const descriptions: Readonly<Record<FieldName, string>> = {
  license: 'An SPDX license expression, such as GPL-2.0-only OR MIT.',
  summary: 'What the package is, in one line without a full stop.',
  description: 'What the package is, in any number of lines; empty lines separate paragraphs.',
  url: 'The home page of the modules.',
  vendor: 'The organisation that distributes the package.',
  maintainer: 'Who answers for the package, as Name <address>. Debian shows it as the Maintainer.',
  packager: 'Who makes the package files, as Name <address>; the maintainer if absent.',
  group: 'The Group of RPM packages.',
  section: 'The Section of Debian packages.',
  priority: 'The Priority of Debian packages.',
  release: 'The revision of the package, such as 1dkms or 2.',
  epoch: 'A whole number that outranks the version when versions are compared.',
}

function field<Name extends FieldName>(name: Name, more: z.core.GlobalMeta = {}) {
  return text<ValueOf<Name>>(fields[name], descriptions[name], more)
}

type ValueOf<Name extends FieldName> = Extract<ReturnType<(typeof fields)[Name]>, { value: unknown }>['value']

/** @param isRpm whether it is for RPM alone, which knows rich dependencies */
function relations(key: RelationKey, description: string, isRpm: boolean) {
  const one = z.string().transform((written, context) => {
    const parsed = parseDependency(written, dependencyForm(key, isRpm))
    if ('value' in parsed) return parsed.value
    context.issues.push({ code: 'custom', message: parsed.fault, input: written })
    return z.NEVER
  })
  return z.array(one).meta({ description }).optional()
}

const change = z
  .strictObject({
    date: text(parseDate, 'The day, such as 2026-05-17, or a moment with its time zone.'),
    author: text(parsePerson, 'Who changed it, as Name <address>; the maintainer if absent.'),
    version: text(textLine, 'The version it was, with the release; the present one if absent.', numeric),
    changes: z
      .array(
        z.string().transform((written, context) => {
          const parsed = textBlock(written)
          if ('value' in parsed) return parsed.value
          context.issues.push({ code: 'custom', message: parsed.fault, input: written })
          return z.NEVER
        }),
      )
      .min(1)
      .meta({ description: 'What changed, one item each.' }),
  })
  .meta({ description: 'One entry of the changelog.' })

const common = {
  license: field('license'),
  summary: field('summary'),
  description: field('description'),
  url: field('url'),
  vendor: field('vendor'),
  maintainer: field('maintainer'),
  packager: field('packager'),
  release: field('release', numeric),
  epoch: field('epoch', numeric),
  changelog: z.array(change).meta({ description: 'Newest first.' }).optional(),
}

/** Relations of every package manager. */
function packageRelations(isRpm: boolean) {
  return {
    requires: relations('requires', 'Packages it cannot do without, such as "dkms >= 2.8" or "a | b".', isRpm),
    recommends: relations('recommends', 'Packages that are installed with it unless somebody objects.', isRpm),
    suggests: relations('suggests', 'Packages that go well with it.', isRpm),
    conflicts: relations('conflicts', 'Packages it cannot be installed beside.', isRpm),
    provides: relations('provides', 'Further names it goes by.', isRpm),
    replaces: relations('replaces', 'Packages it takes the place of: Obsoletes in RPM, Replaces in Debian.', isRpm),
  }
}

const rpmBlock = {
  ...common,
  ...packageRelations(true),
  group: field('group'),
  supplements: relations('supplements', 'Packages with which it is installed by itself.', true),
  enhances: relations('enhances', 'Packages it is an addition to.', true),
}

const debBlock = {
  ...common,
  ...packageRelations(false),
  section: field('section'),
  priority: field('priority', { enum: [...priorities] }),
  'pre-depends': relations('pre-depends', 'Packages that must be set up before this one is unpacked.', false),
  breaks: relations('breaks', 'Packages that must not be set up beside it.', false),
  enhances: relations('enhances', 'Packages it is an addition to.', false),
}

const { license, summary, description, url, vendor, release } = common

const diskBlock = { license, summary, description, url, vendor, release }

const blocks = { rpm: rpmBlock, deb: debBlock, kmp: rpmBlock, driverdisk: diskBlock } as const

export const PackagingYaml = z
  .strictObject({
    ...common,
    ...packageRelations(false),
    group: field('group'),
    section: field('section'),
    priority: field('priority', { enum: [...priorities] }),
    exclude: z
      .array(z.string())
      .meta({
        description:
          'Source files that are not packed: names or paths, with * ? and **; a trailing / means directories.',
      })
      .optional(),
    rpm: z.strictObject(rpmBlock).meta({ description: 'What is different in RPM packages.' }).optional(),
    deb: z.strictObject(debBlock).meta({ description: 'What is different in Debian packages.' }).optional(),
    kmp: z
      .strictObject(rpmBlock)
      .meta({ description: 'What is different in kernel module packages (KMP, kmod).' })
      .optional(),
    driverdisk: z.strictObject(diskBlock).meta({ description: 'What is different on driver disks.' }).optional(),
  })
  .meta({
    title: 'packaging.yaml of dkms-factory',
    description: 'What packages of a DKMS module say beyond dkms.conf. Lies beside dkms.conf; everything is optional.',
  })

export type PackagingYaml = z.output<typeof PackagingYaml>

/** The keys that may stand in the block that a path leads to. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.includes('changelog')) return Object.keys(change.shape)
  const [head] = path
  const block = Object.entries(blocks).find(([name]) => name === head)
  return Object.keys(block === undefined ? PackagingYaml.shape : block[1])
}

/** The JSON Schema of what is written, for editors and other tools. */
export function packagingJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(PackagingYaml, { io: 'input', target: 'draft-2020-12' }), undefined, 2)}\n`
}
