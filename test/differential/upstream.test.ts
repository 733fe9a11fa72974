/** This project's dkms alone, against what DKMS's own test suite asserts; as any user, in roots given by options. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KernelHeaders, makeWorld, runWithOptions } from '../support/world.ts'
import { linesOf, words } from './compare.ts'
import { writeKernels } from './scenario.ts'
import { upstreamInstallScenarios } from './upstream-install-scenarios.ts'
import { upstreamScenarios } from './upstream-scenarios.ts'

describe("what DKMS's own tests assert", () => {
  let dir = ''
  let kernels: KernelHeaders[] = []
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'dkms-upstream-'))
    kernels = writeKernels(join(dir, 'kernels'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it.each([...upstreamScenarios, ...upstreamInstallScenarios])('$title', async ({ title, steps }) => {
    const world = makeWorld(join(dir, title.replaceAll(/\W+/g, '-')), kernels)
    for (const step of steps) {
      if ('change' in step) {
        step.make(world)
        continue
      }
      const { status, stderr } = await runWithOptions(world, words(step.run))
      const listed = linesOf(await runWithOptions(world, ['status']))
      expect({ command: step.run, exit: status, status: listed }, stderr).toEqual({
        command: step.run,
        exit: step.exit,
        status: step.status,
      })
    }
  })
})
