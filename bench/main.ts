/**
 * `make bench [ONLY=PART]`: our commands beside those of the distribution's dkms, on trees and packages made for it, in
 * places of their own. Ends with 1 when a target is missed.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context, Part } from './context.ts'
import { big } from './parts/big.ts'
import { debian } from './parts/debian.ts'
import { driverdisk } from './parts/driverdisk.ts'
import { install } from './parts/install.ts'
import { memory } from './parts/memory.ts'
import { mkrpm } from './parts/mkrpm.ts'
import { parallel } from './parts/parallel.ts'
import { short } from './parts/short.ts'
import { start } from './parts/start.ts'
import { status } from './parts/status.ts'
import { findDkms, ours, versionOf } from './programs.ts'
import { type Finding, renderTable } from './report.ts'

const parts: readonly Part[] = [start, status, short, install, big, memory, mkrpm, debian, driverdisk, parallel]

/** @throws {Error} naming the parts there are */
function chooseParts(names: readonly string[]): readonly Part[] {
  if (names.length === 0) return parts
  return names.map((name) => {
    const part = parts.find((known) => known.name === name)
    if (part === undefined)
      throw new Error(`there is no part ${name}; there are ${parts.map((one) => one.name).join(' ')}`)
    return part
  })
}

async function runPart(part: Part, dkms: string | undefined): Promise<readonly Finding[]> {
  const context: Context = { scratch: mkdtempSync(join(tmpdir(), 'dkms-factory-bench-')), dkms }
  function removeScratch(): void {
    rmSync(context.scratch, { recursive: true, force: true })
  }
  process.once('exit', removeScratch)
  console.log(`\n${part.name}: ${part.about}`)
  const findings = await part.run(context)
  process.stdout.write(renderTable(findings))
  process.off('exit', removeScratch)
  removeScratch()
  return findings
}

async function main(names: readonly string[]): Promise<void> {
  const chosen = chooseParts(names)
  const dkms = findDkms()
  console.log(`ours: ${versionOf(ours)}, Node ${process.versions.node}, ${availableParallelism()} processors`)
  console.log(
    dkms === undefined ? 'dkms is not installed: nothing to compare with' : `dkms: ${versionOf(dkms)} (${dkms})`,
  )
  let missed = 0
  for (const part of chosen) {
    const findings = await runPart(part, dkms)
    missed += findings.filter((finding) => finding.verdict === 'missed').length
  }
  console.log(missed === 0 ? '\nevery target was met' : `\n${missed} targets were missed`)
  if (missed > 0) process.exitCode = 1
}

// So that what was made in the temporary directory goes when the run is interrupted, too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

await main(process.argv.slice(2))
