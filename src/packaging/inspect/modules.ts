/** Modules inside of packages and archives, read out of streams: one at a time, and none larger than any real one. */
import type { TarMember } from '../../archive/member-policy.ts'
import type { MemberSink } from '../../archive/tar-read.ts'
import { isFactoryError } from '../../errors.ts'
import { decompressModule, suffixOf } from '../../kernel/compression.ts'
import { type ModuleInfo, parseModuleInfo, vermagicRelease } from '../../kernel/modinfo.ts'
import type { InspectedModule } from './model.ts'

/** Of modules that wait to be read, and of one unpacked: graphics drivers, the largest of today, have a third of it. */
const room = 256 * 2 ** 20

export function isModule(path: string): boolean {
  return suffixOf(path) !== undefined
}

type Stored = Pick<InspectedModule, 'path' | 'archive' | 'bytes'>

/** Reads what it is handed, in order; see {@link ModuleQueue.settled}. */
export class ModuleQueue {
  readonly #found: InspectedModule[] = []
  #work: Promise<void> = Promise.resolve()
  #waiting = 0

  /** Takes the content of a file; undefined for a module that is too large to look into. */
  sink(stored: Stored): MemberSink | undefined {
    if (this.#waiting + stored.bytes > room) {
      this.#found.push({ ...stored, problem: 'it is too large to be looked into' })
      return undefined
    }
    this.#waiting += stored.bytes
    const parts: Buffer[] = []
    return {
      // The chunks may be reused after the call.
      write: (chunk) => void parts.push(Buffer.from(chunk)),
      end: () => this.#add(stored, Buffer.concat(parts)),
    }
  }

  /** A sink for members of a tar archive that are modules. */
  sinkFor({ kind, path, bytes }: TarMember, where: Omit<Stored, 'bytes'>): MemberSink | undefined {
    return kind === 'file' && isModule(path) ? this.sink({ ...where, bytes }) : undefined
  }

  /** The input, handed on when what came before has been read: keeps the queue short. */
  async *paced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      await this.#work
      yield chunk
    }
  }

  async settled(): Promise<readonly InspectedModule[]> {
    await this.#work
    return this.#found
  }

  #add(stored: Stored, bytes: Buffer): void {
    this.#work = this.#read(this.#work, stored, bytes)
  }

  async #read(before: Promise<void>, stored: Stored, bytes: Buffer): Promise<void> {
    await before
    this.#found.push({ ...stored, ...(await facts(bytes)) })
    this.#waiting -= stored.bytes
  }
}

async function facts(bytes: Uint8Array): Promise<Partial<InspectedModule>> {
  try {
    return describe(parseModuleInfo(await decompressModule(bytes, 'it', room), 'it'))
  } catch (error) {
    if (isFactoryError(error, 'ELF_INVALID')) return { problem: error.message }
    throw error
  }
}

function describe(info: ModuleInfo): Partial<InspectedModule> {
  const { name, version, srcversion, vermagic, description, license, depends, signature } = info
  return present({
    name,
    version,
    srcversion,
    vermagic,
    kernel: vermagic === undefined ? undefined : vermagicRelease(vermagic),
    description,
    license,
    depends,
    signature:
      signature === undefined
        ? undefined
        : present({
            signer: signature.signer,
            key: signature.sigKey ?? signature.keyId,
            hash: signature.sigHashAlgorithm,
          }),
  })
}

/** The object without its undefined values. */
export function present<Values extends object>(
  values: Values,
): { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  // Object.fromEntries forgets the keys' names.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Values]?: Exclude<Values[Key], undefined>
  }
}
