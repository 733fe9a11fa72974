import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { install } from '../../../../src/runtime/install/install.ts'
import { firstInstallFailure } from '../../../../src/runtime/install/model.ts'
import { uninstall } from '../../../../src/runtime/install/uninstall.ts'
import { loadTree } from '../../../../src/tree/load.ts'

import { first, syntheticTree } from '../../tree/synthetic-tree.ts'
import { exactListing } from './exact-listing.ts'
import { addBuilt, installRequest, moduleFile, uninstallRequest } from './modules.ts'

const directories = [
  'kernel/drivers/misc',
  'kernel/net',
  'extra',
  'extra/deep',
  'updates',
  'updates/dkms',
  'weak-updates',
]
const suffixes = ['.ko', '.ko.gz', '.ko.xz', '.ko.zst']

const installTree = fc.uniqueArray(
  fc.record({
    directory: fc.constantFrom(...directories),
    module: fc.constantFrom('foo', 'bar', 'other'),
    suffix: fc.constantFrom(...suffixes),
    content: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 9 }),
      fc.constantFrom('0.1', '1.0', '9').map((version) => moduleFile({ version, salt: 'theirs' })),
    ),
  }),
  { selector: ({ directory, module, suffix }) => `${directory}/${module}${suffix}`, maxLength: 12 },
)

const packages = fc.record({
  modules: fc.subarray(['foo', 'bar', 'third'], { minLength: 1 }),
  suffix: fc.constantFrom('.ko'),
  symlinkModules: fc.boolean(),
  /** Installed over the first one before all is taken away. */
  second: fc.option(fc.subarray(['foo', 'bar', 'third'], { minLength: 1 })),
  destination: fc.constantFrom('/updates/dkms', '/extra', '/updates', undefined),
})

it('install, another version over it, and uninstall leave the install tree as it was, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(installTree, packages, async (files, { modules, suffix, symlinkModules, second, destination }) => {
      using tree = syntheticTree()
      const kernelTree = `i/${first.release}`
      // Directories that the install made empty go with it, so none is empty before.
      tree.write(`${kernelTree}/kernel/vmlinux.ko`)
      for (const file of files) {
        tree.write(`${kernelTree}/${file.directory}/${file.module}${file.suffix}`, file.content)
      }
      const before = exactListing(tree.roots.installTree)
      const versions = [modules, ...(second === null ? [] : [second])]
      const onHost = { destination: (location: string) => destination ?? location }
      for (const [index, names] of versions.entries()) {
        const id = { name: 'package', version: `${index + 1}.0` }
        const built = names.map((name) => [`${name}${suffix}`, moduleFile({ version: id.version, salt: name })])
        addBuilt(tree, id, first, Object.fromEntries(built))
        const request = installRequest(tree, id, { forceVersionOverride: true, symlinkModules, onHost })
        expect(firstInstallFailure(await install(request))).toBeUndefined()
        expect(loadTree(tree.roots).packages[index]?.builds[0]).toMatchObject({ installed: true, anomalies: [] })
      }
      const last = { name: 'package', version: `${versions.length}.0` }
      const { host } = installRequest(tree, last, { onHost })
      await uninstall(uninstallRequest(tree, last, { host }))
      expect(exactListing(tree.roots.installTree)).toEqual(before)
      expect(readdirSync(join(tree.roots.dkmsTree, 'package'))).not.toContain('original_module')
    }),
    { numRuns: 100 },
  )
})
