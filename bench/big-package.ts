/** Packages whose size is what matters. */
import { createCipheriv } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { addPackage, type PackageName, writeSource } from './packages.ts'
import type { BenchRoots } from './roots.ts'

const mebibyte = 2 ** 20

/**
 * An added package with so many MiB of firmware and source in files of 8 MiB: half of it noise and half repetitive, which
 * compresses about as modules and their firmware do. The same bytes every time.
 */
export function addBigPackage(roots: BenchRoots, id: PackageName, mebibytes: number): void {
  const data = join(writeSource(roots, id), 'data')
  mkdirSync(data)
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16))
  const text = Buffer.alloc(mebibyte / 2, 'static const u32 registers[] = { 0x00, 0x01, 0x02, 0x03 };\n')
  for (let file = 0; file * 8 < mebibytes; file += 1) {
    const descriptor = openSync(join(data, `firmware-${String(file).padStart(3, '0')}.bin`), 'w')
    for (let part = 0; part < Math.min(8, mebibytes - file * 8); part += 1) {
      writeSync(descriptor, noise.update(Buffer.alloc(mebibyte / 2)))
      writeSync(descriptor, text)
    }
    closeSync(descriptor)
  }
  addPackage(roots, id)
}
