import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { collectPackage } from '../../../../src/packaging/driverdisk/collect.ts'
import { describeDeb, describeRpm } from '../../../../src/packaging/driverdisk/describe-packages.ts'
import { layoutDisk } from '../../../../src/packaging/driverdisk/layout/layout.ts'
import { type DiskContent, type DiskFile, diskFormats } from '../../../../src/packaging/driverdisk/model.ts'
import { diskModule, el9, jammy, planOf, render, sle } from './parts.ts'
import { rooms } from './rooms.ts'

const root = absolutePath(mkdtempSync(join(tmpdir(), 'layout-test-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const texts = { description: 'A driver that says hello.', license: 'GPL-2.0-only' }
const kernels = [
  ...[el9, sle, jammy].map((release) => ({ release, arch: 'x86_64' })),
  { release: '5.14.21-150500.53-default', arch: 'aarch64' },
].map((kernel) => ({
  kernel,
  modules: [
    diskModule(root, 'hello-core', kernel.release, { depends: 'mii' }),
    diskModule(root, 'hello', kernel.release, { depends: 'hello_core' }),
  ],
}))
const packages = (
  await Promise.all(
    kernels.slice(0, 3).map(async (one) => {
      const origin = { ...planOf([]), texts }
      return [
        await collectPackage(await rooms.writeRpm(describeRpm(origin, one, render), root), rooms),
        await collectPackage(await rooms.writeDeb(describeDeb(origin, one, render), root), rooms),
      ]
    }),
  )
).flat()
const plan = planOf(kernels, {
  packages,
  release: '10.0',
  suseTags: ['sles15', 'sled15', 'leap15.5'],
  injection: [{ distributor: 'Ubuntu', codename: 'Trusty' }],
})

/** The layout as a person reviews it. Digests of packages change with every byte of the writers, so they are left out. */
function rendered(files: readonly DiskFile[]): string {
  return files
    .map((file) =>
      file.kind === 'symlink'
        ? `${file.path} -> ${file.target}`
        : `${file.path}${file.executable ? '*' : ''}${contentOf(file.path, file.content)}`,
    )
    .join('\n')
    .concat('\n')
}

function contentOf(path: string, content: DiskContent): string {
  if ('archive' in content)
    return indented([`${content.archive}:`, ...content.members.map((member) => member.path)].join('\n'))
  if ('text' in content && !path.includes('repodata/'))
    return indented(content.text.trimEnd().replace(/^UpdateID: .*$/m, 'UpdateID: ...'))
  return 'from' in content ? ` = ${basename(content.from)}` : ''
}

function indented(text: string): string {
  return `\n${text.replaceAll(/^/gm, '  | ')}`
}

describe('the layout', () => {
  it.each(diskFormats.filter((format) => format !== 'redhat1'))('of %s is as reviewed', async (format) => {
    const files = await layoutDisk([format], plan, render)
    await expect(rendered(files)).toMatchFileSnapshot(`../../../golden/driverdisk/layout-${format}.txt`)
  })

  it('of redhat1 is as reviewed', async () => {
    const files = await layoutDisk(['redhat1'], { ...plan, kernels: kernels.slice(0, 3) }, render)
    await expect(rendered(files)).toMatchFileSnapshot('../../../golden/driverdisk/layout-redhat1.txt')
  })

  it('of several formats is one root, and that of universal has for each installer what can be of use to it', async () => {
    const universal = await layoutDisk(['universal'], plan, render)
    const several = await layoutDisk(['debian', 'ubuntu', 'dud', 'redhat3'], plan, render)
    const paths = several.map(({ path }) => path)
    expect(universal.map(({ path }) => path).filter((path) => !paths.includes(path))).toEqual([])
    const packaged = universal.flatMap(({ path }) => (/\.(?:rpm|deb)$/.test(path) ? [path] : []))
    expect(packaged.map((path) => [path.split('/', 1)[0], /el9|default|generic/.exec(path)?.[0]])).toEqual([
      ['linux', 'default'],
      ['rpms', 'el9'],
      ['ubuntu-drivers', 'generic'],
      ['ubuntu-drivers', 'generic'],
    ])
  })

  it('of a 32-bit disk has the directories of RHEL 6 and of RHEL 7', async () => {
    const [kernel] = kernels
    const one = { ...kernel!, kernel: { release: '2.6.32-754.el6.i686', arch: 'i686' } }
    const path = await rooms.writeRpm(describeRpm({ ...planOf([]), texts }, one, render), root)
    const files = await layoutDisk(
      ['redhat3'],
      planOf([one], { packages: [await collectPackage(path, rooms)] }),
      render,
    )
    const directories = new Set(files.map((file) => file.path.split('/').slice(0, 2).join('/')))
    expect([...directories]).toEqual(['rhdd3', 'rpms/i386', 'rpms/i686'])
  })

  it('puts the number before linux/ when there is one', async () => {
    const files = await layoutDisk(['dud'], { ...plan, suseNumber: 7 }, render)
    expect(files.every(({ path }) => path.startsWith('07/linux/suse/'))).toBe(true)
  })

  it.each([
    ['no kernel of the format', ['redhat3'], { packages: [] }],
    ['no format', [], {}],
    ['no Debian package', ['ubuntu'], { packages: [] }],
    ['a release that cannot stand in a path', ['suse'], { release: '../x' }],
  ] as const)('is refused for %s', async (_, formats, more) => {
    await expect(layoutDisk(formats, { ...plan, ...more }, render)).rejects.toMatchObject({
      code: 'DISK_REFUSED',
    })
  })
})
