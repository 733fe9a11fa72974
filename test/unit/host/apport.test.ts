import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkout, skipBecause, whyNoProgram } from './host-root.ts'

const hook = join(checkout, 'host/apport/dkms_packages.py')

let scratch = ''
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'dkms-factory-apport-'))
  write('bin/dpkg-query', '#!/bin/sh\ncase $1 in --search) cat "$ANSWER" ;; *) echo 1.0-2 ;; esac\n', 0o755)
  write('owner', 'diversion by other from: /usr/src/foo-1.0\nfoo-dkms:all: /usr/src/foo-1.0\n')
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

function write(path: string, text: string, mode = 0o644): string {
  const file = join(scratch, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

/** As much of Apport's interface as the hook uses: a report is a dictionary that writes itself into a file. */
function installApport(): void {
  write(
    'python/apport/__init__.py',
    `class Report(dict):
    def __init__(self, kind):
        super().__init__(ProblemType=kind)
    def write(self, file):
        import json
        file.write(json.dumps(self).encode())
`,
  )
  write(
    'python/apport/fileutils.py',
    `def make_report_path(report):\n    return ${JSON.stringify(`${scratch}/report`)}\n`,
  )
}

function run(...more: readonly string[]) {
  const words = ['-m', 'foo', '-v', '1.0', '-k', '6.1.0-2-amd64', '--dkmstree', join(scratch, 'tree'), ...more]
  return spawnSync('python3', ['-B', hook, ...words], {
    encoding: 'utf8',
    env: {
      PATH: [join(scratch, 'bin'), process.env['PATH']].join(delimiter),
      PYTHONPATH: join(scratch, 'python'),
      ANSWER: join(scratch, 'owner'),
    },
  })
}

describe('the hook for Apport', () => {
  skipBecause(whyNoProgram('python3'))

  it('does nothing where Apport is not installed', () => {
    expect(run()).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  it('writes a report with the newest log of the package', () => {
    installApport()
    const old = write('tree/foo/1.0/6.1.0-2-amd64/x86_64/log/make.log', 'an older, good build\n')
    utimesSync(old, 1, 1)
    write('tree/foo/1.0/build/make.log', 'error: \xff no such member\n')
    const ran = run()
    expect(ran.stderr).toContain(join(scratch, 'report'))
    expect(ran.status).toBe(0)
    const report: unknown = JSON.parse(readFileSync(join(scratch, 'report'), 'utf8'))
    expect(report).toMatchObject({
      ProblemType: 'Package',
      Package: 'foo-dkms 1.0-2',
      DKMSKernelVersion: '6.1.0-2-amd64',
      Title: 'foo-dkms: foo/1.0 cannot be built for kernel 6.1.0-2-amd64',
    })
    expect(JSON.stringify(report)).toContain('no such member')
  })

  it('does not write a second report over the first', () => {
    installApport()
    write('report', 'first')
    expect(run()).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(join(scratch, 'report'), 'utf8')).toBe('first')
  })

  it('reports nothing for a source that no package brought', () => {
    installApport()
    write('owner', '')
    const ran = run()
    expect(ran.status).toBe(0)
    expect(ran.stderr).toContain('no Debian package owns /usr/src/foo-1.0')
  })
})
