/** What the directives of the DKMS 2.0 man page ask of the host: MODULES_CONF, its companions and REMAKE_INITRD. */
import type { DkmsConf } from '../../conf/model.ts'

export interface ModuleWish {
  /** The module as it is installed: DEST_MODULE_NAME. */
  readonly module: string
  /** MODULES_CONF_ALIAS_TYPE, such as `eth` or `scsi_hostadapter`. */
  readonly aliasType: string | undefined
  /** MODULES_CONF_OBSOLETES: modules whose place this one takes. */
  readonly obsoletes: readonly string[]
  /** MODULES_CONF_OBSOLETE_ONLY: an alias is taken over where there is one, and none is added. */
  readonly obsoleteOnly: boolean
}

export interface LegacyWishes {
  /** In the order of the records of dkms.conf. */
  readonly modules: readonly ModuleWish[]
  /** MODULES_CONF: lines as they stand in the file. */
  readonly lines: readonly string[]
  /** REMAKE_INITRD. */
  readonly remakeInitrd: boolean
}

export function legacyWishes({ modules, legacy }: Pick<DkmsConf, 'modules' | 'legacy'>): LegacyWishes {
  return {
    modules: modules.map(({ index, destName }) => ({
      module: destName,
      aliasType: nonEmpty(legacy.modulesConfAliasType[index]),
      obsoletes: words(legacy.modulesConfObsoletes[index]),
      obsoleteOnly: /^y/i.test(legacy.modulesConfObsoleteOnly[index] ?? ''),
    })),
    lines: legacy.modulesConf.flatMap((element) => element.split('\n')).filter((line) => line.trim() !== ''),
    remakeInitrd: legacy.remakeInitrd,
  }
}

/** Names at commas, as the man page has it; blanks beside them were never part of a name. */
function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/).filter((word) => word !== '')
}

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed === '' ? undefined : trimmed
}
