/** A directory with the planned source in it, for programs that want one. */
import { chmodSync, copyFileSync, cpSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectories } from '../../system/fs.ts'
import type { PlannedEntry, PlannedSource } from './model.ts'

/** Modes and times are those of the plan; links become what they lead to, as DKMS 2.x copied them. */
export function copyInto({ directory, entries }: PlannedSource, to: string): void {
  makeDirectories(to)
  for (const entry of entries) copyEntry(entry, directory, join(to, entry.path))
}

function copyEntry(entry: PlannedEntry, directory: string, to: string): void {
  switch (entry.kind) {
    case 'directory':
      makeDirectories(to)
      return
    case 'symlink':
      cpSync(join(directory, entry.path), to, { recursive: true, dereference: true, preserveTimestamps: true })
      return
    case 'file':
      if ('text' in entry.content) writeFileSync(to, entry.content.text)
      else copyFileSync(entry.content.from, to)
      chmodSync(to, entry.mode)
      utimesSync(to, entry.mtime, entry.mtime)
  }
}
