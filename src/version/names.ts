/**
 * What a DKMS package name and version become in a package format. Only the package manager sees the result: the source
 * directory and every dkms command keep the PACKAGE_NAME and PACKAGE_VERSION of dkms.conf untouched.
 *
 * Sources of the rules: Debian Policy sections 5.6.1 and 5.6.12; RPM's documentation of spec file preamble tags
 * ("Name", "Version").
 */

export type Mapping =
  | {
      readonly kind: 'mapped'
      readonly value: string
      readonly changed: boolean
      /** Why it differs, for a person; present exactly when `changed`. */
      readonly reason?: string
    }
  | { readonly kind: 'refused'; readonly reason: string }

/** A change of the text and what to tell about it. Steps run in order; one that changes nothing tells nothing. */
interface Step {
  readonly pattern: RegExp
  readonly replacement: string | ((match: string) => string)
  readonly reason: string
}

/** A name any RPM tool takes. Lower and upper case and `_` stay, for mkrpm has always named its packages after the module. */
export function rpmName(name: string): Mapping {
  const mapped =
    refuseUnsafe(name, 'an RPM name') ??
    applySteps(name, [
      { pattern: /[^A-Za-z0-9._+-]/g, replacement: '-', reason: 'an RPM name has only letters, digits and . _ + -' },
      { pattern: /\.{2,}/g, replacement: '.', reason: 'rpm refuses two dots in a row' },
      { pattern: /^[^A-Za-z0-9_]+/, replacement: '', reason: 'an RPM name begins with a letter, a digit or _' },
    ])
  return mapped.kind === 'mapped' && mapped.value === '' ? unusable(name, 'an RPM name') : mapped
}

/** A version without `-`, which separates version and release in RPM. */
export function rpmVersion(version: string): Mapping {
  return (
    refuseUnsafe(version, 'an RPM version') ??
    refuse(version, /\.\./, 'rpm refuses two dots in a row') ??
    applySteps(version, [
      preRelease,
      { pattern: /-/g, replacement: '_', reason: 'a - would separate version and release in RPM' },
      {
        pattern: /[^A-Za-z0-9._+~^]/g,
        replacement: '_',
        reason: 'an RPM version has only letters, digits and . _ + ~ ^',
      },
    ])
  )
}

/** A name dpkg takes: lower case, digits and `+ - .`, at least two characters. */
export function debName(name: string): Mapping {
  const mapped = debStem(name)
  return mapped.kind === 'mapped' && mapped.value.length < 2
    ? {
        kind: 'refused',
        reason: `${JSON.stringify(name)} is too short: a Debian package name has at least two characters`,
      }
    : mapped
}

/** The name of the Debian package that brings a module's source: `<name>-dkms`, the suffix never twice. */
export function debDkmsName(name: string): Mapping {
  const mapped = debStem(name)
  if (mapped.kind === 'refused') return mapped
  const value = `${mapped.value.replace(/-dkms$/, '')}-dkms`
  return { ...mapped, value }
}

function debStem(name: string): Mapping {
  const mapped =
    refuseUnsafe(name, 'a Debian package name') ??
    applySteps(name, [
      {
        pattern: /[A-Z]/g,
        replacement: (letter) => letter.toLowerCase(),
        reason: 'a Debian package name is lower case',
      },
      { pattern: /[^a-z0-9+.-]/g, replacement: '-', reason: 'a Debian package name has only a-z, 0-9 and + - .' },
      { pattern: /^[^a-z0-9]+/, replacement: '', reason: 'a Debian package name begins with a letter or a digit' },
    ])
  return mapped.kind === 'mapped' && mapped.value === '' ? unusable(name, 'a Debian package name') : mapped
}

/**
 * A native Debian version: no revision, begins with a digit. A pre-release such as `7.3-rc1` becomes `7.3~rc1`, which
 * sorts before 7.3; a version that is only a word becomes `0~word`, which any numbered version supersedes.
 */
export function debVersion(version: string): Mapping {
  return (
    refuseUnsafe(version, 'a Debian version') ??
    applySteps(version, [
      { pattern: /^[vV](?=\d)/, replacement: '', reason: 'a Debian version begins with a digit' },
      preRelease,
      { pattern: /-/g, replacement: '+', reason: 'a - would begin a Debian revision' },
      { pattern: /_/g, replacement: '+', reason: 'a Debian version has no _' },
      { pattern: /[^A-Za-z0-9.+~]/g, replacement: '+', reason: 'a Debian version has only letters, digits and . + ~' },
      { pattern: /^(?=\D)/, replacement: '0~', reason: 'a Debian version begins with a digit' },
    ])
  )
}

const preRelease: Step = {
  pattern: /-(?=(?:rc|beta|alpha|pre)(?![A-Za-z]))/gi,
  replacement: '~',
  reason: '~ makes a pre-release sort before the release',
}

/** What no format can carry, and no path either. */
function refuseUnsafe(text: string, what: string): Mapping | undefined {
  return (
    refuse(text, /^$/, `${what} is not empty`) ??
    refuse(text, /[/:\s]|\p{Cc}/u, `${what} has no slash, colon, blank or control character`)
  )
}

function unusable(text: string, what: string): Mapping {
  return { kind: 'refused', reason: `${JSON.stringify(text)} has no character that may begin ${what}` }
}

function refuse(text: string, pattern: RegExp, reason: string): Mapping | undefined {
  return pattern.test(text)
    ? { kind: 'refused', reason: `${JSON.stringify(text)} cannot be used: ${reason}` }
    : undefined
}

function applySteps(text: string, steps: readonly Step[]): Mapping {
  let value = text
  const reasons = new Set<string>()
  for (const step of steps) {
    const { pattern, replacement } = step
    const next =
      typeof replacement === 'string' ? value.replace(pattern, replacement) : value.replace(pattern, replacement)
    if (next !== value) reasons.add(step.reason)
    value = next
  }
  return value === text
    ? { kind: 'mapped', value, changed: false }
    : { kind: 'mapped', value, changed: true, reason: [...reasons].join('; ') }
}
