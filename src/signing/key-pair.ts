/** Where the signing key and its certificate are, and whether both are there. */
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { evaluateConf } from '../conf/evaluate.ts'
import type { KeySettings } from '../distro/model.ts'
import { readKconfig } from '../kernel/kconfig.ts'
import { fileError, isFile } from '../system/fs.ts'
import { readCertificate } from './certificate.ts'
import { withKernel } from './kernel-variable.ts'
import type { KeyPairRequest } from './model.ts'

export interface KeyPair {
  /** A path, or a `pkcs11:` URI. */
  readonly key: string
  /** X.509, DER or PEM. */
  readonly certificate: string
  readonly origin: KeyOrigin
}

/** Who says where the pair is: framework.conf, settings of the distribution, the distribution itself, or DKMS. */
export type KeyOrigin = 'framework' | 'configured' | 'kernel-config' | 'distribution' | 'tree'

export type PairState =
  | { readonly state: 'present' }
  | { readonly state: 'missing' }
  | { readonly state: 'relative'; readonly path: string }
  | { readonly state: 'incomplete'; readonly present: string; readonly absent: string }
  | { readonly state: 'mismatched' }

/** The tree of DKMS, whose place the distributions' data names; with another tree the pair lies in that one. */
const defaultTree = '/var/lib/dkms/'

/**
 * framework.conf decides for each of the two; then what the distribution's administrators set elsewhere; then the
 * distribution's own place.
 * @throws {FactoryError} FILE_ACCESS when a file that may name the pair cannot be read
 */
export async function locateKeyPair(request: KeyPairRequest): Promise<KeyPair> {
  const { settings, kernel } = request
  const [key, certificate] = [settings.mokSigningKey, settings.mokCertificate].map((value) =>
    value === undefined ? undefined : withKernel(value, kernel),
  )
  if (key !== undefined && certificate !== undefined) return { key, certificate, origin: 'framework' }
  const other = (await configuredPair(request)) ?? distributionPair(request)
  if (key === undefined && certificate === undefined) return other
  return { key: key ?? other.key, certificate: certificate ?? other.certificate, origin: 'framework' }
}

function distributionPair({ distro, roots }: KeyPairRequest): KeyPair {
  const { privateKey, certificate } = distro.signingKeys
  const isInTree = privateKey.startsWith(defaultTree)
  const place = (path: string) =>
    path.startsWith(defaultTree) ? resolve(roots.dkmsTree, path.slice(defaultTree.length)) : path
  return { key: place(privateKey), certificate: place(certificate), origin: isInTree ? 'tree' : 'distribution' }
}

async function configuredPair(request: KeyPairRequest): Promise<KeyPair | undefined> {
  const settings = request.distro.signingKeys.configuredIn
  if (settings === undefined) return undefined
  const { key, certificate } = await readVariables(settings, request)
  if (key !== undefined)
    return { key, certificate: certificate ?? certificateBeside(key, request), origin: 'configured' }
  const ofKernel = keyOfKernel(settings, request)
  if (ofKernel === undefined) return undefined
  return { key: ofKernel, certificate: certificate ?? certificateBeside(ofKernel, request), origin: 'kernel-config' }
}

/** The environment wins over the shell file. */
async function readVariables(
  settings: KeySettings,
  { environment }: KeyPairRequest,
): Promise<{ readonly key: string | undefined; readonly certificate: string | undefined }> {
  const { keyVariable, certificateVariable, file } = settings
  const inFile = isFile(file) ? await readShellFile(file, [keyVariable, certificateVariable]) : undefined
  const value = (name: string) => environment[name] || inFile?.get(name)?.get(0) || undefined
  return { key: value(keyVariable), certificate: value(certificateVariable) }
}

async function readShellFile(file: string, names: readonly string[]) {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw fileError(error, 'find out where the signing key is', file)
  }
  return (await evaluateConf(text, { file, variables: {}, trust: 'trusted', names })).values
}

/**
 * The key the kernel's own modules were signed with, where it was kept; a path in the configuration counts from the
 * kernel source (DKMS 3.4). Distributions delete theirs after the build: then nothing is known of it.
 */
function keyOfKernel(settings: KeySettings, request: KeyPairRequest): string | undefined {
  if (request.kernelConfig === undefined) return undefined
  const value = readKconfig(request.kernelConfig).get(settings.kernelConfigSymbol)
  if (value === undefined || value === '') return undefined
  const key = isToken(value) ? value : resolve(request.kernelSourceDir, value)
  return isToken(key) || isFile(key) ? key : undefined
}

/**
 * The certificate where none is named: in the file of the key, as sign-file and the kernel's build accept it, else where
 * the kernel's build puts it (certs/Makefile of the kernel).
 */
function certificateBeside(key: string, { kernelSourceDir }: KeyPairRequest): string {
  return holdsCertificate(key) ? key : resolve(kernelSourceDir, 'certs/signing_key.x509')
}

function holdsCertificate(key: string): boolean {
  if (isToken(key) || !isFile(key)) return false
  try {
    return readFileSync(key, 'latin1').includes('-----BEGIN CERTIFICATE-----')
  } catch (error) {
    throw fileError(error, 'read the signing key', key)
  }
}

/** Whether a key lives in a token, which sign-file reaches through PKCS#11 (RFC 7512). */
export function isToken(key: string): boolean {
  return key.startsWith('pkcs11:')
}

/** A key in a token is taken to be there. */
export function stateOfPair(pair: KeyPair): PairState {
  const { key, certificate } = pair
  for (const path of [key, certificate]) if (!isToken(path) && !isAbsolute(path)) return { state: 'relative', path }
  const hasKey = isToken(key) || isFile(key)
  const hasCertificate = isToken(certificate) || isFile(certificate)
  if (!hasKey && !hasCertificate) return { state: 'missing' }
  if (!hasKey) return { state: 'incomplete', present: certificate, absent: key }
  if (!hasCertificate) return { state: 'incomplete', present: key, absent: certificate }
  return belongTogether(key, certificate) === false ? { state: 'mismatched' } : { state: 'present' }
}

/** Undefined when it cannot be told: the key is in a token, has a passphrase, or may not be read. */
export function belongTogether(key: string, certificate: string): boolean | undefined {
  if (isToken(key) || isToken(certificate)) return undefined
  try {
    return readCertificate(certificate).x509.checkPrivateKey(createPrivateKey(readFileSync(key)))
  } catch {
    return undefined
  }
}
