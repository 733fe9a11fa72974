/** What can be read from a kernel release. Kernels may have any name, so every part may be missing. */

/** `6.1.0` of `6.1.0-56-amd64`, `5.14.0` of `5.14.0-503.el9.x86_64`; empty when the release does not begin with a number. */
export function baseVersion(release: string): string {
  return /^\d+(?:\.\d+)*/.exec(release)?.[0] ?? ''
}

/**
 * The last part after a `-`, by which Debian, Ubuntu and SUSE tell their flavours: `amd64` of `6.1.0-56-amd64`,
 * `default` of `6.4.0-150600.23-default`. Undefined when there is none or it is only a number.
 */
export function flavour(release: string): string | undefined {
  const last = /-([^-]+)$/.exec(release)?.[1]
  return last === undefined || /^\d/.test(last) ? undefined : last
}

/** The release without its last `.` and what follows, as DKMS derives the name of Debian's kbuild package. */
export function withoutLastComponent(release: string): string {
  const dot = release.lastIndexOf('.')
  return dot < 0 ? release : release.slice(0, dot)
}
