import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { precompiledModule } from '../../../scripts/precompile-templates.ts'
import { createEngine, createRuntime, type TemplateValues } from '../../../src/templates/engine.ts'
import { precompiled } from '../../../src/templates/precompiled.ts'

const scratch = mkdtempSync(join(tmpdir(), 'dkms-factory-precompiled-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Module {
  readonly precompiled: typeof precompiled
}

const name = 'rpm/setup.sh.hbs'
const values: TemplateValues = {
  name: "o'hello",
  version: '1.0',
  tarball: '/usr/share/x',
  hasSource: true,
  hasBinaries: true,
  autoinstall: false,
  repair: false,
}

async function load(): Promise<Module['precompiled']> {
  const file = join(scratch, 'precompiled.mjs')
  writeFileSync(file, precompiledModule(resolve(import.meta.dirname, '../../../templates')))
  return ((await import(file)) as Module).precompiled
}

it('what the build compiles renders as what is compiled when it is needed', async () => {
  const template = (await load()).get(name)
  const [engine, runtime] = [await createEngine(), await createRuntime()]
  const expected = engine.compile(template?.text ?? '', name)(values)
  expect(expected).toContain("name='o'\\''hello'")
  expect(runtime.use(template?.specification ?? {}, name)(values)).toBe(expected)
})

it('what the build compiles is as strict as what is compiled when it is needed', async () => {
  const template = (await load()).get(name)
  const { version: _, ...incomplete } = values
  const render = (await createRuntime()).use(template?.specification ?? {}, name)
  expect(() => render(incomplete)).toThrow(name)
})

it('in a checkout nothing is compiled beforehand', () => {
  expect(precompiled.size).toBe(0)
})
