/**
 * What SUSE's installers call the products they install, after the architecture in the name of an update's directory.
 * Sources: linuxrc's UpdateDir in the initrds, agama's dud hooks (ID and VERSION_ID of os-release), mkdud(1) for the
 * words people use.
 */
import { FactoryError } from '../../errors.ts'

export type SuseInstaller = 'linuxrc' | 'agama'

interface DistRow {
  /** What people write, all of it. */
  readonly pattern: RegExp
  /** With `$1` and `$2` for the groups of the pattern. */
  readonly tags: readonly string[]
  readonly installer?: SuseInstaller
}

/** The first row that fits decides; words are lower case, without `-` and without `sp` and its number. */
const table: readonly DistRow[] = [
  { pattern: /^sle(\d|1[0-5])$/, tags: ['sles$1', 'sled$1'] },
  { pattern: /^(sle[sd])(\d|1[0-5])$/, tags: ['$1$2'] },
  { pattern: /^sles?(1[6-9]|[2-9]\d)$/, tags: ['sles$1.0'] },
  { pattern: /^sles?(1[6-9]|[2-9]\d)\.(\d+)$/, tags: ['sles$1.$2'] },
  { pattern: /^15\.(\d+)$/, tags: ['leap15.$1', 'sles15', 'sled15'] },
  { pattern: /^(?:opensuse)?leap(42|15)\.(\d+)$/, tags: ['leap$1.$2'] },
  { pattern: /^(?:opensuse)?leap(1[6-9]|[2-9]\d)\.(\d+)$/, tags: ['opensuse-leap$1.$2'] },
  { pattern: /^(1[6-9]|[2-3]\d)\.(\d+)$/, tags: ['opensuse-leap$1.$2', 'sles$1.$2'] },
  { pattern: /^(1[6-9]|[2-3]\d)$/, tags: ['sles$1.0'] },
  { pattern: /^(\d|1[0-3])\.(\d+)$/, tags: ['$1.$2'] },
  { pattern: /^(?:tw|tumbleweed|opensusetumbleweed)$/, tags: ['tw'], installer: 'linuxrc' },
  { pattern: /^(?:tw|tumbleweed|opensusetumbleweed)$/, tags: ['opensuse-tumbleweed'], installer: 'agama' },
  { pattern: /^(?:slowroll|opensuseslowroll)$/, tags: ['tw'], installer: 'linuxrc' },
  { pattern: /^(?:slowroll|opensuseslowroll)$/, tags: ['opensuse-slowroll'], installer: 'agama' },
  { pattern: /^(?:sl)?micro([6-9])\.(\d+)$/, tags: ['sl-micro$1.$2'] },
  { pattern: /^(?:suse)?micro(?:os)?(5)\.(\d+)$/, tags: ['suse-microos$1.$2'] },
  { pattern: /^caasp([123])\.(\d+)$/, tags: ['caasp$1.$2', 'sles12'] },
  { pattern: /^caasp(4)\.(\d+)$/, tags: ['caasp$1.$2', 'sles15'] },
  { pattern: /^(slec1|ul1)$/, tags: ['$1'] },
]

/**
 * The directory tags for a product as people name it: `sle15sp6`, `15.6`, `leap16.0`, `tw`. A word after `=` is taken as
 * it is: `=my-product1`.
 *
 * @throws {FactoryError} DISK_REFUSED for a word that means none of the known products
 */
export function suseTags(word: string, installers: readonly SuseInstaller[] = ['linuxrc', 'agama']): string[] {
  if (word.startsWith('=')) return [verbatimTag(word.slice(1))]
  const plain = word
    .toLowerCase()
    .replaceAll('-', '')
    .replace(/sp\d+$/, '')
  const rows = table.filter(({ pattern }) => pattern.test(plain))
  const fitting = rows.filter(({ installer }) => installer === undefined || installers.includes(installer))
  const chosen = fitting.some(({ installer }) => installer !== undefined) ? fitting : fitting.slice(0, 1)
  if (chosen.length > 0) return chosen.flatMap(({ pattern, tags }) => tags.map((tag) => plain.replace(pattern, tag)))
  throw new FactoryError('DISK_REFUSED', `no SUSE product is known as ${JSON.stringify(word)}`, {
    hint: 'write sle15sp6, leap15.6, 16.0, tw or alike, or the exact tag of an installer after =, such as --dist =product1',
  })
}

function verbatimTag(tag: string): string {
  if (/^[A-Za-z0-9._+-]+$/.test(tag)) return tag
  throw new FactoryError('DISK_REFUSED', `${JSON.stringify(tag)} cannot stand in the name of a directory`, {
    hint: 'a tag has letters, digits and . _ + -',
  })
}

/** Whether an installer exists that looks for the tag. */
export function isKnownTag(tag: string): boolean {
  return knownTags.some((pattern) => pattern.test(tag))
}

/** Products that are installed by Agama: by the ID and VERSION_ID of their os-release. */
export function isForAgama(tag: string): boolean {
  return /^(?:sles(?:1[6-9]|[2-9]\d)\.|opensuse-|sl-micro)/.test(tag)
}

const knownTags: readonly RegExp[] = [
  /^sle[sd](?:7|8|9|1[0-5])$/,
  /^sles(?:1[6-9]|[2-9]\d)\.\d+$/,
  /^leap(?:42\.[123]|15\.\d)$/,
  /^opensuse-(?:leap\d\d\.\d|tumbleweed|slowroll)$/,
  /^(?:tw|slec1|ul1|sl-micro\d\.\d|suse-microos5\.\d|caasp\d\.\d)$/,
  /^(?:[6-9]|1[0-3])\.\d$/,
]
