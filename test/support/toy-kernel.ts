/**
 * Headers of a kernel that does not exist and whose modules compile in a moment: real ELF objects with a real .modinfo,
 * made by the real make and compiler from the same sources as for a kernel that does exist. What is under test is the
 * work around the compiler, and a table of hundreds of commands cannot wait for kbuild each time.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const moduleHeader = `
#define TOY_GLUE(a, b) a##b
#define TOY_NAME(a, b) TOY_GLUE(a, b)
#define TOY_INFO(text) \\
  static const char TOY_NAME(toy_info_, __COUNTER__)[] __attribute__((section(".modinfo"), used)) = text;
#define MODULE_DESCRIPTION(text) TOY_INFO("description=" text)
#define MODULE_AUTHOR(text) TOY_INFO("author=" text)
#define MODULE_LICENSE(text) TOY_INFO("license=" text)
#define MODULE_VERSION(text) TOY_INFO("version=" text)
#define __init
#define __exit
int printk(const char *format, ...);
#define pr_info printk
#define module_init(function) int init_module(void) { return function(); }
#define module_exit(function) void cleanup_module(void) { function(); }
TOY_INFO("vermagic=" TOY_RELEASE " SMP mod_unload ")
`

function makefile(release: string): string {
  return `
include $(M)/Makefile
modules := $(patsubst %.o,$(M)/%.ko,$(obj-m))

all: $(modules) $(M)/Module.symvers

$(M)/%.ko: $(M)/%.c
\t@echo '  CC [M]  $*.ko'
\t@gcc -g -O1 -fno-pic -nostdinc -I $(CURDIR)/include -I $(M) -DTOY_RELEASE='"${release}"' -c -o $@ $<

$(M)/Module.symvers: $(modules)
\t@: > $@

clean:
\t@rm -f $(modules) $(M)/Module.symvers
`
}

export function writeToyHeaders(dir: string, release: string): void {
  const files: Readonly<Record<string, string>> = {
    Makefile: makefile(release),
    '.config': '# toy kernel\nCONFIG_MODULES=y\nCONFIG_TOY=m\n',
    'include/linux/module.h': moduleHeader,
    'include/linux/init.h': '',
    'include/linux/kernel.h': '',
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
}

/**
 * What depmod writes for the kernel before it has any module, in a directory below `base`.
 * @returns the directory; undefined where there is no depmod
 */
export function writeToyIndexes(base: string, release: string): string | undefined {
  const dir = join(base, 'lib/modules', release)
  mkdirSync(dir, { recursive: true })
  for (const name of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) writeFileSync(join(dir, name), '')
  const { status } = spawnSync('depmod', ['-b', base, release], { env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' } })
  return status === 0 ? dir : undefined
}
