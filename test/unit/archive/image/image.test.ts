import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImageEntry, type ImageMedium, imageMedia } from '../../../../src/archive/image/model.ts'
import { openImage } from '../../../../src/archive/image/read.ts'
import { writeImage } from '../../../../src/archive/image/write.ts'
import { type AbsolutePath, absolutePath, below } from '../../../../src/domain.ts'

let root: AbsolutePath
beforeAll(() => {
  root = absolutePath(mkdtempSync(join(tmpdir(), 'image-test-')))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const time = 1_600_000_000
const large = randomBytes(700_001)

function source(): AbsolutePath {
  const path = below(root, 'module.ko')
  if (!existsSync(path)) writeFileSync(path, large)
  return path
}

function entries(): ImageEntry[] {
  return [
    { kind: 'file', path: 'rhdd3', executable: false, content: { text: 'a disk\n' } },
    {
      kind: 'file',
      path: 'rpms/x86_64/kmod-a-long-name-indeed-6.1.0_56_amd64-1.0-1.x86_64.rpm',
      executable: false,
      content: { from: source(), bytes: large.length },
    },
    {
      kind: 'file',
      path: 'linux/suse/x86_64-sles15/install/update.post',
      executable: true,
      content: { data: Buffer.from('#!/bin/sh\n') },
    },
    { kind: 'directory', path: 'linux/suse/x86_64-sles15/inst-sys' },
    { kind: 'file', path: 'empty', executable: false, content: { text: '' } },
    ...Array.from(
      { length: 40 },
      (_, index): ImageEntry => ({
        kind: 'file',
        path: `many/file-${index}`,
        executable: false,
        content: { text: `${index}` },
      }),
    ),
  ]
}

const link: ImageEntry = { kind: 'symlink', path: 'linux/suse/x86_64-leap15.6', target: 'x86_64-sles15' }

function request(medium: ImageMedium, name: string, more: Partial<Parameters<typeof writeImage>[0]> = {}) {
  return {
    medium,
    entries: [...entries(), link],
    label: 'OEMDRV',
    time,
    destination: below(root, name),
    tmp: root,
    ...more,
  }
}

function expected(medium: ImageMedium): Record<string, string> {
  const files = Object.fromEntries(
    entries().flatMap((entry) => {
      if (entry.kind !== 'file') return []
      const { content } = entry
      const bytes = 'text' in content ? Buffer.from(content.text) : 'data' in content ? content.data : large
      return [[entry.path, sha256(bytes)]]
    }),
  )
  const isFat = medium === 'fat' || medium === 'floppy'
  if (isFat) files['linux/suse/x86_64-leap15.6/install/update.post'] = sha256(Buffer.from('#!/bin/sh\n'))
  return files
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** By programs that had no part in making the image. */
function unpack(medium: ImageMedium, image: string): string {
  const into = mkdtempSync(join(root, 'out-'))
  switch (medium) {
    case 'iso':
      execFileSync('xorriso', ['-osirrox', 'on', '-indev', image, '-extract', '/', into], { stdio: 'ignore' })
      execFileSync('chmod', ['-R', 'u+w', into])
      break
    case 'tar':
    case 'cpio':
      execFileSync('bsdtar', ['-xf', image, '-C', into])
      break
    case 'ext2':
      execFileSync('debugfs', ['-R', `rdump / ${into}`, image], { stdio: 'ignore' })
      break
    case 'fat':
    case 'floppy':
      execFileSync('mcopy', ['-s', '-n', '-i', image, '::/', `${into}/`], { stdio: 'ignore' })
  }
  return into
}

function filesBelow(directory: string, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) return Object.entries(filesBelow(path, `${prefix}${entry.name}/`))
      return entry.isFile() ? [[`${prefix}${entry.name}`, sha256(readFileSync(path))] as const] : []
    }),
  )
}

const first = new Map<ImageMedium, string>()
beforeAll(async () => {
  for (const medium of imageMedia) first.set(medium, (await writeImage(request(medium, `first.${medium}`))).sha256)
  // Some file systems keep whole seconds, FAT every other one: a time that leaks must have changed.
  await new Promise((resolve) => setTimeout(resolve, 2100))
})

