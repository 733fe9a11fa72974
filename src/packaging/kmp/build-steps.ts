/** What dkms.conf has DKMS do to build the modules, as shell lines for the spec files of source packages. Pure. */

import type { DkmsConf } from '../../conf/model.ts'
import type { AbsolutePath, Kernel } from '../../domain.ts'
import { escapes } from '../../templates/escape.ts'
import { exclusionSteps } from './exclusion-steps.ts'

export interface BuildStepsInput {
  readonly conf: DkmsConf
  /** The kernel the conf was evaluated for: where its release stands in a command, that of the build belongs. */
  readonly kernel: Kernel
  readonly installTree: AbsolutePath
  /** TREE/M/V/build, where DKMS builds. */
  readonly buildDir: AbsolutePath
  /** Where DKMS has the source, of which the build directory is a copy: SRC/M-V, and TREE/M/V/source that leads there. */
  readonly sourceDirs: readonly AbsolutePath[]
}

export interface BuiltFile {
  /** Below the build directory. */
  readonly from: string
  readonly to: string
  /** Whether debug information is taken out of it (STRIP). */
  readonly strip: boolean
  /** Shell lines that set `reason` where the module is left out by itself; undefined when it never is. */
  readonly conditions: readonly string[] | undefined
}

/** For the directory that the modules are built in, which is the working directory until a command leaves it. */
const buildDirLine = 'build_dir="$PWD"'

/** PATCH and PRE_BUILD; of several kernels each gets its own. */
export function preparingLines({ conf, ...places }: BuildStepsInput): readonly string[] {
  const patches = conf.patches.flatMap(({ file, match }) => {
    const apply = `patch -p1 --force --no-backup-if-mismatch <${escapes.sh(`patches/${file}`)}`
    if (match === undefined) return [apply]
    return [`if ${kernelMatches(match)}; then ${apply}; fi`]
  })
  const script = conf.scripts.pre_build
  return script === undefined ? patches : [...patches, buildDirLine, ...scriptLines(followKernel(script, places))]
}

/** DKMS goes on without a script that cannot be run. */
function scriptLines(line: string): readonly string[] {
  const words = line.trim().replace(/^(?:\.\/)+/, '')
  const [program = ''] = words.split(/\s+/)
  return program === '' ? [] : [`if [ -x ${escapes.sh(`./${program}`)} ]; then ./${words}; fi`]
}

/**
 * MAKE with the variables that DKMS documents for it, of several by MAKE_MATCH the last that matches; make learns the release
 * as from DKMS, and with `$make_jobs` how many jobs to run. A kernel that clang built gets modules that clang built.
 */
export function makeLines(input: BuildStepsInput): readonly string[] {
  return [buildDirLine, compilerLine, ...commandLines(input)]
}

/** In the environment it reaches make wherever in a command that stands (kbuild's llvm document). */
const compilerLine = 'if grep -Fxqs CONFIG_CC_IS_CLANG=y "$kernel_source_dir/.config"; then LLVM=1; export LLVM; fi'

function commandLines({ conf, ...places }: BuildStepsInput): readonly string[] {
  const { name, version } = conf.package
  const fallback = conf.make.find(({ index, match }) => index === 0 && match === undefined)
  const matching = conf.make.filter(({ match }) => match !== undefined).reverse()
  const last = fallback === undefined ? builtIn : makeLine(fallback.command, places)
  if (fallback === undefined && matching.length === 0) return [builtIn]
  const variables = `module=${escapes.sh(name)} module_version=${escapes.sh(version)} arch="$(uname -m)"`
  if (matching.length === 0) return [variables, last]
  const branches = matching.flatMap(({ command, match = '' }, index) => [
    `${index === 0 ? 'if' : 'elif'} ${kernelMatches(match)}; then`,
    makeLine(command, places),
  ])
  return [variables, ...branches, 'else', last, 'fi']
}

const builtIn = 'make $make_jobs -C "$kernel_source_dir" M="$build_dir" KERNELRELEASE="$kernelver" modules'

function makeLine(command: string, places: Omit<BuildStepsInput, 'conf'>): string {
  return followKernel(command, places).replace(/^\s*make(?=\s|$)/, () => 'make $make_jobs KERNELRELEASE="$kernelver"')
}

function kernelMatches(expression: string): string {
  return `printf '%s\\n' "$kernelver" | grep -Eq -e ${escapes.sh(expression)}`
}

/** Whether kbuild's modules_install puts the modules where they belong, under the names they should have, whatever the kernel. */
export function usesKbuild({ conf }: Pick<BuildStepsInput, 'conf'>): boolean {
  const files = builtFiles(conf)
  const areAsBuilt = conf.modules.every(({ builtName, destName }) => builtName === destName)
  return conf.make.length === 0 && areAsBuilt && files.every(({ conditions }) => conditions === undefined)
}

export function builtFiles(conf: DkmsConf): readonly BuiltFile[] {
  const excluded = exclusionSteps(conf).modules
  return conf.modules.map(({ builtLocation, builtName, destName, strip }, index) => {
    const lines = excluded[index] ?? []
    return {
      from: `${builtLocation}${builtName}.ko`,
      to: `${destName}.ko`,
      strip,
      conditions: lines.length === 0 ? undefined : lines,
    }
  })
}

/**
 * A command as dkms.conf gave it for one kernel, for any: what was expanded to places and the release of that kernel
 * becomes shell variables again.
 */
export function followKernel(
  line: string,
  { kernel, installTree, buildDir, sourceDirs }: Omit<BuildStepsInput, 'conf'>,
): string {
  const values: readonly (readonly [value: string, variable: string])[] = [
    ...[buildDir, ...sourceDirs].map((directory) => [directory, '${build_dir}'] as const),
    [`${installTree}/${kernel.release}/build`, '${kernel_source_dir}'],
    [kernel.release, '${kernelver}'],
  ]
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
