import { describe, expect, it } from 'vitest'
import { evaluateInSandbox } from '../../../src/conf/sandbox.ts'
import { toPlain } from './real-bash.ts'

const variables = { kernelver: '6.8.0-45-generic', arch: 'x86_64', kernel_source_dir: '/k/build' }

function evaluate(text: string, files: Record<string, string> = {}, timeoutMs = 5000) {
  return evaluateInSandbox(text, { file: 'dkms.conf', variables, trust: 'untrusted', files, timeoutMs })
}

describe('an untrusted conf', () => {
  it('reads the files that are handed in and no others', async () => {
    const text = 'PACKAGE_VERSION=$(cat VERSION)$(cat /etc/passwd)\nMAKE=$(cat ../../etc/hostname)'
    const { values } = await evaluate(text, { VERSION: '1.2\n', '../outside': 'x' })
    expect(values.get('PACKAGE_VERSION')?.get(0)).toBe('1.2')
    expect(values.get('MAKE')?.get(0)).toBe('')
  })

  it('learns nothing of the process and cannot reach the network', async () => {
    const text = 'MAKE="$HOME|$USER|$$|$(curl http://127.0.0.1 2>&1)|$(node -e 1 2>&1)|$(ls /)"'
    const { values } = await evaluate(text)
    expect(values.get('MAKE')?.get(0)).not.toContain(String(process.pid))
    expect(values.get('MAKE')?.get(0)).not.toContain(process.env['HOME'] ?? '/root')
  })

  const needs: [string, string, string, number, string][] = [
    ['a command in metadata', 'PACKAGE_NAME=x\nPACKAGE_VERSION=$(git describe)', 'git', 2, 'PACKAGE_VERSION'],
    ['a script of the package', 'PACKAGE_VERSION=$(./version.sh)', './version.sh', 1, 'PACKAGE_VERSION'],
    ['a file the package lacks', 'PACKAGE_VERSION=$(cat VERSION)', 'the file VERSION', 1, 'PACKAGE_VERSION'],
    ['a command in a condition', '\nif modinfo x >/dev/null 2>&1; then\nSTRIP=no\nfi', 'modinfo', 2, 'STRIP'],
    [
      'a kernel configuration',
      'if grep -q CONFIG_X=y $kernel_source_dir/.config; then STRIP=no; fi',
      '/k/build/.config',
      1,
      'STRIP',
    ],
    [
      'an option that is off',
      '. $kernel_source_dir/.config && [ -z "$CONFIG_X" ] && STRIP=no',
      '/k/build/.config',
      1,
      'STRIP',
    ],
    ['a directory', '[ -d /sys/firmware/efi ] && AUTOINSTALL=yes', '/sys/firmware/efi', 1, 'AUTOINSTALL'],
    ['a file in a function', 'f() {\n cat /etc/release\n}\nBUILD_DEPENDS=($(f))', '/etc/release', 2, 'BUILD_DEPENDS'],
  ]
  it.each(needs)('needs bash for %s', async (_, text, question, line, directive) => {
    const { diagnostics } = await evaluate(text)
    expect(diagnostics).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        code: 'NEEDS_BASH',
        message: `needs bash: ${question} at line ${line} (affects ${directive})`,
        directive,
        line,
      }),
    )
  })

  it('leaves to the build what only the build uses', async () => {
    const { values, diagnostics } = await evaluate('PACKAGE_NAME=x\nMAKE="make -j$(nproc) KVER=$kernelver"')
    expect(toPlain(values)).toEqual({
      MAKE: { 0: 'make -j$(nproc) KVER=6.8.0-45-generic' },
      PACKAGE_NAME: { 0: 'x' },
    })
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'NEEDS_BASH', line: 2, directive: 'MAKE' }])
  })

  it('is not blamed for a command without effect', async () => {
    const { values, diagnostics } = await evaluate('STRIP=no\nbad_command\nlogger hello\nMAKE=x')
    expect(toPlain(values)).toEqual({ MAKE: { 0: 'x' }, STRIP: { 0: 'no' } })
    expect(diagnostics.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning HOST_NOT_SEEN',
      'warning HOST_NOT_SEEN',
    ])
  })

  it('is not blamed for a default it does not use', async () => {
    const { diagnostics } = await evaluate(
      'kernelver=${kernelver:-$(uname -r)}\nMAKE="$kernelver"\nif :; then STRIP=no; fi',
    )
    expect(diagnostics).toEqual([])
  })

  it('ends at a syntax error, whose line is told', async () => {
    const { values, diagnostics } = await evaluate('STRIP=no\n<<<<<<< HEAD\nMAKE=(\n=======\n')
    expect(values.get('STRIP')?.get(0)).toBe('no')
    expect(diagnostics).toMatchObject([{ severity: 'error', code: 'SHELL_SYNTAX', line: 2 }])
  })

  it.each([
    ['a loop without end', 'while :; do :; done'],
    ['a loop that does nothing but wait', 'sleep 1000; MAKE=x; until false; do sleep 1; done'],
    ['a function without end', 'f() { f; }; f'],
    ['a string that doubles', 'x=a; while :; do x=$x$x; done'],
    ['a sequence', 'for i in $(seq 1 100000000); do :; done'],
    ['braces', 'echo {1..100000000}'],
    ['output', 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxx; done'],
    ['a wide number', "MAKE=$(printf '%0900000000d' 1)"],
    ['a large array', 'for ((i = 0; i < 10000000; i++)); do PATCH[i]=x; done'],
    ['awk', "MAKE=$(awk 'BEGIN { while (1) x++ }')"],
    ['sed', "MAKE=$(echo a | sed ':a; ba')"],
  ])('is stopped in %s', async (_, text) => {
    const started = performance.now()
    await expect(evaluate(text, {}, 2000)).rejects.toMatchObject({
      code: 'CONF_UNREADABLE',
      message: expect.stringMatching(/was stopped: it (?:did not end after \d seconds|goes round too often)/),
      details: [],
    })
    expect(performance.now() - started).toBeLessThan(6000)
  })

  it.each([
    ['=~', `x=${'a'.repeat(60)}!; [[ $x =~ ^(a+)+$ ]]; MAKE=x`],
    ['grep', `echo ${'a'.repeat(60)}! | grep -E '^(a+)+$'; MAKE=x`],
    ['a pattern', `shopt -s extglob; x=${'a'.repeat(60)}!; [[ $x == +(+(a))b ]]; MAKE=x`],
  ])('cannot stall the program with an expensive expression in %s', async (_, text) => {
    const started = performance.now()
    expect((await evaluate(text)).values.get('MAKE')?.get(0)).toBe('x')
    expect(performance.now() - started).toBeLessThan(3000)
  })

  it('keeps sparse arrays, newlines and quotes', async () => {
    const { values } = await evaluate('PATCH[7]="a\n\\"b\\""; PATCH[2]=; if :; then MAKE="x "; fi')
    expect(toPlain(values)).toEqual({ MAKE: { 0: 'x ' }, PATCH: { 2: '', 7: 'a\n"b"' } })
  })
})
