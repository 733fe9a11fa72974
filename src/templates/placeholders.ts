/**
 * The words that mkdeb, mkdsc and mkbmdeb of DKMS 2.x replace in every file of a user's debian/ directory. They are
 * replaced wherever they stand, within longer words too, as templates in the field expect.
 */
export interface DebianPlaceholders {
  /** The package's name without -dkms. */
  readonly debianPackage: string
  readonly moduleName: string
  readonly moduleVersion: string
  /** As `date -R` prints it. */
  readonly dateStamp: string
  /** Of DKMS 2.8, like the next: a package's architecture. Absent: the word stays. */
  readonly debianBuildArch?: string
  /** Of the kernel a mkbmdeb package is for. Absent: the word stays. */
  readonly kernelVersion?: string
}

/**
 * All at once: a value that holds another of the words is not replaced again. DATE_STAMP counts once in a line, as it
 * always did.
 */
export function replacePlaceholders(text: string, values: DebianPlaceholders): string {
  const words: Readonly<Record<string, string | undefined>> = {
    DEBIAN_PACKAGE: values.debianPackage,
    DEBIAN_BUILD_ARCH: values.debianBuildArch,
    MODULE_NAME: values.moduleName,
    MODULE_VERSION: values.moduleVersion,
    KERNEL_VERSION: values.kernelVersion,
  }
  return text
    .split('\n')
    .map((line) => {
      let isStamped = false
      return line.replace(
        /DEBIAN_PACKAGE|DEBIAN_BUILD_ARCH|MODULE_NAME|MODULE_VERSION|KERNEL_VERSION|DATE_STAMP/g,
        (word) => {
          if (word !== 'DATE_STAMP') return words[word] ?? word
          const stamp = isStamped ? word : values.dateStamp
          isStamped = true
          return stamp
        },
      )
    })
    .join('\n')
}
