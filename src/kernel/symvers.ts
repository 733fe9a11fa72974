/** Module.symvers: the symbols a kernel or a module exports (Documentation/kbuild/modules.rst, section 6.3). */
import { readFileSync } from 'node:fs'
import { fileError } from '../system/fs.ts'
import { decompressModule } from './compression.ts'

export interface ExportedSymbol {
  readonly crc: number
  readonly name: string
  /** `vmlinux`, or the module's path without `.ko`. */
  readonly module: string
  /** EXPORT_SYMBOL, EXPORT_SYMBOL_GPL, ... */
  readonly exportType: string
  readonly namespace: string
}

/** @throws {FactoryError} FILE_ACCESS */
export function readSymvers(path: string): ExportedSymbol[] {
  return parseSymvers(Buffer.from(readBytes(path)).toString('utf8'))
}

/**
 * Like {@link readSymvers}, of a file that may be compressed: kernel packages have symvers.gz or symvers.xz.
 *
 * @throws {FactoryError} FILE_ACCESS; ELF_INVALID when the compressed data is damaged
 */
export async function readPackedSymvers(path: string): Promise<ExportedSymbol[]> {
  return parseSymvers(Buffer.from(await decompressModule(readBytes(path), path)).toString('utf8'))
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileError(error, 'read the exported symbols', path)
  }
}

/** Lines that are not of the form are left out, as modpost leaves them out. */
export function parseSymvers(text: string): ExportedSymbol[] {
  return text.split('\n').flatMap((line) => {
    const symbol = parseLine(line)
    return symbol === undefined ? [] : [symbol]
  })
}

/**
 * checksum, name, module, kind of export, namespace, separated by tabs. Before 5.4 there was no namespace, and 5.4 had it
 * third; the kind of export, which cannot be mistaken, tells the form.
 */
function parseLine(line: string): ExportedSymbol | undefined {
  const [checksum = '', name = '', third = '', fourth = '', fifth = ''] = line.split('\t')
  if (!/^0x[0-9a-f]{8}$/i.test(checksum) || name === '') return undefined
  const crc = Number(checksum)
  if (fifth.startsWith('EXPORT_')) return { crc, name, module: fourth, exportType: fifth, namespace: third }
  if (third === '') return undefined
  return { crc, name, module: third, exportType: fourth, namespace: fifth }
}
