import { describe, expect, it } from 'vitest'
import { type Claims, headingAnchors, wrongClaims } from '../../../scripts/check-docs.ts'

const claims: Claims = {
  exists: (path) => ['README.md', 'docs/errors.md', 'src/cli/main.ts', 'src/cli'].includes(path),
  headings: () => new Set(['exit-status']),
  isMakeTarget: (name) => name === 'demo',
  isAction: (name) => name === 'status',
}

describe('documents', () => {
  it.each([
    ['a link to a file', 'see [errors](docs/errors.md)', []],
    ['a link to a heading', 'see [errors](docs/errors.md#exit-status)', []],
    ['a link to the web', 'see [dkms](https://github.com/dell/dkms)', []],
    ['a link to nothing', 'see [errors](docs/error.md)', ['1: the link docs/error.md leads nowhere']],
    ['a link to no heading', '[x](docs/errors.md#codes)', ['1: no heading for docs/errors.md#codes']],
    ['a heading of its own', '[x](#exit-status)', []],
    ['a target', 'run `make demo`', []],
    ['a missing target', 'run `sudo make install`', ['1: the Makefile has no target install']],
    ['a target in prose', 'make sure', []],
    ['an action', '`bin/dkms-factory status -k 6.1`', []],
    ['a missing action', '`dkms-factory mkrpm foo/1`', ['1: dkms-factory has no action mkrpm']],
    ['a path', '`src/cli/main.ts` and `src/cli`', []],
    ['a missing path', '`src/cli/nain.ts`', ['1: src/cli/nain.ts does not exist']],
    ['a fenced block', '```sh\nmake demo\nmake nothing\n```\nmake nothing', ['3: the Makefile has no target nothing']],
  ])('with %s are checked', (_, text, expected) => {
    expect(wrongClaims('README.md', text, claims)).toEqual(expected)
  })

  it('resolve links from where they stand', () => {
    expect(wrongClaims('docs/a.md', '[a](../README.md) [b](errors.md) [c](docs/errors.md)', claims)).toEqual([
      '1: the link docs/errors.md leads nowhere',
    ])
  })

  it('have the anchors that GitHub gives headings', () => {
    expect(headingAnchors('# Exit status\ntext\n## `status`, and more: all\n')).toEqual(
      new Set(['exit-status', 'status-and-more-all']),
    )
  })
})
