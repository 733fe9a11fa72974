import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { separateBundleSource } from '../../../scripts/bundle-plugins.ts'
import { bundleOf, codeCacheOf, openBundles, shortBundles } from '../../../src/cli/bundles.ts'
import { isVerb } from '../../../src/cli/verbs.ts'
import { programFile } from '../../support/program.ts'

const requireBuiltin = createRequire(import.meta.url)
let dist = ''

beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'dkms-factory-bundles-'))
  mkdirSync(join(dist, 'lib'))
})

afterEach(() => rmSync(dist, { recursive: true, force: true }))

function writeBundle(name: string, source: string): string {
  const file = join(dist, name)
  writeFileSync(file, `(function (exports, require, module, __filename, __dirname) {${source}\n})`)
  return file
}

describe('bundles', () => {
  it('get what CommonJS gives a module, are run once, and reach builtins', () => {
    const file = writeBundle(
      'cli.js',
      'exports.all = [__filename, __dirname, require("node:path").sep, module.exports === exports]',
    )
    const bundles = openBundles(dist, requireBuiltin)
    expect(bundles.load('cli.js')).toEqual({ all: [file, dist, '/', true] })
    expect(bundles.load('cli.js')).toBe(bundles.load('cli.js'))
  })

  it('load what another bundle holds only when it is asked for', () => {
    writeBundle('lib/tar.js', separateBundleSource(new Set(['node:os', 'node:nonexistent'])))
    writeBundle('cli.js', 'exports.load = (name) => require("./lib/tar.js#" + name)')
    const bundles = openBundles(dist, requireBuiltin)
    const { load } = bundles.load('cli.js') as { load: (name: string) => unknown }
    expect([...bundles.compiled.keys()]).toEqual([join(dist, 'cli.js')])
    expect(load('node:os')).toBe(requireBuiltin('node:os'))
    expect(() => load('node:nonexistent')).toThrow('node:nonexistent')
    expect(bundles.compiled.size).toBe(2)
  })

  describe('and their code cache', () => {
    const source = 'exports.answer = () => 42'

    function reload(cache: (good: Buffer) => Uint8Array): { answer: unknown; rejected: boolean | undefined } {
      const file = writeBundle('cli.js', source)
      const first = openBundles(dist, requireBuiltin)
      first.load('cli.js')
      const good = first.compiled.get(file)?.createCachedData()
      if (good === undefined) throw new Error('nothing was compiled')
      // Under another name, because V8 remembers in memory what it compiled under the first.
      const again = writeBundle('lib/again.js', source)
      writeFileSync(codeCacheOf(again), cache(good))
      const second = openBundles(dist, requireBuiltin)
      const { answer } = second.load('lib/again.js') as { answer: () => unknown }
      return { answer: answer(), rejected: second.compiled.get(again)?.cachedDataRejected }
    }

    it('is used when it belongs to the source', () => {
      expect(reload((good) => good)).toEqual({ answer: 42, rejected: false })
    })

    it.each<[string, (good: Buffer) => Uint8Array]>([
      ['empty', () => new Uint8Array()],
      ['cut short', (good) => good.subarray(0, good.length >> 1)],
      ['something else', () => Buffer.from('not a code cache, and long enough to hold the header of one, twice over')],
      ['made by another V8', (good) => Buffer.from(good.map((byte, at) => (at >= 4 && at < 8 ? byte ^ 0xff : byte)))],
      ['made for a longer source', (good) => Buffer.from(good.map((byte, at) => (at === 8 ? byte + 1 : byte)))],
    ])('is left unused when it is %s', (_, cache) => {
      expect(reload(cache)).toEqual({ answer: 42, rejected: true })
    })
  })

  describe('for actions of their own', () => {
    const short = Object.values(shortBundles).flat()

    it('are chosen where the action comes first, and hold it', () => {
      expect(short.filter((verb) => !isVerb(verb))).toEqual([])
      for (const verb of short) {
        const { status, stderr } = spawnSync(programFile.here, [verb, 'no/1.0', '--dkmstree', join(dist, 'tree')], {
          encoding: 'utf8',
        })
        // What comes of it is the action's; a bundle without it would be a bug of status 70.
        expect({ verb, bug: status === 70 }, stderr).toEqual({ verb, bug: false })
        expect(bundleOf([verb, 'no/1.0'])).not.toBe('cli.js')
      }
    })

    it('leave all else to the one that holds every action', () => {
      for (const argv of [['-q', 'status'], ['build', 'status'], ['--help'], []]) expect(bundleOf(argv)).toBe('cli.js')
    })
  })
})
