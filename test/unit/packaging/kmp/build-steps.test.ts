import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DkmsConf } from '../../../../src/conf/model.ts'
import { selectMake } from '../../../../src/conf/select.ts'
import { absolutePath } from '../../../../src/domain.ts'
import {
  builtFiles,
  followKernel,
  makeLines,
  preparingLines,
  usesKbuild,
} from '../../../../src/packaging/kmp/build-steps.ts'

const kernel = { release: '6.1.0-9-test', arch: 'x86_64' }
const places = {
  kernel,
  installTree: absolutePath('/lib/modules'),
  buildDir: absolutePath('/var/lib/dkms/foo/1.0/build'),
  sourceDirs: [absolutePath('/usr/src/foo-1.0'), absolutePath('/var/lib/dkms/foo/1.0/source')],
}

function confWith(given: Partial<DkmsConf>): DkmsConf {
  return {
    package: { name: 'foo', version: '1.0' },
    modules: [],
    make: [],
    clean: undefined,
    patches: [],
    scripts: {},
    autoinstall: false,
    buildDepends: [],
    buildDependsRebuild: false,
    exclusive: {},
    obsoleteBy: undefined,
    noWeakModules: false,
    legacy: {
      remakeInitrd: false,
      modulesConf: [],
      modulesConfObsoletes: [],
      modulesConfAliasType: [],
      modulesConfObsoleteOnly: [],
    },
    deprecated: [],
    ...given,
  }
}

describe('a command made for one kernel', () => {
  it.each([
    ['make KVER=6.1.0-9-test', 'make KVER=${kernelver}'],
    ["make KVER='6.1.0-9-test'", `make KVER=''"\${kernelver}"''`],
    ['make KVER="6.1.0-9-test"', 'make KVER="${kernelver}"'],
    [
      'make -C /lib/modules/6.1.0-9-test/build M=/var/lib/dkms/foo/1.0/build',
      'make -C ${kernel_source_dir} M=${build_dir}',
    ],
    [
      'make I=/usr/src/foo-1.0/include J="/var/lib/dkms/foo/1.0/source/inc"',
      'make I=${build_dir}/include J="${build_dir}/inc"',
    ],
    ['make KVER=$kernelver', 'make KVER=$kernelver'],
    ["make it's 6.1.0-9-test", "make it's ${kernelver}"],
  ])('%s is for any: %s', (line, followed) => {
    expect(followKernel(line, places)).toBe(followed)
  })

  it('says to a shell what it said, when it is run for the same kernel', () => {
    const word = fc
      .array(fc.constantFrom('a', ' ', '6.1.0-9-test', '/lib/modules/6.1.0-9-test/build', '\\$', '-'), { maxLength: 6 })
      .map((parts) => parts.join(''))
    const quoted = fc.oneof(
      word.map((text) => `'${text}'`),
      word.map((text) => `"${text}"`),
      word.map((text) => text.replaceAll(' ', '')),
    )
    const run = (line: string) =>
      execFileSync('sh', ['-c', `printf '<%s>' ${line}`], {
        encoding: 'utf8',
        env: { kernelver: kernel.release, kernel_source_dir: '/lib/modules/6.1.0-9-test/build', PATH: '/usr/bin:/bin' },
      })
    fc.assert(
      fc.property(fc.array(quoted, { maxLength: 4 }), (words) => {
        const line = words.join(' ')
        expect(run(followKernel(line, places))).toBe(run(line))
      }),
      { numRuns: 40 },
    )
  })
})

