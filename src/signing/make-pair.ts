/** Makes a key pair where there is none. What exists is never written to. */
import { chmodSync, closeSync, constants, fchmodSync, linkSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { MakeKeysStep } from '../distro/model.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import { childEnvironment, type Environment } from '../system/env.ts'
import { fileError, isFile, lstatOrNone, makeDirectories, syncDirectory, temporaryDirectory } from '../system/fs.ts'
import { quoteArgv, run } from '../system/run.ts'
import { belongTogether, type KeyPair } from './key-pair.ts'
import type { MakePairOptions } from './model.ts'

/**
 * @param pair of which neither file exists
 * @param steps the distribution's own commands; undefined lets openssl make the pair
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL, TOOL_MISSING, COMMAND_FAILED; what was begun is taken away again
 */
export async function makePair(
  pair: KeyPair,
  steps: readonly MakeKeysStep[] | undefined,
  options: MakePairOptions,
): Promise<void> {
  if (pair.origin === 'distribution' && steps !== undefined) await runSteps(pair, steps, options)
  else await makeWithOpenssl(pair, options)
}

/** Completes a pair whose making was interrupted between its two files. @returns whether it was one */
export function completePair(pair: KeyPair): boolean {
  const { key, certificate } = pair
  const staged = stagedName(certificate)
  if (!isFile(key) || lstatOrNone(certificate) !== undefined) return false
  if (!isFile(staged) || belongTogether(key, staged) !== true) return false
  try {
    putInPlace(certificate)
    dropStaged(pair)
  } catch (error) {
    throw fileError(error, 'put the certificate into place', certificate)
  }
  return true
}

/**
 * As Documentation/admin-guide/module-signing.rst of the kernel has it (x509.genkey), with the extended key usage that
 * DKMS 3.1.7 and newer ask for: a leaf certificate that vouches for code and nothing else.
 */
const opensslConfig = `[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
string_mask = utf8only
[name]
CN = DKMS module signing key
[extensions]
basicConstraints = critical,CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`

/** 100 years: an expired key would stop every module at once, at a time nobody remembers it. */
const validDays = '36500'

async function makeWithOpenssl(pair: KeyPair, options: MakePairOptions): Promise<void> {
  const [key, certificate] = [stagedName(pair.key), stagedName(pair.certificate)]
  let keyIsInPlace = false
  try {
    // The tree may not exist yet; a directory that framework.conf names and that is not there is probably mistyped.
    if (pair.origin === 'tree') makeDirectories(dirname(pair.key))
    createPrivateFile(key)
    await runOpenssl(key, certificate, options)
    chmodSync(certificate, 0o644)
    if (belongTogether(key, certificate) !== true) throw notAPair(pair)
    putInPlace(pair.key)
    keyIsInPlace = true
    putInPlace(pair.certificate)
  } catch (error) {
    throw fileError(error, 'make a signing key', pair.key)
  } finally {
    // Where only the key got into its place, the next run completes the pair with the staged certificate.
    if (!keyIsInPlace || lstatOrNone(pair.certificate) !== undefined) dropStaged(pair)
  }
}

async function runOpenssl(key: string, certificate: string, options: MakePairOptions): Promise<void> {
  using scratch = temporaryDirectory(options.roots.tmp, 'dkms-mok-')
  const config = join(scratch.path, 'openssl.cnf')
  writeFileSync(config, opensslConfig)
  const request = ['req', '-new', '-x509', '-batch', '-nodes', '-newkey', 'rsa:2048', '-sha256', '-days', validDays]
  const files = ['-config', config, '-keyout', key, '-outform', 'DER', '-out', certificate]
  await run(['openssl', ...request, ...files], {
    wholeEnv: childEnvironment({}, options.environment),
    purpose: 'make a key pair that signs modules',
  })
}

/** Before openssl writes it: nobody else may read the key, not for a moment. */
function createPrivateFile(path: string): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
  try {
    fchmodSync(descriptor, 0o600)
  } finally {
    closeSync(descriptor)
  }
}

/** A link, so that a file which appeared meanwhile is not replaced. */
function putInPlace(path: string): void {
  const staged = stagedName(path)
  syncDirectory(staged)
  linkSync(staged, path)
  syncDirectory(dirname(path))
}

/** Takes away what an interrupted run left beside a pair that is whole or not there at all. */
export function dropStaged({ key, certificate }: KeyPair): void {
  for (const path of [key, certificate]) if (isAbsolute(path)) rmSync(stagedName(path), { force: true })
}

/** Beside the file; hidden, and on its file system. */
export function stagedName(path: string): string {
  return join(dirname(path), `.${basename(path)}.new`)
}

function notAPair(pair: KeyPair): FactoryError {
  return new FactoryError('COMMAND_FAILED', `openssl made a key and a certificate that do not fit, for ${pair.key}`)
}

/** The first step makes the pair; those after it ask to enrol it, and their failure leaves a usable pair. */
async function runSteps(pair: KeyPair, steps: readonly MakeKeysStep[], options: MakePairOptions): Promise<void> {
  const [make, ...others] = steps
  if (make === undefined) throw new Error('a distribution without a command that makes keys')
  await runStep(make, options)
  const absent = [pair.key, pair.certificate].filter((path) => !isFile(path))
  if (absent.length > 0) {
    throw new FactoryError(
      'COMMAND_FAILED',
      `${quoteArgv(make.argv)} succeeded and did not make ${absent.join(' and ')}`,
    )
  }
  for (const step of others) {
    try {
      await runStep(step, options)
    } catch (error) {
      if (!isFactoryError(error)) throw error
      options.report({
        kind: 'warning',
        message: `the new key was not given to the firmware: ${error.message}`,
        hint: `run as root: ${quoteArgv(step.argv)}`,
      })
    }
  }
}

/** How long a program of the distribution may take where no person is there to answer it. */
const unattendedMs = 120_000

async function runStep({ argv, env }: MakeKeysStep, options: MakePairOptions): Promise<void> {
  await run(argv, {
    wholeEnv: childEnvironment({ ...debconfVariables(options.environment), ...env }, options.environment),
    purpose: 'make a key pair that signs modules',
    ...(options.interactive ? { interactive: true } : { timeoutMs: unattendedMs }),
  })
}

/** How questions are asked is the caller's choice (debconf(7)). */
function debconfVariables(environment: Environment): Record<string, string> {
  const names = ['DEBIAN_FRONTEND', 'DEBIAN_PRIORITY', 'DEBCONF_NONINTERACTIVE_SEEN']
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  )
}
