/**
 * Writes schema/packaging.schema.json from the schema of packaging.yaml. `--check` writes nothing and ends with 1 when
 * the file is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packagingJsonSchema } from '../src/packaging/metadata/schema.ts'

const path = join(dirname(import.meta.dirname), 'schema/packaging.schema.json')

function current(): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

const text = packagingJsonSchema()
if (current() !== text) {
  if (process.argv.includes('--check')) {
    console.log('schema/packaging.schema.json is out of date; run: node scripts/generate-schema.ts')
    process.exitCode = 1
  } else {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    console.log('wrote schema/packaging.schema.json')
  }
}
