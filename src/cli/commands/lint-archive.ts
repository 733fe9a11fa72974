import type { AbsolutePath } from '../../domain.ts'
import { readArchivedPackage } from '../../importer/inspect.ts'
import { runningKernel, type Session } from '../session.ts'
import type { Checked } from './lint-checked.ts'

export async function readArchive(session: Session, archive: AbsolutePath, shown: string): Promise<Checked> {
  const kernel = runningKernel(session)
  const { confMember, text, files, texts } = await readArchivedPackage({
    roots: session.roots,
    archive,
    arch: kernel.arch,
    runningKernel: kernel,
    report: session.report,
  })
  return { text, file: `${shown}:${confMember}`, files, texts }
}
