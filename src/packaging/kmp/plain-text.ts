/** Texts of spec files that others than rpm read, too. Pure. */

/**
 * The macros of SUSE put Summary and Group of the spec file between quotes of shell and awk, as they are: nothing may be in
 * them that ends the quotes, or is expanded there (macros.kernel-source, kernel-module-subpackage of SUSE's kernel-source).
 */
export function plainForShell(text: string): string {
  return text
    .replace(/['`]/g, '\u2019')
    .replaceAll('"', '\u201d')
    .replace(/[$\\%]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
}
