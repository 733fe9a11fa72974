/** Every finding about a dkms.conf, in one table; docs/lint.md is made from it. */

export interface LintCode {
  readonly severity: 'error' | 'warning'
  readonly meaning: string
  readonly remedy: string
}

export const lintCodes = {
  PACKAGE_NAME_MISSING: error('PACKAGE_NAME is not set', 'set it'),
  PACKAGE_VERSION_MISSING: error('PACKAGE_VERSION is not set', 'set it'),
  PACKAGE_NAME_PLACEHOLDER: error(
    'the name is a mark that nothing has replaced',
    'give it with --directive PACKAGE_NAME=NAME',
  ),
  PACKAGE_VERSION_PLACEHOLDER: error(
    'the version is a mark that nothing has replaced, such as #MODULE_VERSION# or @VERSION@',
    'give it with --directive PACKAGE_VERSION=1.2.3, or write it into the file',
  ),
  NAME_UNSAFE: error(
    'the name or version cannot stand in a path, or is too long for one',
    'use letters, digits and . _ + ~ -, and not more than 128 of them in a name and 96 in a version',
  ),
  NAME_REFUSED: error('a package format cannot carry the name', 'choose another name'),
  VERSION_REFUSED: error('a package format cannot carry the version', 'choose another version'),
  NAME_CHANGED: warning('a package format spells the name differently', 'nothing, if the shown spelling is fine'),
  VERSION_CHANGED: warning('a package format spells the version differently', 'nothing, if the shown spelling is fine'),
  BUILT_MODULE_NAME_MISSING: error(
    'one of several modules has no name',
    'set BUILT_MODULE_NAME for every index from 0',
  ),
  MODULE_NAME_SUFFIX: error('a module name ends in .ko or .o', 'write the name alone'),
  MODULE_NAME_SLASH: warning('a module name holds a directory', 'put the directory into BUILT_MODULE_LOCATION'),
  MODULE_DUPLICATE: error('two modules have the same built or installed name', 'give each a name of its own'),
  DEST_MODULE_LOCATION_MISSING: error(
    'a module has no place to be installed',
    'set DEST_MODULE_LOCATION for its index',
  ),
  DEST_MODULE_LOCATION_PREFIX: error(
    'a place does not begin with /kernel, /updates or /extra',
    'choose a place below one of them',
  ),
  DEST_MODULE_LOCATION_ESCAPES: error("a place leaves the directory of the kernel's modules", 'remove the .. from it'),
  DEST_MODULE_LOCATION_DOTS: warning('a place goes up with ..', 'write the place it leads to'),
  INDEX_TOO_LARGE: error('an index is far larger than any number of modules', 'count from 0'),
  INDEX_IGNORED: warning('an index above 0 is given to a directive that has one value', 'remove the assignment'),
  NO_MODULES: warning('no module is defined', 'set BUILT_MODULE_NAME and DEST_MODULE_LOCATION'),
  NOT_YES_OR_NO: error('a yes-or-no directive has another value', 'write yes or no'),
  MAKE_IGNORED: warning('a MAKE command is never used', 'set the MAKE_MATCH of the same index'),
  MAKE_MATCH_IGNORED: warning('a MAKE_MATCH chooses no command', 'set the MAKE of the same index'),
  REGEX_INVALID: warning('a regular expression cannot be compiled and matches nothing', 'correct it'),
  REGEX_NEVER_MATCHES: warning(
    'no kernel or architecture can match a regular expression',
    'correct it, unless meant so',
  ),
  KERNEL_MAX_PREFIX: warning(
    'BUILD_EXCLUSIVE_KERNEL_MAX is a series such as 6.1, which every kernel of the series is newer than',
    'write 6.1.9999 to include the series',
  ),
  PATCH_MISSING: error('a patch does not exist below patches/', 'add the file or remove the entry'),
  PATCH_OUTSIDE: error('a patch lies outside of patches/', 'move it there'),
  SCRIPT_MISSING: warning('a script does not exist in the package', 'add it or remove the directive'),
  SCRIPT_NOT_EXECUTABLE: warning('a script is not executable and will not run', 'chmod +x'),
  DIRECTIVE_MISSPELT: warning('a name is close to a directive and is none', 'use the name that is shown'),
  DIRECTIVE_UNKNOWN: warning('a name looks like a directive and nothing reads it', 'remove it'),
  DIRECTIVE_DEPRECATED: warning(
    'a directive has no effect any more or is about to lose it',
    'use what is shown instead',
  ),
  ASSIGNED_TWICE: warning('a value is set and then set again', 'remove the first one'),
  VALUE_RUNS_COMMAND: error(
    'a value with blanks is not quoted, so its second word runs as a command',
    'quote the value',
  ),
  ASSIGNMENT_SPACED: error('blanks around the equals sign make the line a command', 'remove the blanks'),
  RUNNING_KERNEL: warning('the running kernel is asked for in place of the one to build for', 'use $kernelver'),
  RUNNING_ARCH: warning('the running machine is asked for in place of the one to build for', 'use $arch'),
  LINE_ENDINGS: warning('lines end in CR/LF, which DKMS before 3.1.5 cannot read', 'convert the file with dos2unix'),
  FILE_UNREADABLE: warning(
    'a file or directory of the package cannot be read, and was not looked at',
    'make it readable',
  ),
  NAME_NOT_UTF8: warning(
    'a file name is not UTF-8, which not every package format can carry, and was not looked at',
    'rename the file',
  ),
  NEEDS_BASH: error(
    'a directive depends on a command or file of the host, which is not asked for an untrusted source (a warning where only a build uses it)',
    'state the value with --directive, or add the source from below the source tree',
  ),
  HOST_NOT_SEEN: warning('a command or file of the host is asked for, and nothing seems to depend on it', 'nothing'),
  SHELL_SYNTAX: error('bash cannot parse a statement; nothing from there on has an effect', 'correct it'),
  SHELL_MESSAGE: warning('bash complained while it read the file', 'correct the line'),
} as const satisfies Readonly<Record<string, LintCode>>

export type LintCodeName = keyof typeof lintCodes

function error(meaning: string, remedy: string): LintCode {
  return { severity: 'error', meaning, remedy }
}

function warning(meaning: string, remedy: string): LintCode {
  return { severity: 'warning', meaning, remedy }
}

/** The page docs/lint.md, whole. */
export function renderLintPage(): string {
  const rows = Object.entries(lintCodes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { severity, meaning, remedy }]) => `| ${code} | ${severity} | ${meaning} | ${remedy} |`)
  return [
    '# What lint finds',
    '',
    'Made from src/conf/lint-codes.ts. An error stops add, build and packaging; a warning does not.',
    '',
    '| code | severity | meaning | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
