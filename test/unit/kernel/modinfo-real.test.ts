/** Every module of a real kernel package, against the programs of kmod. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { isFactoryError } from '../../../src/errors.ts'
import { type ModuleInfo, readModuleInfo } from '../../../src/kernel/modinfo.ts'
import { run } from '../../../src/system/run.ts'

const repository = join(import.meta.dirname, '../../..')
const batchSize = 500

/** A kernel image of the distribution, or why there is none to be had. */
async function fetchImage(): Promise<{ directory: string } | { missing: string }> {
  try {
    const named = await run(['apt-cache', 'depends', '--important', 'linux-image-amd64'])
    const image = /Depends: (linux-image-\S+)/.exec(named.stdout)?.[1] ?? 'linux-image-6.1.0-56-amd64'
    await run(['modinfo', '--version'])
    const fetched = await run([join(repository, 'scripts/fetch-deb.sh'), '--extract', image], { timeoutMs: 240_000 })
    return { directory: fetched.stdout.trim() }
  } catch (error) {
    if (isFactoryError(error, 'TOOL_MISSING', 'COMMAND_FAILED')) return { missing: error.message }
    throw error
  }
}

const image = await fetchImage()
const missing = 'missing' in image ? image.missing : undefined

/** modinfo's lines of many modules, by file. The bytes of the signature itself are left out. */
async function modinfoLines(paths: readonly string[]): Promise<Map<string, string[]>> {
  const { stdout } = await run(['modinfo', '-0', ...paths])
  const lines = new Map<string, string[]>()
  let current: string[] = []
  for (const entry of stdout.split('\0')) {
    const file = /^filename: +(.*)$/.exec(entry)?.[1]
    if (file !== undefined) lines.set(file, (current = []))
    else if (entry.startsWith('parm:')) current.push(entry.replace(/^parm: +/, 'parm='))
    else if (entry !== '' && !entry.startsWith('signature=')) current.push(entry)
  }
  return lines
}

/** What modinfo would print: the fields, then the signature, then the parameters. */
function asModinfo(info: ModuleInfo): string[] {
  const { signature } = info
  return [
    ...info.fields.filter(([key]) => key !== 'parm' && key !== 'parmtype').map(([key, value]) => `${key}=${value}`),
    ...(signature === undefined
      ? []
      : [
          `sig_id=${signature.sigId}`,
          `signer=${signature.signer}`,
          `sig_key=${signature.sigKey}`,
          `sig_hashalgo=${signature.sigHashAlgorithm}`,
        ]),
    ...info.params.map(({ name, type, description }) => {
      if (description === undefined) return `parm=${name}:${type}`
      return type === undefined ? `parm=${name}:${description}` : `parm=${name}:${description} (${type})`
    }),
  ]
}

describe.skipIf(missing !== undefined)(
  `modules of a linux-image package${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let modules: string[] = []

    beforeAll(() => {
      if ('missing' in image) return
      modules = readdirSync(image.directory, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.ko(\.xz|\.gz|\.zst)?$/.test(name))
        .map((name) => join(image.directory, name))
        .sort()
    })

    it('are thousands', () => {
      expect(modules.length).toBeGreaterThan(3000)
    })

    it('say the same as modinfo says about them, every one', async () => {
      for (let start = 0; start < modules.length; start += batchSize) {
        const batch = modules.slice(start, start + batchSize)
        const theirs = await modinfoLines(batch)
        expect([...theirs.keys()]).toEqual(batch)
        for (const path of batch) expect(asModinfo(await readModuleInfo(path)), path).toEqual(theirs.get(path))
      }
    })

    it('need the symbol versions that modprobe dumps (every tenth module)', async () => {
      for (const path of modules.filter((_, index) => index % 10 === 0)) {
        const { stdout } = await run(['modprobe', '--dump-modversions', path])
        const { symbolVersions } = await readModuleInfo(path)
        const lines = symbolVersions.map(({ crc, name }) => `0x${crc.toString(16).padStart(8, '0')}\t${name}\n`)
        expect(lines.join('')).toBe(stdout)
      }
    })
  },
)
