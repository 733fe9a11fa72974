import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { imageMedia } from '../../../../src/archive/image/model.ts'
import { because, nobodyImpossible } from '../../../support/as-nobody.ts'

const noUser = nobodyImpossible()

it.skipIf(noUser !== undefined)(`images are the same bytes when an ordinary user makes them${because(noUser)}`, () => {
  const [own, others] = [0, 65_534].map((user) => {
    const directory = mkdtempSync(join(tmpdir(), 'image-user-'))
    chmodSync(directory, 0o777)
    const script = join(import.meta.dirname, 'write-as-user.ts')
    const identity = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups']
    execFileSync('setpriv', [...identity, process.execPath, script, directory], {
      env: { PATH: '/usr/bin:/bin', TZ: user === 0 ? 'UTC' : 'Asia/Tokyo' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const images = imageMedia.map((medium) => readFileSync(join(directory, medium)).toString('base64'))
    rmSync(directory, { recursive: true })
    return images
  })
  expect(imageMedia.filter((_, index) => own?.[index] !== others?.[index])).toEqual([])
})
