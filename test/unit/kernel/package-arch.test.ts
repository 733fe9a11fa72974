import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { detectDistro } from '../../../src/distro/detect.ts'
import { archOfOwners, packagedArch } from '../../../src/kernel/package-arch.ts'
import { writeRpm } from '../../../src/packaging/rpm/format/write.ts'
import { attempt, lacks, scratchDirectory } from '../packaging/rpm/format/rpm-tools.ts'

describe('the architecture of a kernel, from what rpm answers', () => {
  it.each([
    ['one package', 'kernel x86_64\n', 'x86_64'],
    ['the first of several', 'kernel-core i686\nkernel-modules x86_64\n', 'i686'],
    ['the first that is called after the kernel', 'kmod-hello noarch\nkernel-PAE i686\n', 'i686'],
    ['one that uname names differently', 'kernel armv7hl\n', 'armv7l'],
    ['none for all architectures', 'kernel noarch\n', undefined],
    ['no kernel', 'filesystem x86_64\n', undefined],
    ['no owner', 'file /lib/modules/x is not owned by any package\n', undefined],
    ['nothing', '', undefined],
  ])('is that of %s', (_what, answer, arch) => {
    expect(archOfOwners(answer)).toBe(arch)
  })

  it.each([
    ['fedora', true],
    ['rhel', true],
    ['sles', true],
    ['mageia', true],
    ['debian', false],
    ['ubuntu', false],
    ['arch', false],
    ['gentoo', false],
  ])('is asked for on %s: %s', (id, asked) => {
    expect(detectDistro(`ID=${id}\n`).archQuery !== undefined).toBe(asked)
  })
})

describe.skipIf(lacks('rpm'))('a kernel that a package brought (needs rpm)', () => {
  const scratch = scratchDirectory('package-arch')
  const owned = join(scratch, 'lib/modules/5.1.0-1.el9.i686')
  const database = join(scratch, 'rpmdb')
  const [program, ...options] = detectDistro('ID=fedora\n').archQuery ?? ['rpm']
  const query = [program, '--dbpath', database, ...options] as const

  beforeAll(async () => {
    mkdirSync(owned, { recursive: true })
    const path = join(scratch, 'kernel.rpm')
    await writeRpm(
      {
        kind: 'binary',
        name: 'kernel-PAE',
        version: '5.1.0',
        release: '1.el9',
        arch: 'i686',
        summary: 'A kernel',
        description: 'A kernel.',
        license: 'GPL-2.0-only',
        buildHost: 'reproducible',
        buildTime: 1_700_000_000,
        entries: [{ kind: 'directory', path: owned, mode: 0o755, mtime: 1_700_000_000 }],
        relations: {},
      },
      path,
    )
    const how = ['-i', '--justdb', '--nodeps', '--ignorearch', '--ignoreos']
    const { status, output } = attempt('rpm', '--dbpath', database, ...how, path)
    if (status !== 0) throw new Error(output)
  })

  it('has the architecture of the package', async () => {
    expect(await packagedArch(query, owned)).toBe('i686')
  })

  it('has none that is known when nobody owns its directory, there is none, or there is no rpm', async () => {
    const other = join(scratch, 'lib/modules/other')
    mkdirSync(other)
    expect(await packagedArch(query, other)).toBeUndefined()
    expect(await packagedArch(query, join(scratch, 'nothing'))).toBeUndefined()
    expect(await packagedArch(['no-such-rpm'], owned)).toBeUndefined()
  })
})