describe('what dkms.conf has done', () => {
  it('is the default command of DKMS, without a MAKE', () => {
    const conf = confWith({})
    expect(makeLines({ conf, ...places }).slice(2)).toEqual([
      'make $make_jobs -C "$kernel_source_dir" M="$build_dir" KERNELRELEASE="$kernelver" modules',
    ])
    expect(usesKbuild({ conf })).toBe(true)
  })

  it('is its MAKE, which learns the release and the number of jobs as from DKMS', () => {
    const conf = confWith({ make: [{ index: 0, command: 'make all', match: undefined }] })
    expect(makeLines({ conf, ...places }).slice(2)).toEqual([
      'module=foo module_version=1.0 arch="$(uname -m)"',
      'make $make_jobs KERNELRELEASE="$kernelver" all',
    ])
    expect(usesKbuild({ conf })).toBe(false)
  })

  it.each([
    ['CONFIG_CC_IS_CLANG=y\n', 'make -j3 KERNELRELEASE=6.1 all with 1\n'],
    ['# CONFIG_CC_IS_CLANG is not set\n', 'make -j3 KERNELRELEASE=6.1 all with gcc\n'],
    [undefined, 'make -j3 KERNELRELEASE=6.1 all with gcc\n'],
  ])('is done with the compiler that %j of the kernel asks for, with as many jobs as rpm allows', (config, said) => {
    const headers = mkdtempSync(join(tmpdir(), 'build-steps-'))
    try {
      if (config !== undefined) writeFileSync(join(headers, '.config'), config)
      const conf = confWith({ make: [{ index: 0, command: 'make all', match: undefined }] })
      const script = [
        'make() { echo "make $* with ${LLVM:-gcc}"; }',
        `make_jobs=-j3 kernelver=6.1 kernel_source_dir='${headers}'`,
        ...makeLines({ conf, ...places }),
      ]
      expect(execFileSync('sh', ['-ec', script.join('\n')], { encoding: 'utf8' })).toBe(said)
    } finally {
      rmSync(headers, { recursive: true })
    }
  })

  it('names the directory of the build also from below it', () => {
    const command = `cd / && echo ${places.buildDir}/src '${places.buildDir}'`
    const conf = confWith({
      make: [{ index: 0, command, match: undefined }],
      scripts: { pre_build: `pwd ${places.buildDir}` },
    })
    const run = (lines: readonly string[]) =>
      execFileSync('sh', ['-ec', lines.join('\n')], { cwd: tmpdir(), encoding: 'utf8' })
    expect(run(makeLines({ conf, ...places }))).toBe(`${tmpdir()}/src ${tmpdir()}\n`)
    expect(preparingLines({ conf, ...places }).at(-1)).toContain('./pwd ${build_dir};')
  })

  it('is the last MAKE whose MAKE_MATCH is for the kernel that it is built for', () => {
    const conf = confWith({
      make: [
        { index: 0, command: 'make all', match: undefined },
        { index: 1, command: 'echo new', match: '^[56]' },
        { index: 2, command: 'echo newest', match: '^6' },
        { index: 3, command: 'echo never', match: undefined },
      ],
    })
    const said = (release: string, lines: readonly string[]) =>
      execFileSync('sh', ['-ec', `make() { echo "make $@"; }\nkernelver=${release}\n${lines.join('\n')}`], {
        encoding: 'utf8',
      })
    const lines = makeLines({ conf, ...places })
    expect(said('6.1.0-9-test', lines)).toBe('newest\n')
    expect(said('5.10.0', lines)).toBe('new\n')
    expect(said('4.19.0', lines)).toBe('make KERNELRELEASE=4.19.0 all\n')
    const without = makeLines({ conf: { ...conf, make: conf.make.slice(1) }, ...places })
    expect(said('4.19.0', without)).toMatch(/^make -C .* modules$/m)
    for (const release of ['6.1.0-9-test', '5.10.0', '4.19.0']) {
      const chosen = selectMake(conf, { release, arch: 'x86_64' }) ?? ''
      expect(said(release, lines)).toContain(chosen.replace(/^.* /, ''))
    }
  })

  it('is its patches, those for some kernels with their condition, and PRE_BUILD', () => {
    const conf = confWith({
      patches: [
        { index: 0, file: 'a.patch', match: undefined },
        { index: 1, file: 'b c.patch', match: "^6\\.'" },
      ],
      scripts: { pre_build: './prepare.sh 6.1.0-9-test fast' },
    })
    expect(preparingLines({ conf, ...places })).toEqual([
      'patch -p1 --force --no-backup-if-mismatch <patches/a.patch',
      `if printf '%s\\n' "$kernelver" | grep -Eq -e '^6\\.'\\'''; then patch -p1 --force --no-backup-if-mismatch <'patches/b c.patch'; fi`,
      'build_dir="$PWD"',
      'if [ -x ./prepare.sh ]; then ./prepare.sh ${kernelver} fast; fi',
    ])
  })

  it('ends in modules that may be renamed', () => {
    const record = {
      index: 0,
      builtName: 'a',
      builtLocation: 'sub/',
      destName: 'b',
      destLocation: '/updates',
      strip: true,
      exclusive: {},
    }
    const conf = confWith({ modules: [record] })
    expect(builtFiles(conf)).toEqual([{ from: 'sub/a.ko', to: 'b.ko', strip: true, conditions: undefined }])
    expect(usesKbuild({ conf })).toBe(false)
  })

  it('ends in modules some of which are for some kernels only, and modules_install would take all', () => {
    const record = { index: 0, builtName: 'a', builtLocation: '', destName: 'a', destLocation: '/updates', strip: true }
    const always = { ...record, exclusive: {} }
    const seldom = { ...record, index: 1, builtName: 'b', destName: 'b', exclusive: { kernel: '^2\\.' } }
    expect(usesKbuild({ conf: confWith({ modules: [always] }) })).toBe(true)
    const conf = confWith({ modules: [always, seldom] })
    expect(usesKbuild({ conf })).toBe(false)
    expect(builtFiles(conf).map(({ conditions }) => conditions?.join())).toEqual([
      undefined,
      expect.stringContaining('BUILD_EXCLUSIVE_KERNEL'),
    ])
  })
})
