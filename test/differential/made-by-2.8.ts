/** Packages of hello 1.0 that the real DKMS 2.8.4 makes, as they are on hosts out there. */
import { join } from 'node:path'
import { makeRuntimeWorld, runInRuntimeWorld } from '../support/runtime-world.ts'
import { dkms28 } from '../support/runtimes.ts'
import { putFile } from '../support/world.ts'
import { writeHello } from './deb-fixtures.ts'
import { findProvides, mkrpmSpec } from './generator-specs.ts'

/**
 * @param dir of a world to make it in
 * @returns the path of the package
 */
export async function packageMadeBy28(dir: string, kind: 'deb' | 'rpm'): Promise<string> {
  const world = makeRuntimeWorld(dir, [], dkms28)
  writeHello(join(world.source, 'hello-1.0'), '1.0')
  putFile(join(world.etc, 'template-dkms-mkrpm.spec'), mkrpmSpec)
  putFile(join(world.dir, 'usr/lib/dkms/find-provides'), findProvides, 0o755)
  const script = `dkms add hello/1.0 && dkms mk${kind} hello/1.0 --source-only -a x86_64`
  const { status, stdout, stderr } = await runInRuntimeWorld(world, ['sh', '-c', script])
  if (status !== 0) throw new Error(`${stdout}${stderr}`)
  const name = kind === 'deb' ? 'hello-dkms_1.0_all.deb' : 'hello-1.0-1dkms.noarch.rpm'
  return join(world.tree, 'hello/1.0', kind, name)
}
