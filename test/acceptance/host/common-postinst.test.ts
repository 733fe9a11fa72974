/** The distribution's common.postinst and ours on the same hosts: the same calls of dkms, apart from a list of reasons. */
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postinstArguments, postinstCases, prepareHost } from '../../unit/host/common-postinst-cases.ts'
import { createHostRoot, type HostRoot, skipBecause, whyNoChroot } from '../../unit/host/host-root.ts'

const theirs = '/usr/lib/dkms/common.postinst'
/** The release the reasons in the table are about. */
const release = '3.0.10'
const version =
  spawnSync('dpkg-query', ['--show', '--showformat=${Version}', 'dkms'], { encoding: 'utf8' }).stdout ?? ''
const reason = version.startsWith(release) ? whyNoChroot() : `Debian's package of dkms ${release} is not installed`

/** Their option order and spelling differ; what is asked for is action, package, kernel and architecture. */
function meaning(call: string): string {
  const words = call.split(' ')
  const value = (flag: string) => (words.includes(flag) ? ` ${flag} ${words[words.indexOf(flag) + 1]}` : '')
  return `${words[0]}${value('-m')}${value('-v')}${value('-k')}${value('-a')}${words.includes('--all') ? ' --all' : ''}`
}

describe(`common.postinst beside the distribution's`, () => {
  skipBecause(reason)

  let root: HostRoot
  beforeAll(() => {
    root = createHostRoot()
    if (reason === undefined) copyFileSync(theirs, join(root.path, 'usr/lib/dkms/theirs.postinst'))
  })
  beforeEach(() => root.reset())
  afterAll(() => root[Symbol.dispose]())

  it.each(postinstCases)('$title', (one) => {
    const answers = ['common', 'theirs'].map((script) => {
      root.reset()
      prepareHost(root, one)
      const ran = root.run(`/usr/lib/dkms/${script}.postinst`, ...postinstArguments(one))
      if (script === 'theirs') expect(ran.stderr).not.toMatch(/command not found|: not found/)
      return { status: ran.status, calls: ran.calls.map(meaning).toSorted() }
    })
    // A difference that is gone is reported too: its reason would be wrong.
    if (one.unlike === undefined) expect(answers[0]).toEqual(answers[1])
    else expect(answers[0], one.unlike).not.toEqual(answers[1])
  })
})
