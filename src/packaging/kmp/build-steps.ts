/** What dkms.conf has DKMS do to build the modules, as shell lines for the spec files of source packages. Pure. */

import type { DkmsConf } from '../../conf/model.ts'
import { selectMake } from '../../conf/select.ts'
import type { AbsolutePath, Kernel } from '../../domain.ts'
import { escapes } from '../../templates/escape.ts'

export interface BuildStepsInput {
  readonly conf: DkmsConf
  /** The kernel the conf was evaluated for: where its release stands in a command, that of the build belongs. */
  readonly kernel: Kernel
  readonly installTree: AbsolutePath
  /** TREE/M/V/build, where DKMS builds. */
  readonly buildDir: AbsolutePath
}

export interface BuiltFile {
  /** Below the build directory. */
  readonly from: string
  readonly to: string
}

/** PATCH and PRE_BUILD; of several kernels each gets its own. */
export function preparingLines({ conf, ...places }: BuildStepsInput): readonly string[] {
  const patches = conf.patches.flatMap(({ file, match }) => {
    const apply = `patch -p1 --force --no-backup-if-mismatch <${escapes.sh(`patches/${file}`)}`
    if (match === undefined) return [apply]
    return [`if printf '%s\\n' "$kernelver" | grep -Eq -e ${escapes.sh(match)}; then ${apply}; fi`]
  })
  const script = conf.scripts.pre_build
  return script === undefined ? patches : [...patches, ...scriptLines(followKernel(script, places))]
}

/** DKMS goes on without a script that cannot be run. */
function scriptLines(line: string): readonly string[] {
  const words = line.trim().replace(/^(?:\.\/)+/, '')
  const [program = ''] = words.split(/\s+/)
  return program === '' ? [] : [`if [ -x ${escapes.sh(`./${program}`)} ]; then ./${words}; fi`]
}

/** The MAKE line, with the variables that DKMS documents for it; make learns the release as from DKMS. */
export function makeLines({ conf, kernel, ...places }: BuildStepsInput): readonly string[] {
  const rule = selectMake(conf, kernel)
  if (rule === undefined) return ['make -C "$kernel_source_dir" M="$PWD" KERNELRELEASE="$kernelver" modules']
  const line = followKernel(rule, { kernel, ...places }).replace(
    /^\s*make(?=\s|$)/,
    () => 'make KERNELRELEASE="$kernelver"',
  )
  const { name, version } = conf.package
  return [`module=${escapes.sh(name)} module_version=${escapes.sh(version)} arch="$(uname -m)"`, line]
}

/** Whether kbuild's modules_install puts the modules where they belong, under the names they should have. */
export function usesKbuild({ conf, kernel }: Pick<BuildStepsInput, 'conf' | 'kernel'>): boolean {
  return (
    selectMake(conf, kernel) === undefined && conf.modules.every(({ builtName, destName }) => builtName === destName)
  )
}

export function builtFiles({ modules }: Pick<DkmsConf, 'modules'>): readonly BuiltFile[] {
  return modules.map(({ builtLocation, builtName, destName }) => ({
    from: `${builtLocation}${builtName}.ko`,
    to: `${destName}.ko`,
  }))
}

/**
 * A command as dkms.conf gave it for one kernel, for any: what was expanded to places and the release of that kernel
 * becomes shell variables again.
 */
export function followKernel(
  line: string,
  { kernel, installTree, buildDir }: Pick<BuildStepsInput, 'kernel' | 'installTree' | 'buildDir'>,
): string {
  const values = [
    [buildDir, '${PWD}'],
    [`${installTree}/${kernel.release}/build`, '${kernel_source_dir}'],
    [kernel.release, '${kernelver}'],
  ] as const
  const parts = line.match(/'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^'"\\]+|['"\\]/gs) ?? []
  return parts
    .map((part) =>
      values.reduce(
        (text, [value, variable]) => text.replaceAll(value, part.startsWith("'") ? `'"${variable}"'` : variable),
        part,
      ),
    )
    .join('')
}
