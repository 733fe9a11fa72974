/**
 * Licenses as kernel modules state them, and what SPDX, RPM and Debian call them.
 *
 * Sources: the table of MODULE_LICENSE texts in the kernel's Documentation/process/license-rules.rst; the SPDX license
 * list; Debian's copyright-format 1.0 and /usr/share/common-licenses; Fedora's short names before it changed to SPDX
 * in 2022, which RHEL 7 to 9 still use.
 */

/**
 * "GPL" and "GPL v2" mean the same to the kernel and do not tell whether later versions are meant: what is certain is
 * version 2. "Dual BSD/GPL" and "Dual MPL/GPL" do not tell which BSD or MPL: the kernel's own texts have the ones here.
 */
const kernelLicenses: Readonly<Record<string, string>> = {
  GPL: 'GPL-2.0-only',
  'GPL v2': 'GPL-2.0-only',
  'GPL and additional rights': 'GPL-2.0-only',
  'Dual MIT/GPL': 'GPL-2.0-only OR MIT',
  'Dual BSD/GPL': 'GPL-2.0-only OR BSD-3-Clause',
  'Dual MPL/GPL': 'GPL-2.0-only OR MPL-1.1',
  Proprietary: 'LicenseRef-Proprietary',
}

/** Identifiers that SPDX has replaced. */
const replaced: Readonly<Record<string, string>> = {
  'GPL-1.0': 'GPL-1.0-only',
  'GPL-1.0+': 'GPL-1.0-or-later',
  'GPL-2.0': 'GPL-2.0-only',
  'GPL-2.0+': 'GPL-2.0-or-later',
  'GPL-3.0': 'GPL-3.0-only',
  'GPL-3.0+': 'GPL-3.0-or-later',
  'LGPL-2.0': 'LGPL-2.0-only',
  'LGPL-2.0+': 'LGPL-2.0-or-later',
  'LGPL-2.1': 'LGPL-2.1-only',
  'LGPL-2.1+': 'LGPL-2.1-or-later',
  'LGPL-3.0': 'LGPL-3.0-only',
  'LGPL-3.0+': 'LGPL-3.0-or-later',
}

interface LicenseNames {
  readonly rpm: string
  readonly deb: string
  /** The file in /usr/share/common-licenses of every Debian system. */
  readonly commonText?: string
}

const names: Readonly<Record<string, LicenseNames>> = {
  'GPL-1.0-only': { rpm: 'GPLv1', deb: 'GPL-1', commonText: 'GPL-1' },
  'GPL-1.0-or-later': { rpm: 'GPL+', deb: 'GPL-1+', commonText: 'GPL-1' },
  'GPL-2.0-only': { rpm: 'GPLv2', deb: 'GPL-2', commonText: 'GPL-2' },
  'GPL-2.0-or-later': { rpm: 'GPLv2+', deb: 'GPL-2+', commonText: 'GPL-2' },
  'GPL-3.0-only': { rpm: 'GPLv3', deb: 'GPL-3', commonText: 'GPL-3' },
  'GPL-3.0-or-later': { rpm: 'GPLv3+', deb: 'GPL-3+', commonText: 'GPL-3' },
  'LGPL-2.0-only': { rpm: 'LGPLv2', deb: 'LGPL-2', commonText: 'LGPL-2' },
  'LGPL-2.0-or-later': { rpm: 'LGPLv2+', deb: 'LGPL-2+', commonText: 'LGPL-2' },
  'LGPL-2.1-only': { rpm: 'LGPLv2', deb: 'LGPL-2.1', commonText: 'LGPL-2.1' },
  'LGPL-2.1-or-later': { rpm: 'LGPLv2+', deb: 'LGPL-2.1+', commonText: 'LGPL-2.1' },
  'LGPL-3.0-only': { rpm: 'LGPLv3', deb: 'LGPL-3', commonText: 'LGPL-3' },
  'LGPL-3.0-or-later': { rpm: 'LGPLv3+', deb: 'LGPL-3+', commonText: 'LGPL-3' },
  'Apache-2.0': { rpm: 'ASL 2.0', deb: 'Apache-2.0', commonText: 'Apache-2.0' },
  'BSD-2-Clause': { rpm: 'BSD', deb: 'BSD-2-clause' },
  'BSD-3-Clause': { rpm: 'BSD', deb: 'BSD-3-clause' },
  ISC: { rpm: 'ISC', deb: 'ISC' },
  MIT: { rpm: 'MIT', deb: 'Expat' },
  'MPL-1.1': { rpm: 'MPLv1.1', deb: 'MPL-1.1', commonText: 'MPL-1.1' },
  'MPL-2.0': { rpm: 'MPLv2.0', deb: 'MPL-2.0', commonText: 'MPL-2.0' },
}

/** What MODULE_LICENSE means as an SPDX expression; undefined for a text the kernel does not know. */
export function spdxFromKernel(license: string): string | undefined {
  const text = license.trim()
  return Object.hasOwn(kernelLicenses, text) ? kernelLicenses[text] : undefined
}

/** An SPDX expression with today's identifiers; undefined when the text is not one. */
export function normaliseSpdx(expression: string): string | undefined {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? []
  if (tokens.length === 0 || !tokens.every((token) => /^(?:[()]|[A-Za-z0-9.+-]+)$/.test(token))) return undefined
  const current = tokens.map((token) => {
    if (/^(?:and|or|with)$/i.test(token)) return token.toUpperCase()
    return Object.hasOwn(replaced, token) ? replaced[token] : token
  })
  return withoutOuterParentheses(current.join(' ').replaceAll('( ', '(').replaceAll(' )', ')'))
}

function withoutOuterParentheses(expression: string): string {
  return /^\([^()]*\)$/.test(expression) ? expression.slice(1, -1) : expression
}

/** Everything that applies at once, each license named once. */
export function allOf(expressions: readonly string[]): string | undefined {
  const distinct = [...new Set(expressions)].sort()
  if (distinct.length <= 1) return distinct[0]
  return distinct.map((one) => (/ OR /.test(one) ? `(${one})` : one)).join(' AND ')
}

/** The license by the names of older RPM distributions, or of Debian copyright files; unknown names stay as they are. */
export function licenseIn(style: 'rpm' | 'deb', expression: string): string {
  return expression.replace(/[^\s()]+/g, (token) => {
    if (token === 'AND' || token === 'OR' || token === 'WITH') return token.toLowerCase()
    return Object.hasOwn(names, token) ? (names[token]?.[style] ?? token) : token
  })
}

/** The files of /usr/share/common-licenses that hold texts of the license, sorted. */
export function commonLicenseTexts(expression: string): readonly string[] {
  const found = (expression.match(/[^\s()]+/g) ?? []).flatMap((token) =>
    Object.hasOwn(names, token) ? (names[token]?.commonText ?? []) : [],
  )
  return [...new Set(found)].sort()
}
