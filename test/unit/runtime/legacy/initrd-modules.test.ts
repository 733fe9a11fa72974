import { describe, expect, it } from 'vitest'
import { editInitrdModules } from '../../../../src/runtime/legacy/initrd-modules.ts'
import { undoEdits } from '../../../../src/runtime/legacy/text-edits.ts'

function wishes(remakeInitrd: boolean, ...obsoletes: readonly string[]) {
  return { modules: [{ module: 'new', aliasType: undefined, obsoletes, obsoleteOnly: false }], remakeInitrd }
}

describe('INITRD_MODULES of /etc/sysconfig/kernel', () => {
  it.each([
    [
      'names the new module for an obsolete one',
      'INITRD_MODULES="ahci old ext3"',
      wishes(false, 'old'),
      'INITRD_MODULES="ahci new ext3"',
    ],
    ['names it once for two', 'INITRD_MODULES="old older"', wishes(false, 'old', 'older'), 'INITRD_MODULES="new"'],
    ['takes whole names only', 'INITRD_MODULES="older bold"', wishes(false, 'old'), 'INITRD_MODULES="older bold"'],
    ['gets the module with REMAKE_INITRD', 'INITRD_MODULES="ahci"', wishes(true), 'INITRD_MODULES="ahci new"'],
    ['does not get it without', 'INITRD_MODULES="ahci"', wishes(false), 'INITRD_MODULES="ahci"'],
    ['gets it once', 'INITRD_MODULES="new ahci"', wishes(true), 'INITRD_MODULES="new ahci"'],
    ['may be empty', 'INITRD_MODULES=""', wishes(true), 'INITRD_MODULES="new"'],
    ['may have other quotes', "INITRD_MODULES='ahci'", wishes(true), "INITRD_MODULES='ahci new'"],
    ['may have none', 'INITRD_MODULES=ahci', wishes(true), 'INITRD_MODULES="ahci new"'],
    ['may be left out', 'DEFAULTKERNEL=kernel', wishes(true, 'old'), 'DEFAULTKERNEL=kernel'],
    ['is not a comment', '# INITRD_MODULES="old"', wishes(true, 'old'), '# INITRD_MODULES="old"'],
  ])('%s', (_title, before, wanted, after) => {
    const whole = (line: string) => `## Path: System/Kernel\n${line}\nDOMU=""\n`
    const { text, edits } = editInitrdModules(whole(before), wanted)
    expect(text).toBe(whole(after))
    expect(undoEdits(text, edits)).toEqual({ text: whole(before), lost: [] })
  })
})
