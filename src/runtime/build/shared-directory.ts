import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DkmsConf } from '../../conf/model.ts'
import type { PackageId, Roots } from '../../domain.ts'
import { isFile } from '../../system/fs.ts'
import { treePaths } from '../../tree/layout.ts'

/**
 * Whether a package counts on TREE/M/V/build as the place it is built in. Many MAKE lines spell that path out, and so do
 * some scripts and Makefiles; builds of such a package for several kernels take turns in that one directory.
 */
export function namesSharedDirectory(conf: DkmsConf, roots: Roots, id: PackageId): boolean {
  const paths = treePaths(roots)
  const source = paths.sourceLink(id)
  const spelledOut = paths.buildDir(id)
  const mentions = (text: string) => text.includes(spelledOut) || /\bdkms_tree\b|\/var\/lib\/dkms\//.test(text)
  const scripts = [conf.scripts.pre_build, conf.scripts.post_build].flatMap(
    (line) => line?.trim().split(/\s+/, 1) ?? [],
  )
  const files = ['Makefile', 'makefile', 'GNUmakefile', 'Kbuild', ...scripts].map((name) => join(source, name))
  const lines = [...conf.make.map((rule) => rule.command), conf.scripts.pre_build ?? '', conf.scripts.post_build ?? '']
  return lines.some(mentions) || files.some((file) => isFile(file) && mentions(readFileSync(file, 'utf8')))
}
