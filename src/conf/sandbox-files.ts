/** The in-memory file system of the sandbox, which notes what a conf looks for and does not find. */
import type { InMemoryFs } from 'just-bash'

/** Where the interpreter itself looks: commands, devices, processes. */
const ownPlaces = /^\/(?:bin|sbin|usr\/s?bin|usr\/local\/s?bin|dev|etc\/passwd)(?:\/|$)/

export interface WatchedFileSystem {
  readonly fs: InMemoryFs
  readonly missing: ReadonlySet<string>
}

/** @param Base the class of just-bash, which is loaded on first use */
export function watchedFileSystem(
  Base: typeof InMemoryFs,
  files: Readonly<Record<string, string>>,
  directories: readonly string[],
): WatchedFileSystem {
  const missing = new Set<string>()
  const fs = new (watched(Base, missing))()
  for (const directory of directories) fs.mkdirSync(directory, { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    fs.writeFileSync(path, content, undefined, { mode: content.startsWith('#!') ? 0o755 : 0o644 })
  }
  return { fs, missing }
}

function watched(Base: typeof InMemoryFs, missing: Set<string>): typeof InMemoryFs {
  return class extends Base {
    override async exists(path: string): Promise<boolean> {
      const there = await super.exists(path)
      if (!there && path !== '/' && !ownPlaces.test(path)) missing.add(path)
      return there
    }

    override async stat(...args: Parameters<InMemoryFs['stat']>): ReturnType<InMemoryFs['stat']> {
      await this.exists(args[0])
      return super.stat(...args)
    }

    override async readFile(...args: Parameters<InMemoryFs['readFile']>): ReturnType<InMemoryFs['readFile']> {
      await this.exists(args[0])
      return super.readFile(...args)
    }

    override async readFileBytes(
      ...args: Parameters<InMemoryFs['readFileBytes']>
    ): ReturnType<InMemoryFs['readFileBytes']> {
      await this.exists(args[0])
      return super.readFileBytes(...args)
    }

    override async readFileBuffer(
      ...args: Parameters<InMemoryFs['readFileBuffer']>
    ): ReturnType<InMemoryFs['readFileBuffer']> {
      await this.exists(args[0])
      return super.readFileBuffer(...args)
    }
  }
}
