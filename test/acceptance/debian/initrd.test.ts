/**
 * REMAKE_INITRD with the programs that really make initial ramdisks, in a Debian of its own with a toy kernel: the module
 * gets into the image and out of it again, and the image from before lies beside it meanwhile.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchedPackage } from '../../support/debian-package.ts'
import { writeToyHeaders } from '../../support/toy-kernel.ts'
import { copyFixture, putFile } from '../../support/world.ts'
import { type DebianRoot, debianRootImpossible, installedProgram, makeDebianRoot } from './root.ts'

const kernel = '6.1.0-0-toy'
const image = `/boot/initrd.img-${kernel}`

interface Generator {
  readonly program: string
  readonly packages: readonly string[]
  readonly settings: Readonly<Record<string, string>>
  /** Prints the paths in the image. */
  readonly list: string
  /** Prints the module in the image. */
  readonly show: string
  /** Makes it fail, as a shell command. */
  readonly spoil: string
}

const moduleInImage = `usr/lib/modules/${kernel}/updates/dkms/hello.ko`

const generators: readonly Generator[] = [
  {
    program: 'update-initramfs',
    packages: ['initramfs-tools', 'initramfs-tools-core', 'klibc-utils', 'libklibc', 'linux-base', 'udev'],
    settings: {
      '/etc/initramfs-tools/conf.d/test': 'MODULES=list\nCOMPRESS=gzip\n',
      '/etc/initramfs-tools/modules': 'hello\n',
    },
    list: `lsinitramfs ${image}`,
    show: `unmkinitramfs ${image} /tmp/unpacked && cat /tmp/unpacked/${moduleInImage}`,
    spoil: `echo CONFIG_NOTHING=y >/boot/config-${kernel}`,
  },
  {
    program: 'dracut',
    packages: ['dracut', 'dracut-core', 'kpartx', 'udev'],
    settings: {
      '/etc/dracut.conf.d/test.conf':
        'hostonly="no"\ndracutmodules=" base "\nadd_drivers+=" hello "\ncompress="cat"\ndo_strip="no"\ndo_hardlink="no"\n',
    },
    list: `lsinitrd ${image}`,
    show: `lsinitrd -f ${moduleInImage} ${image}`,
    spoil: 'ln -sf /bin/false /usr/bin/cpio',
  },
]

const impossible = debianRootImpossible()

describe.skipIf(impossible !== undefined)(`initial ramdisks ${impossible ?? ''}`, () => {
  let stage = ''
  beforeAll(async () => {
    stage = await installedProgram()
  })
  afterAll(() => rmSync(stage, { recursive: true, force: true }))

  describe.each(generators)('by the real $program', ({ packages, settings, list, show, spoil }) => {
    const fetched = packages.map(fetchedPackage)
    const missing = fetched.flatMap((one) => (one.kind === 'unavailable' ? [one.reason] : []))[0]
    let system: DebianRoot

    async function run(script: string): Promise<string> {
      const { status, stdout, stderr } = await system.run(`set -e\n${script}`)
      expect(status, `${script}\n${stdout}${stderr}`).toBe(0)
      return stdout
    }

    beforeAll(async () => {
      if (missing !== undefined) return
      system = await makeDebianRoot(stage, [])
      for (const one of fetched)
        if (one.kind === 'fetched') cpSync(one.deb, join(system.desk, 'debs', basename(one.deb)))
      for (const [path, text] of Object.entries(settings)) putFile(join(system.desk, 'settings', path), text)
      writeToyHeaders(join(system.desk, 'headers'), kernel)
      copyFixture('hello-1.0', join(system.desk, 'hello-1.0'))
      const conf = join(system.desk, 'hello-1.0/dkms.conf')
      putFile(conf, `${readFileSync(conf, 'utf8')}REMAKE_INITRD="yes"\n`)
      await run(`
        for deb in /mnt/debs/*; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C / --keep-directory-symlink; done
        cp -r /mnt/settings/etc /
        mkdir -p /var/lib/initramfs-tools /lib/modules/${kernel}/kernel
        cd /lib/modules/${kernel}
        : >modules.order; : >modules.builtin; : >modules.builtin.modinfo
        gcc -x c -c -o kernel/own.ko /dev/null
        depmod ${kernel}
        ln -s /mnt/headers build
        echo CONFIG_RD_GZIP=y >/boot/config-${kernel}
        echo 'the image from before' >${image}
        printf 'legacy_directives="yes"\\nsign_file="/nonexistent"\\n' >/etc/dkms/framework.conf
        dkms add /mnt/hello-1.0`)
    })
    afterAll(() => system?.[Symbol.dispose]())

    const test = missing === undefined ? it : it.skip
    const title = (text: string) => (missing === undefined ? text : `${text}: ${missing}`)

    test(title('a package that is installed gets into the image, and the one from before is kept'), async () => {
      await run(`dkms install hello/1.0 -k ${kernel}/x86_64`)
      expect(await run(`cat ${image}.old-dkms`)).toBe('the image from before\n')
      expect(await run(list)).toContain(moduleInImage)
      await run(`{ ${show}; } | cmp - /lib/modules/${kernel}/updates/dkms/hello.ko`)
    })

    test(title('uninstalled, it is in the image no more, and nothing is kept'), async () => {
      await run(`dkms uninstall hello/1.0 -k ${kernel}/x86_64`)
      expect(await run(list)).not.toContain('hello.ko')
      expect(await run(`ls ${image}*`)).toBe(`${image}\n`)
    })

    test(title('an image that cannot be made is the one from before, and the package stays out'), async () => {
      await run(`cp ${image} /mnt/before\n${spoil}`)
      const { status, stdout, stderr } = await system.run(`dkms install hello/1.0 -k ${kernel}/x86_64`)
      expect(status, `${stdout}${stderr}`).toBe(7)
      expect(stderr).toContain('(code INITRD_FAILED)')
      expect(await run(`cmp ${image} /mnt/before; ls ${image}*; dkms status`)).toBe(
        `${image}\nhello/1.0, ${kernel}, x86_64: built\n`,
      )
    })
  })
})
