import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExportedSymbol } from '../../../../src/kernel/symvers.ts'
import { encodeAlias, modaliasSupplements } from '../../../../src/packaging/kmod/supplements.ts'
import { packageSymbols, redHatChecksum, suseChecksum } from '../../../../src/packaging/kmod/symbols.ts'

const kernelSymbol = (name: string, crc: number): ExportedSymbol => ({
  name,
  crc,
  module: 'vmlinux',
  exportType: 'EXPORT_SYMBOL',
  namespace: '',
})

describe('the symbols of a package', () => {
  it('are those of the kernel, those of others, and none that one of its own modules exports', () => {
    const first = { needed: [{ name: 'printk', crc: 1 }], exported: [{ name: 'answer', crc: 7 }] }
    const second = {
      needed: [
        { name: 'answer', crc: 7 },
        { name: 'printk', crc: 1 },
        { name: 'elsewhere', crc: 9 },
      ],
      exported: [],
    }
    expect(packageSymbols([first, second], [kernelSymbol('printk', 1), kernelSymbol('kfree', 2)])).toEqual({
      fromKernel: [{ name: 'printk', crc: 1 }],
      fromOthers: [{ name: 'elsewhere', crc: 9 }],
      sets: [],
      exported: [{ name: 'answer', crc: 7 }],
      changed: [],
    })
  })

  it('that are in a set of the kernel are needed as that set, with the same checksum and by the first set that has it', () => {
    const module = {
      needed: [
        { name: 'printk', crc: 1 },
        { name: 'kfree', crc: 2 },
        { name: 'changed', crc: 3 },
        { name: 'elsewhere', crc: 9 },
      ],
      exported: [],
    }
    const kernel = [kernelSymbol('printk', 1), kernelSymbol('kfree', 2), kernelSymbol('changed', 4)]
    const sets = [
      { name: 'vmlinux', hash: 'aaaaaaaaaaaaaaaa', symbols: [kernelSymbol('printk', 1)] },
      { name: 'vmlinux', hash: 'bbbbbbbbbbbbbbbb', symbols: kernel },
    ]
    const { fromKernel, fromOthers, sets: needed } = packageSymbols([module], kernel, sets)
    expect(needed).toEqual([
      { name: 'vmlinux', hash: 'aaaaaaaaaaaaaaaa' },
      { name: 'vmlinux', hash: 'bbbbbbbbbbbbbbbb' },
    ])
    expect(fromKernel).toEqual([{ name: 'changed', crc: 3 }])
    expect(fromOthers).toEqual([{ name: 'elsewhere', crc: 9 }])
  })

  it('that the headers have otherwise now are told, and needed as the module has them', () => {
    const module = { needed: [{ name: 'printk', crc: 1 }], exported: [] }
    const { fromKernel, changed } = packageSymbols([module], [kernelSymbol('printk', 2)])
    expect(fromKernel).toEqual([{ name: 'printk', crc: 1 }])
    expect(changed).toEqual(['printk'])
  })

  it('do not depend on the order of the modules', () => {
    const symbol = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), crc: fc.constantFrom(1, 2) })
    const module = fc.record({ needed: fc.array(symbol), exported: fc.array(symbol) })
    fc.assert(
      fc.property(fc.array(module), (modules) => {
        const kernel = [kernelSymbol('a', 1)]
        expect(packageSymbols([...modules].reverse(), kernel)).toEqual(packageSymbols(modules, kernel))
      }),
    )
  })
})

it('a checksum has eight digits at Red Hat and no leading zeros at SUSE', () => {
  expect(redHatChecksum(0x0040afbe)).toBe('0x0040afbe')
  expect(suseChecksum(0x0040afbe)).toBe('40afbe')
  expect(suseChecksum(0)).toBe('0')
})

describe('supplements', () => {
  it('name the flavour and the device, the rest in hexadecimal digits', () => {
    expect(modaliasSupplements('default', ['pci:v00008086d*sv*', 'of:N*T*Cfoo,bar-1', 'foo'])).toEqual([
      { name: 'modalias(kernel-default:of:N*T*Cfoo%2Cbar%2D1)' },
      { name: 'modalias(kernel-default:pci:v00008086d*sv*)' },
    ])
  })

  it('of devices that differ in one character are one', () => {
    expect(modaliasSupplements('default', ['usb:v1p0001*', 'usb:v1p0002*'])).toEqual([
      { name: 'modalias(kernel-default:usb:v1p000[12]*)' },
    ])
    expect(modaliasSupplements('default', ['usb:d[0-3]-1*', 'usb:d[0-3]-2*'])).toEqual([
      { name: 'modalias(kernel-default:usb:d%5B0%2D3%5D%2D[12]*)' },
    ])
  })

  it('are decoded to what they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (alias) => {
        const encoded = encodeAlias(alias)
        expect(encoded).toMatch(/^(?:[*:a-zA-Z0-9]|%[0-9A-F]{2})*$/)
        const bytes = encoded.replace(/%(..)|[^%]/g, (token, hex: string | undefined) =>
          String.fromCharCode(hex === undefined ? token.charCodeAt(0) : Number.parseInt(hex, 16)),
        )
        expect(Buffer.from(bytes, 'latin1').toString('utf8')).toBe(Buffer.from(alias).toString('utf8'))
      }),
    )
  })
})
