/** What a package says when neither a person nor its modules do. Facts of each family, as data. */

/** As mkrpm of DKMS 2.x; no expression of SPDX says that nobody knows. */
export const unknownLicense = 'Unknown'

/** The Group of mkrpm of DKMS 2.x. */
export const defaultGroup = 'System/Kernel'

/** Where Debian files kernels and their modules (Debian Policy section 2.4). */
export const defaultSection = 'kernel'

/** Debian Policy section 2.5: everything that is not part of a standard system. */
export const defaultPriority = 'optional'
