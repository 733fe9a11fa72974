import { expect, it } from 'vitest'
import { toolMissing } from '../../../src/system/tools.ts'

it.each([
  ['mkfifo', 'apt-get install coreutils, dnf install coreutils or zypper install coreutils'],
  ['ps', 'apt-get install procps, dnf install procps-ng or zypper install procps'],
  ['no-such-tool', 'install no-such-tool or put it on PATH'],
])('a missing %s is said to come from a package', (tool, hint) => {
  expect(toolMissing(tool, 'do something')).toMatchObject({ code: 'TOOL_MISSING', hint })
})
