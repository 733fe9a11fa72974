/** Shell patterns in the arguments of `status`, which DKMS takes by accident and people use. Pure. */

/** @returns a test for names; a text without `*`, `?` and `[` matches itself alone */
export function nameMatcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined || pattern === '') return () => true
  if (!/[*?[]/.test(pattern)) return (name) => name === pattern
  const expression = globExpression(pattern)
  return (name) => expression.test(name)
}

const piece = /\*|\?|\[(?<negated>[!^]?)(?<set>\]?[^\]]*)\]|[\s\S]/gu

function globExpression(pattern: string): RegExp {
  const source = pattern.replaceAll(piece, (text, negated: string | undefined, set: string | undefined) => {
    if (text === '*') return '[^/]*'
    if (text === '?') return '[^/]'
    if (set === undefined) return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)
    return `[${negated === '' ? '' : '^'}${set.replaceAll(/[\\\]^[]/g, String.raw`\$&`)}]`
  })
  return new RegExp(`^${source}$`, 's')
}
