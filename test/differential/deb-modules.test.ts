/** Packages of built modules, and packages from templates of users, with Debian's own tools. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DebianRoot, debianRootImpossible } from '../acceptance/debian/root.ts'
import { comparisonImpossible, mustRun, programFile } from '../support/program.ts'
import { distribution } from '../support/runtimes.ts'
import { putFile, runWithOptions, type World } from '../support/world.ts'
import { lacks } from '../unit/packaging/deb/format/deb-tools.ts'
import { builtHello, systemWith, takeToDesk, toyRelease, writeHello, wrote } from './deb-fixtures.ts'

const impossible = debianRootImpossible() ?? comparisonImpossible()

describe.skipIf(impossible !== undefined)(`mkbmdeb ${impossible ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'deb-modules-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))
  const name = `hello-modules-${toyRelease}`
  let world: World
  let system: DebianRoot
  beforeAll(async () => {
    world = await builtHello(join(scratch, 'built'))
    system = await systemWith(distribution, '')
  })
  afterAll(() => system?.[Symbol.dispose]())

  async function makePackage(of: World = world): Promise<string> {
    const words = ['mkbmdeb', 'hello/1.0', '-k', `${toyRelease}/x86_64`, '--maintainer', 'A <a@example.org>']
    const { status, stdout, stderr } = await runWithOptions(of, words)
    expect(status, stderr).toBe(0)
    const [path = ''] = wrote(stdout)
    expect(path).toBe(join(of.tree, `hello/1.0/bmdeb/${name}_1.0_amd64.deb`))
    return path
  }

  async function run(script: string): Promise<string> {
    const { status, stdout, stderr } = await system.run(script)
    expect(status, `${script}\n${stdout}${stderr}`).toBe(0)
    return `${stdout}${stderr}`
  }

  /** The kernel is one no package knows. */
  const dpkg = 'dpkg --force-unsafe-io --force-depends'
  const found = `modinfo -k ${toyRelease} -n hello`

  it.each([
    '',
    '.xz',
  ])('a module %s is found by modprobe once it is installed, and no longer when it is removed', async (suffix) => {
    const file = join(world.tree, `hello/1.0/${toyRelease}/x86_64/module/hello.ko`)
    if (suffix === '.xz') await mustRun('xz', [file])
    takeToDesk(system, await makePackage(), 'modules.deb')
    await run(`${dpkg} -i /mnt/modules.deb`)
    expect(await run(found)).toBe(`/lib/modules/${toyRelease}/updates/dkms/hello.ko${suffix}\n`)
    expect(await run(`dpkg -V ${name}; ${dpkg} -i /mnt/modules.deb >/dev/null 2>&1; dpkg -V ${name}`)).toBe('')
    await run(`${dpkg} -P ${name}`)
    expect(await run(`${found} 2>/dev/null || echo none; ls /lib/modules/${toyRelease}`)).toMatch(
      /^none\n(?!.*updates)/s,
    )
    if (suffix === '.xz') await mustRun('xz', ['-d', `${file}.xz`])
  })

  it('tells which devices the installed modules are for, as the modules themselves do', async () => {
    const aliases = ['pci:v00008086d00001533sv*sd*bc*sc*i*', 'usb:v0BDAp8153d*dc*dsc*dp*ic*isc*ip*in*']
    const lines = aliases.map(
      (alias, index) =>
        `static const char alias_${index}[] __attribute__((section(".modinfo"), used)) = "alias=${alias}";`,
    )
    const aliased = await builtHello(join(scratch, 'aliased'), (code) => `${code}${lines.join('\n')}\n`)
    takeToDesk(system, await makePackage(aliased), 'aliased.deb')
    await run(`${dpkg} -i /mnt/aliased.deb`)
    const stated = await run(`dpkg-query -W -f '\${Modaliases}' ${name}`)
    const [, listed = ''] = /^hello\((.*)\)$/.exec(stated) ?? []
    const installed = (await run(`modinfo -k ${toyRelease} -F alias hello`)).trim().split('\n')
    expect(listed.split(', ').sort()).toEqual(installed.sort())
    expect(installed.sort()).toEqual(aliases.sort())
    await run(`${dpkg} -P ${name}`)
  })

  it('says so when DKMS has put the same modules there', async () => {
    const source = writeHello(join(scratch, 'hello'), '1.0')
    const made = await mustRun(programFile.here, ['mkdeb', source, '--output', scratch])
    takeToDesk(system, wrote(made)[0] ?? '', 'dkms.deb')
    takeToDesk(system, await makePackage(), 'modules.deb')
    await run(`cp -r /mnt/headers /lib/modules/${toyRelease}/build && ${dpkg} -i /mnt/dkms.deb`)
    const output = await run(`${dpkg} -i /mnt/modules.deb`)
    expect(output).toContain(`${name}: DKMS has installed modules of hello for kernel ${toyRelease}, too`)
  })

  it.skipIf(lacks('dpkg-buildpackage', 'dh'))(
    'are brought by source packages, too, to the packages built from them (needs debhelper)',
    async () => {
      mkdirSync(join(scratch, 'dsc/built'), { recursive: true })
      const words = ['hello/1.0', '-k', `${toyRelease}/x86_64`, '--output', join(scratch, 'dsc')]
      for (const verb of ['mkdeb', 'mkdsc']) expect((await runWithOptions(world, [verb, ...words])).status).toBe(0)
      await mustRun('dpkg-source', [
        '--no-check',
        '-x',
        join(scratch, 'dsc/hello-dkms_1.0.dsc'),
        join(scratch, 'dsc/built/tree'),
      ])
      await mustRun('dpkg-buildpackage', ['-us', '-uc'], { cwd: join(scratch, 'dsc/built/tree') })
      const tarball = async (deb: string): Promise<string> =>
        await mustRun(
          'sh',
          ['-c', `dpkg-deb --fsys-tarfile ${deb} | tar xO ./usr/share/hello-dkms/hello-1.0.dkms.tar.gz | sha256sum`],
          { cwd: join(scratch, 'dsc') },
        )
      expect(await tarball('built/hello-dkms_1.0_all.deb')).toBe(await tarball('hello-dkms_1.0_all.deb'))
      expect(await mustRun('dpkg-deb', ['-c', join(scratch, 'dsc/hello-dkms_1.0_all.deb')])).toContain(
        'hello-1.0.dkms.tar.gz',
      )
    },
  )

  it.skipIf(lacks('lintian'))('leaves lintian without a complaint (needs lintian)', async () => {
    const output = await mustRun('lintian', ['--allow-root', await makePackage()])
    expect(output).toBe('')
  })
})

