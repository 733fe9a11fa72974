import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { postinstArguments, postinstCases, prepareHost } from './common-postinst-cases.ts'
import { createHostRoot, type HostRoot, skipBecause, whyNoChroot } from './host-root.ts'

describe('common.postinst', () => {
  skipBecause(whyNoChroot())
  let root: HostRoot
  beforeAll(() => {
    root = createHostRoot()
  })
  beforeEach(() => root.reset())
  afterAll(() => root[Symbol.dispose]())

  it.each(postinstCases)('$title', (one) => {
    prepareHost(root, one)
    const ran = root.run('/usr/lib/dkms/common.postinst', ...postinstArguments(one))
    expect(ran.calls.map((call) => call.replace(' -m m -v 1.0', ''))).toEqual(one.calls)
    if (one.says !== undefined) expect(ran.stdout + ran.stderr).toMatch(one.says)
    expect(ran.status).toBe(one.status)
  })

  it('does nothing for a kernel that has the module installed already', () => {
    prepareHost(root, { title: '', kernels: { '6.1.0-2-amd64': 'headers' }, status: 0, calls: [] })
    root.write('fake/installed/6.1.0-2-amd64', '')
    expect(root.run('/usr/lib/dkms/common.postinst', 'm', '1.0', '').calls).toEqual(['add -m m -v 1.0'])
  })

  it('says nothing that shells print about mistakes in scripts', () => {
    for (const one of postinstCases) {
      root.reset()
      prepareHost(root, one)
      const { stderr } = root.run('/usr/lib/dkms/common.postinst', ...postinstArguments(one))
      expect(stderr, one.title).not.toMatch(/not found|parameter not set|syntax|No such file|common\.postinst: \d+/i)
    }
  })
})
