import { describe, expect, it } from 'vitest'
import { interpretConf } from '../../../../src/conf/interpret.ts'
import { evaluatePlain } from '../../../../src/conf/plain.ts'
import { legacyWishes } from '../../../../src/runtime/legacy/wishes.ts'

function wishesOf(...lines: readonly string[]) {
  const text = ['PACKAGE_NAME=p', 'PACKAGE_VERSION=1', ...lines, ''].join('\n')
  const values = evaluatePlain(text, {})
  const { conf } = interpretConf(values ?? new Map(), { file: 'dkms.conf', strictness: 'lenient' })
  if (conf === undefined) throw new Error('not a valid dkms.conf')
  return legacyWishes(conf)
}

const record = (index: number, name: string) => [
  `BUILT_MODULE_NAME[${index}]=${name}`,
  `DEST_MODULE_LOCATION[${index}]=/kernel/extra`,
]

describe('what a dkms.conf asks for with the old directives', () => {
  it('is told by record, under the name a module has at its destination', () => {
    const { modules, lines, remakeInitrd } = wishesOf(
      ...record(0, 'one'),
      ...record(1, 'two'),
      'DEST_MODULE_NAME[1]=renamed',
      'MODULES_CONF_ALIAS_TYPE[1]=eth',
      'MODULES_CONF_OBSOLETES[1]="tg3, b44,"',
      'MODULES_CONF_OBSOLETE_ONLY[1]=Yes',
      'MODULES_CONF[0]="options one a=1"',
      'MODULES_CONF[2]="options two b=2"',
      'REMAKE_INITRD=yes',
    )
    expect(modules).toEqual([
      { module: 'one', aliasType: undefined, obsoletes: [], obsoleteOnly: false },
      { module: 'renamed', aliasType: 'eth', obsoletes: ['tg3', 'b44'], obsoleteOnly: true },
    ])
    expect(lines).toEqual(['options one a=1', 'options two b=2'])
    expect(remakeInitrd).toBe(true)
  })

  it.each([
    ['yes', true],
    ['Y', true],
    ['no', false],
    ['false', false],
    ['', false],
  ])('is a new ramdisk with REMAKE_INITRD=%j: %j', (value, expected) => {
    expect(wishesOf(...record(0, 'one'), `REMAKE_INITRD="${value}"`).remakeInitrd).toBe(expected)
  })
})