describe.each(imageMedia)('a %s image', (medium) => {
  it('holds what it was given, as other programs unpack it', async () => {
    const made = request(medium, `unpack.${medium}`)
    await writeImage(made)
    const out = unpack(medium, made.destination)
    expect(filesBelow(out)).toEqual(expected(medium))
    expect(statSync(join(out, 'linux/suse/x86_64-sles15/inst-sys')).isDirectory()).toBe(true)
    if (medium !== 'fat' && medium !== 'floppy') {
      expect(readFileSync(join(out, 'linux/suse/x86_64-leap15.6/install/update.post'), 'utf8')).toBe('#!/bin/sh\n')
      expect(statSync(join(out, 'linux/suse/x86_64-sles15/install/update.post')).mode & 0o100).toBe(0o100)
    }
  })

  it('is the same whatever the clock, order, umask, time zone and times of its files', async () => {
    const before = { umask: process.umask(0o022), zone: process.env['TZ'] }
    try {
      process.umask(0o077)
      process.env['TZ'] = 'Asia/Kathmandu'
      utimesSync(source(), 1, 1)
      chmodSync(source(), 0o600)
      const reversed = [...entries(), link].reverse()
      const second = await writeImage(request(medium, `same2.${medium}`, { entries: reversed }))
      expect(second.sha256).toBe(first.get(medium))
    } finally {
      process.umask(before.umask)
      if (before.zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = before.zone
    }
  })

  it('is read back without root, as what it is', async () => {
    const made = request(medium, `read.${medium}`)
    await writeImage(made)
    using image = await openImage(made.destination, root)
    const hasLabel = medium !== 'tar' && medium !== 'cpio'
    expect(image.container).toMatchObject({
      kind: medium === 'floppy' ? 'fat' : medium,
      compression: 'none',
      ...(hasLabel ? { label: 'OEMDRV' } : {}),
    })
    expect(image.container.missingBytes).toBeUndefined()
    const found = [...image.nodes].flatMap(([path, node]) =>
      node.kind === 'file' ? [[path, sha256(readFileSync(node.copy))]] : [],
    )
    expect(Object.fromEntries(found)).toEqual(expected(medium))
  })
})

describe('writeImage', () => {
  it.each([
    'floppy',
    'fat',
    'ext2',
  ] as const)('refuses what does not fit on a %s image of a given size, and writes nothing', async (medium) => {
    const made = request(medium, `full.${medium}`, { size: 400 })
    await expect(writeImage(made)).rejects.toMatchObject({ code: 'IMAGE_FULL' })
    expect(existsSync(made.destination)).toBe(false)
  })

  it.each(['fat', 'ext2'] as const)('makes a %s image as large as it must be', async (medium) => {
    const big = below(root, 'big')
    for (const size of [0, 1_000_000, 17_000_000, 40_000_000]) {
      writeFileSync(big, '')
      truncateSync(big, size)
      const entry: ImageEntry = { kind: 'file', path: 'a/big', executable: false, content: { from: big, bytes: size } }
      const { bytes } = await writeImage(request(medium, `auto.${medium}`, { entries: [entry] }))
      expect(bytes).toBeGreaterThan(size)
      expect(bytes).toBeLessThan(size * 1.1 + 400_000)
    }
  })

  it.each([
    ['a name that leads out', [{ kind: 'directory', path: '../x' }]],
    [
      'two files of one name',
      [
        { kind: 'file', path: 'a', executable: false, content: { text: '1' } },
        { kind: 'file', path: 'a', executable: false, content: { text: '2' } },
      ],
    ],
    [
      'names that FAT cannot tell apart',
      [
        { kind: 'directory', path: 'a' },
        { kind: 'directory', path: 'A' },
      ],
    ],
    ['a link to nothing', [{ kind: 'symlink', path: 'a', target: 'b' }]],
    ['a link to the directory it is in', [{ kind: 'symlink', path: 'd/a', target: '../d' }]],
  ] as [string, ImageEntry[]][])('refuses %s', async (_, bad) => {
    await expect(writeImage(request('fat', 'bad.img', { entries: bad }))).rejects.toMatchObject({
      code: 'IMAGE_REFUSED',
    })
  })

  it.each(['oemdrv', '', 'TWELVE-CHARS'])('refuses the label %j', async (label) => {
    await expect(writeImage(request('iso', 'bad.iso', { label }))).rejects.toMatchObject({ code: 'IMAGE_REFUSED' })
  })

  it('makes a tar archive in ustar format, which linuxrc takes', async () => {
    const made = request('tar', 'format.tar')
    await writeImage(made)
    expect(readFileSync(made.destination).toString('latin1', 257, 265)).toBe('ustar\x0000')
  })

  it('names the package of a program that is missing', async () => {
    const path = process.env['PATH']
    try {
      process.env['PATH'] = join(root, 'nowhere')
      mkdirSync(join(root, 'nowhere'), { recursive: true })
      await expect(writeImage(request('iso', 'no.iso'))).rejects.toMatchObject({
        code: 'TOOL_MISSING',
        hint: expect.stringContaining('xorriso'),
      })
    } finally {
      process.env['PATH'] = path
    }
  })
})

describe('openImage', () => {
  it('tells a cut-off file system', async () => {
    const made = request('iso', 'cut.iso')
    const { bytes } = await writeImage(made)
    truncateSync(made.destination, bytes - 100_000)
    using image = await openImage(made.destination, root)
    expect(image.container.missingBytes).toBe(100_000)
  })

  it.each([
    ['newc', 'newc'],
    ['crc', 'crc'],
    ['odc', 'odc'],
    ['bin', 'binary'],
  ])('tells cpio archives of the format %s', async (format, variant) => {
    const path = below(root, `x.${format}`)
    writeFileSync(
      path,
      execFileSync('cpio', ['-o', '-H', format, '--quiet'], { cwd: root, input: 'module.ko\n', maxBuffer: 1e7 }),
    )
    using image = await openImage(path, root)
    expect(image.container).toEqual({ kind: 'cpio', variant, compression: 'none' })
    if (variant === 'newc' || variant === 'crc') expect([...image.nodes.keys()]).toEqual(['module.ko'])
  })

  it.each([
    ['gnu', 'gnu'],
    ['ustar', 'ustar'],
    ['pax', 'ustar'],
    ['v7', 'v7'],
  ])('tells tar archives of the format %s, compressed', async (format, variant) => {
    const path = below(root, `x.${format}.tar.xz`)
    execFileSync('tar', [`--format=${format}`, '-cJf', path, '-C', root, 'module.ko'])
    using image = await openImage(path, root)
    expect(image.container).toEqual({ kind: 'tar', variant, compression: 'xz' })
    expect(image.nodes.get('module.ko')).toMatchObject({ kind: 'file', bytes: large.length })
  })

  it('opens what it does not know as unknown', async () => {
    const path = below(root, 'text')
    writeFileSync(path, 'nothing of the kind')
    using image = await openImage(path, root)
    expect(image.container.kind).toBe('unknown')
  })
})
