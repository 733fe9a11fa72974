import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkout, programFile } from '../../support/program.ts'

const scratch = mkdtempSync(join(tmpdir(), 'deleted-directory-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const roots = ['--dkmstree', join(scratch, 'tree'), '--sourcetree', join(scratch, 'src'), '--etc', join(scratch, 'etc')]

/** Runs the program where its working directory has been deleted, as happens to shells that stand in a build tree. */
function fromNowhere(...words: readonly string[]): { status: number | null; stderr: string } {
  const script = 'mkdir "$1" && cd "$1" && rmdir "$1" && shift && exec "$@"'
  const argv = ['-c', script, 'sh', join(scratch, 'gone'), programFile.here, ...words, ...roots]
  return spawnSync('sh', argv, { encoding: 'utf8' })
}

beforeAll(() => {
  cpSync(join(checkout, 'fixtures/hello-1.0'), join(scratch, 'src/hello-1.0'), { recursive: true })
})

it('commands that name everything in full work in a directory that was deleted, programs they start included', () => {
  expect(fromNowhere('add', 'hello/1.0')).toMatchObject({ status: 0 })
  const archive = join(scratch, 'hello.tar.bz2')
  expect(fromNowhere('mktarball', 'hello/1.0', '--source-only', '--archive', archive)).toMatchObject({ status: 0 })
  expect(fromNowhere('remove', 'hello/1.0', '--all')).toMatchObject({ status: 0 })
  expect(fromNowhere('ldtarball', archive)).toMatchObject({ status: 0 })
})

it('one that means the directory says what is wrong', () => {
  const { status, stderr } = fromNowhere('mktarball', 'hello/1.0', '--source-only', '--archive', './here.tar.gz')
  expect(status).not.toBe(70)
  expect(stderr).toContain('the working directory cannot be told')
})
