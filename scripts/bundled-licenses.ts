/** The licences of the packages whose code ends up in dist/, as most of them ask of those who pass it on. */
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Metafile } from 'esbuild'

/** @returns one text: name, version, licence and the licence file of each package, ordered by where it lies */
export function bundledLicenses(root: string, metafiles: readonly Metafile[]): string {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs))
  const directories = inputs.map(packageDirectory).filter((directory) => directory !== undefined)
  return [...new Set(directories.map((directory) => resolve(root, directory)))]
    .toSorted()
    .map(describePackage)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** `node_modules/a/node_modules/@b/c` of a file somewhere below it, without the namespace that a plugin may have put before it. */
function packageDirectory(input: string): string | undefined {
  return /^(?:[\w-]+:)?((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

function describePackage(directory: string): string {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
  const files = globSync(['LICEN[CS]E*', 'licen[cs]e*', 'COPYING*', 'NOTICE*'], { cwd: directory }).toSorted()
  const texts = files.map((file) => readFileSync(join(directory, file), 'utf8').trim())
  const heading = `${manifest.name} ${manifest.version}: ${manifest.license ?? 'licence not named'}`
  return `${[heading, ...texts].join('\n\n')}\n`
}
