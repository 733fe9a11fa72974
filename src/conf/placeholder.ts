/**
 * Marks that a build step was meant to replace and did not. A third of the confs found in public repositories still
 * carry one as their version.
 */
const marks: readonly RegExp[] = [
  /#[A-Za-z_][\w .-]*#/,
  /@[A-Za-z_]\w*@/,
  /%[A-Za-z_]\w*%/,
  /\{+[A-Za-z_]\w*\}+/,
  /<[A-Za-z_]\w*>/,
  /^__[A-Z]\w*$/,
  /^[A-Z_]*VERSION[A-Z_]*$/,
]

export function isPlaceholder(value: string): boolean {
  return marks.some((mark) => mark.test(value))
}
