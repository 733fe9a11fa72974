/** One lazily loaded file per verb. */
import type { Command } from '../command.ts'
import type { Verb } from '../verbs.ts'

const commands: Readonly<Record<Verb, () => Promise<Command>>> = {
  add: async () => (await import('./add.ts')).runAdd,
  build: async () => (await import('./build.ts')).runBuild,
  install: async () => (await import('./install.ts')).runInstall,
  uninstall: async () => (await import('./uninstall.ts')).runUninstall,
  autoinstall: async () => (await import('./autoinstall.ts')).runAutoinstall,
  match: async () => (await import('./match.ts')).runMatch,
  rebuild: async () => (await import('./rebuild.ts')).runRebuild,
  unbuild: async () => (await import('./unbuild.ts')).runUnbuild,
  remove: async () => (await import('./remove.ts')).runRemove,
  status: async () => (await import('./status.ts')).runStatus,
  repair: async () => (await import('./repair.ts')).runRepair,
  mktarball: async () => (await import('./mktarball.ts')).runMktarball,
  ldtarball: async () => (await import('./ldtarball.ts')).runLdtarball,
  mkrpm: async () => (await import('./mkrpm.ts')).runMkrpm,
  mkkmod: async () => (await import('./mkkmod.ts')).runMkkmod,
  mkkmp: async () => (await import('./mkkmp.ts')).runMkkmp,
  mkdeb: async () => (await import('./mkdeb.ts')).runMkdeb,
  mkdsc: async () => (await import('./mkdsc.ts')).runMkdsc,
  mkbmdeb: async () => (await import('./mkbmdeb.ts')).runMkbmdeb,
  mkdriverdisk: async () => (await import('./mkdriverdisk.ts')).runMkdriverdisk,
  show: async () => (await import('./show.ts')).runShow,
  verify: async () => (await import('./verify.ts')).runVerify,
  lint: async () => (await import('./lint.ts')).runLint,
  inspect: async () => (await import('./inspect.ts')).runInspect,
  kernel_preinst: async () => (await import('./kernel-preinst.ts')).runKernelPreinst,
  kernel_postinst: async () => (await import('./kernel-postinst.ts')).runKernelPostinst,
  kernel_prerm: async () => (await import('./kernel-prerm.ts')).runKernelPrerm,
  generate_mok: async () => (await import('./generate-mok.ts')).runGenerateMok,
  mok: async () => (await import('./mok.ts')).runMok,
}

export function commandOf(verb: Verb): Promise<Command> {
  return commands[verb]()
}
