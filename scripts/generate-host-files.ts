/**
 * Writes the files that follow from tables of the program and are kept in the repository: completions, manual pages,
 * framework.conf and docs/errors.md. `--check` writes nothing and ends with 1 when one of them is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { completionModel } from '../src/cli/completion.ts'
import { renderBashCompletion } from '../src/cli/completion-bash.ts'
import { renderFishCompletion } from '../src/cli/completion-fish.ts'
import { renderZshCompletion } from '../src/cli/completion-zsh.ts'
import { renderErrorsPage } from './host-files/errors-page.ts'
import { renderFrameworkConf } from './host-files/framework-conf.ts'
import { manTables } from './host-files/man-tables.ts'
import { fillPage } from './host-files/mdoc.ts'

const root = dirname(import.meta.dirname)

/** @returns every generated file by its path below the checkout */
export function generatedFiles(): ReadonlyMap<string, string> {
  const model = completionModel()
  return new Map([
    ['host/completion/dkms-factory.bash', renderBashCompletion(model)],
    ['host/completion/dkms-factory.zsh', renderZshCompletion(model)],
    ['host/completion/dkms-factory.fish', renderFishCompletion(model)],
    ['host/etc/framework.conf', renderFrameworkConf()],
    ['host/man/dkms.8', '.so man8/dkms-factory.8\n'],
    ...['dkms-factory.8', 'dkms.conf.5', 'framework.conf.5'].map(
      (page) => [`host/man/${page}`, manPage(page)] as const,
    ),
    ['docs/errors.md', renderErrorsPage()],
  ])
}

function manPage(name: string): string {
  return fillPage(readFileSync(join(root, 'docs/man', `${name}.in`), 'utf8'), manTables)
}

function current(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}

function main(check: boolean): void {
  const outdated = [...generatedFiles()].filter(([path, text]) => current(path) !== text)
  for (const [path, text] of outdated) {
    if (!check) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    console.log(check ? `${path} is out of date; run: node scripts/generate-host-files.ts` : `wrote ${path}`)
  }
  if (check && outdated.length > 0) process.exitCode = 1
}

if (process.argv[1] === import.meta.filename) main(process.argv.includes('--check'))
