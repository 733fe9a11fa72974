/** INITRD_MODULES of /etc/sysconfig/kernel, the modules that SUSE's mkinitrd takes along (DKMS 2.2). Pure. */
import { changeLines, type EditedText } from './text-edits.ts'
import type { LegacyWishes } from './wishes.ts'

/**
 * A module takes the place of those it makes obsolete; with REMAKE_INITRD every module of the package is taken along.
 * A file without INITRD_MODULES is another distribution's, and stays.
 */
export function editInitrdModules(text: string, wishes: Pick<LegacyWishes, 'modules' | 'remakeInitrd'>): EditedText {
  return changeLines({ text, edits: [] }, (line) => {
    const {
      head = '',
      list = '',
      tail = '',
    } = /^(?<head>\s*INITRD_MODULES=(?<quote>["']?))(?<list>.*?)(?<tail>\k<quote>\s*)$/.exec(line)?.groups ?? {}
    if (head === '' || (head.endsWith('=') && /\s/.test(list))) return line
    const before = list.split(/\s+/).filter((name) => name !== '')
    const after = editNames(before, wishes)
    if (after.join(' ') === before.join(' ')) return line
    // A list that was one bare word needs quotes for two.
    return head.endsWith('=') ? `${head}"${after.join(' ')}"${tail}` : `${head}${after.join(' ')}${tail}`
  })
}

function editNames(names: readonly string[], wishes: Pick<LegacyWishes, 'modules' | 'remakeInitrd'>): string[] {
  let result = [...names]
  for (const { module, obsoletes } of wishes.modules) {
    result = result.map((name) => (obsoletes.includes(name) ? module : name))
    if (wishes.remakeInitrd && !result.includes(module)) result.push(module)
  }
  const changed = wishes.modules.map(({ module }) => module)
  return result.filter((name, index) => !changed.includes(name) || result.indexOf(name) === index)
}