const tools = ['dpkg-buildpackage', 'dh', 'fakeroot'].filter((tool) => lacks(tool))
const why = tools.length > 0 ? `${tools.join(', ')} is not installed` : undefined

describe.skipIf(why !== undefined)(`templates of users ${why ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'deb-templates-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  /** In the form of DKMS 2.x: debian/ and a Makefile beside it. */
  function writeTemplate(directory: string, install: string): void {
    const files: Readonly<Record<string, string>> = {
      // The first target is what debhelper builds; only the second gets a DESTDIR.
      Makefile: `all:\n\ninstall:\n\ttest -n "$(DESTDIR)"\n${install}`,
      'debian/control': `Source: DEBIAN_PACKAGE-dkms
Section: kernel
Priority: optional
Maintainer: Ann Author <ann@example.org>
Standards-Version: 4.6.2

Package: DEBIAN_PACKAGE-dkms
Architecture: DEBIAN_BUILD_ARCH
Description: MODULE_NAME in its version MODULE_VERSION
 As the vendor wants it.
`,
      'debian/changelog': `DEBIAN_PACKAGE-dkms (MODULE_VERSION) stable; urgency=low

  * Packaged.

 -- Ann Author <ann@example.org>  DATE_STAMP
`,
      'debian/rules': `#!/usr/bin/make -f
%:
\tdh $@
override_dh_auto_install:
\t$(MAKE) install DESTDIR=$(CURDIR)/debian/DEBIAN_PACKAGE-dkms
`,
      'debian/compat': '10\n',
    }
    for (const [name, text] of Object.entries(files)) putFile(join(directory, name), text)
  }

  const copies =
    '\tmkdir -p $(DESTDIR)/usr/src $(DESTDIR)/opt\n\tcp -r a_b-1.0 $(DESTDIR)/usr/src/\n\tcp common.postinst $(DESTDIR)/opt/\n'

  it('beside the source make the package, with the words of DKMS 2.x replaced', async () => {
    const source = join(scratch, 'source')
    writeHello(source, '1.0')
    putFile(join(source, 'dkms.conf'), readFileSync(join(source, 'dkms.conf'), 'utf8').replace('"hello"', '"a_b"'))
    writeTemplate(join(source, 'a_b-dkms-mkdeb'), copies)
    mkdirSync(join(scratch, 'out'))
    const env = { SOURCE_DATE_EPOCH: '1700000000' }
    const stdout = await mustRun(programFile.here, ['mkdeb', source, '--output', join(scratch, 'out')], { env })
    const [deb = ''] = wrote(stdout)
    expect(deb).toBe(join(scratch, 'out/a-b-dkms_1.0_all.deb'))
    expect(await mustRun('dpkg-deb', ['-f', deb, 'Description'])).toMatch(/^a_b in its version 1\.0\n/)
    const members = await mustRun('dpkg-deb', ['-c', deb])
    expect(members).toContain('./usr/src/a_b-1.0/hello.c')
    expect(members).toContain('./opt/common.postinst')
  })

  it('in /etc/dkms make the source package, signed to the last sum', async () => {
    const source = join(scratch, 'plain')
    writeHello(source, '1.0')
    const etc = join(scratch, 'etc')
    writeTemplate(join(etc, 'template-dkms-mkdsc'), copies)
    const output = join(scratch, 'dsc')
    const home = join(scratch, 'gnupg')
    mkdirSync(home, { mode: 0o700 })
    const gpg = ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', '']
    await mustRun('gpg', [...gpg, '--quick-generate-key', 'Ann Author <ann@example.org>', 'ed25519', 'sign'])
    const words = ['mkdsc', source, '--etc', etc, '--output', output, '--sign-key', 'ann@example.org']
    const made = wrote(await mustRun(programFile.here, words, { env: { GNUPGHOME: home } }))
    await mustRun('gpgconf', ['--homedir', home, '--kill', 'all'])
    expect(made.map((path) => path.slice(output.length + 1))).toEqual([
      'hello-dkms_1.0.tar.gz',
      'hello-dkms_1.0.dsc',
      'hello-dkms_1.0_source.changes',
    ])
    for (const file of made.slice(1)) await mustRun('gpg', [...gpg, '--verify', file])
    const changes = readFileSync(made[2] ?? '', 'utf8')
    const sum = (await mustRun('sha256sum', [made[1] ?? ''])).split(' ')[0] ?? 'none'
    expect(changes).toContain(sum)
  })

  it('that cannot be built end with the status of DKMS 2.x and what dpkg-buildpackage said', async () => {
    const source = join(scratch, 'broken')
    writeHello(source, '1.0')
    writeTemplate(join(source, 'hello-dkms-mkdeb'), '\tfalse\n')
    const run = await mustRun('sh', [
      '-c',
      '"$0" mkdeb "$1" --output "$1" 2>&1; echo "status $?"',
      programFile.here,
      source,
    ])
    expect(run).toMatch(/status 7\n$/)
    expect(run).toContain('dpkg-buildpackage could not make the packages of hello/1.0')
  })

  it('are refused, with the name of what is missing, where the tools are not installed', async () => {
    const source = join(scratch, 'broken')
    const env = { PATH: join(scratch, 'nowhere') }
    const run = await mustRun(
      '/bin/sh',
      ['-c', '"$0" mkdeb "$1" --output "$1" 2>&1; echo "status $?"', programFile.here, source],
      { env },
    ).catch(String)
    expect(run).toMatch(/the program dpkg-buildpackage is not installed[\s\S]*dpkg-dev[\s\S]*status 4\n$/)
  })
})
