/** Bits of header values (rpmds.h, rpmfiles.h and rpmscript of rpm 4.18; the names are those of spec files). */

/** RPMSENSE_*: how a relation compares versions and what it is needed for. */
export const sense = {
  less: 1 << 1,
  greater: 1 << 2,
  equal: 1 << 3,
  posttrans: 1 << 5,
  prereq: 1 << 6,
  pretrans: 1 << 7,
  interp: 1 << 8,
  pre: 1 << 9,
  post: 1 << 10,
  preun: 1 << 11,
  postun: 1 << 12,
  verify: 1 << 13,
  findRequires: 1 << 14,
  findProvides: 1 << 15,
  triggerin: 1 << 16,
  triggerun: 1 << 17,
  triggerpostun: 1 << 18,
  missingok: 1 << 19,
  rpmlib: 1 << 24,
  triggerprein: 1 << 25,
  config: 1 << 28,
  meta: 1 << 29,
} as const

/** RPMFILE_*: what a file of a package is. */
export const fileFlag = {
  config: 1 << 0,
  doc: 1 << 1,
  missingok: 1 << 3,
  noreplace: 1 << 4,
  spec: 1 << 5,
  ghost: 1 << 6,
  license: 1 << 7,
  readme: 1 << 8,
  artifact: 1 << 12,
} as const

/** RPMVERIFY_*: what `rpm -V` compares. A cleared bit leaves it out; new packages start from all ones. */
export const verifyBit = {
  digest: 1 << 0,
  size: 1 << 1,
  link: 1 << 2,
  user: 1 << 3,
  group: 1 << 4,
  mtime: 1 << 5,
  mode: 1 << 6,
  device: 1 << 7,
  caps: 1 << 8,
} as const

/** RPMSCRIPT_FLAG_*: the options of scriptlets, `-e` and `-q` of spec files. */
export const scriptFlag = {
  /** `-e`: rpm expands macros in the script when it runs it. */
  expand: 1 << 0,
  /** `-q`: rpm expands query formats in it. */
  queryFormat: 1 << 1,
  /** Its failure fails the transaction element. */
  critical: 1 << 2,
} as const

/** Numbers of hash algorithms (RFC 9580 section 9.5), as FILEDIGESTALGO and PAYLOADDIGESTALGO use them. */
export const digestAlgorithms: ReadonlyMap<number, string> = new Map([
  [1, 'md5'],
  [2, 'sha1'],
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
  [11, 'sha224'],
])

export const sha256Algorithm = 8

/** File type bits of a mode (cpio, POSIX `st_mode`). */
export const fileType = { mask: 0o170000, regular: 0o100000, directory: 0o040000, symlink: 0o120000 } as const
