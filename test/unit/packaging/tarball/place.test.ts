import { describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { type PlaceRequest, tarballPlace } from '../../../../src/packaging/tarball/place.ts'

const base: PlaceRequest = {
  package: { name: 'foo', version: '1.0' },
  mode: 'full',
  kernels: [{ release: '6.1.0-56-amd64', arch: 'x86_64' }],
  tarballDir: absolutePath('/tree/foo/1.0/tarball'),
  workingDirectory: () => absolutePath('/home/me'),
}
const long = { release: `6.1-${'x'.repeat(183)}`, arch: 'x86_64' }
const shorter = { release: `6.1-${'x'.repeat(182)}`, arch: 'x86_64' }

describe('the name of a tarball', () => {
  it.each<[string, Partial<PlaceRequest>, string]>([
    ['names its kernel', {}, 'foo-1.0-kernel6.1.0-56-amd64-x86_64.dkms.tar.gz'],
    [
      'names its kernels in the order they were asked for',
      {
        kernels: [
          { release: '6.9', arch: 'x86_64' },
          { release: '6.1', arch: 'aarch64' },
        ],
      },
      'foo-1.0-kernel6.9-x86_64-kernel6.1-aarch64.dkms.tar.gz',
    ],
    ['is the same without the source', { mode: 'binaries-only' }, 'foo-1.0-kernel6.1.0-56-amd64-x86_64.dkms.tar.gz'],
    ['says when only the source is in it', { mode: 'source-only', kernels: [] }, 'foo-1.0-source-only.dkms.tar.gz'],
    [
      'lists kernels up to 199 characters',
      { kernels: [shorter] },
      `foo-1.0-kernel${shorter.release}-x86_64.dkms.tar.gz`,
    ],
    ['lists no kernels from 200 characters on', { kernels: [long] }, 'foo-1.0-manykernels.dkms.tar.gz'],
    ['is the default when --archive is empty', { archive: '' }, 'foo-1.0-kernel6.1.0-56-amd64-x86_64.dkms.tar.gz'],
  ])('%s', (_, change, fileName) => {
    expect(tarballPlace({ ...base, ...change })).toEqual({
      directory: '/tree/foo/1.0/tarball',
      fileName,
      compression: 'gzip',
    })
  })
})

describe('--archive', () => {
  it.each([
    ['a.tar.xz', '/tree/foo/1.0/tarball', 'a.tar.xz', 'xz'],
    ['./a.tar', '/home/me', 'a.tar', 'none'],
    ['out/deep/a.tar.zst', '/home/me/out/deep', 'a.tar.zst', 'zstd'],
    ['../a.tbz2', '/home', 'a.tbz2', 'bzip2'],
    ['/srv/a.tgz', '/srv', 'a.tgz', 'gzip'],
    ['/a.tgz', '/', 'a.tgz', 'gzip'],
  ])('%s goes to %s', (archive, directory, fileName, compression) => {
    expect(tarballPlace({ ...base, archive })).toEqual({ directory, fileName, compression })
  })

  it.each(['out/', '/', 'a.zip', 'a', 'out.tar/a'])('%s is refused', (archive) => {
    expect(() => tarballPlace({ ...base, archive })).toThrowError(expect.objectContaining({ code: 'USAGE' }))
  })

  it('length of the list counts, not that of the name', () => {
    expect('kernel'.length + long.release.length + '-x86_64'.length).toBe(200)
  })
})
