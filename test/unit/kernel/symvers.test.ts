import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseSymvers, readSymvers } from '../../../src/kernel/symvers.ts'

describe('parseSymvers', () => {
  it.each([
    ['the present form', '0xc96caa73\tusb_add\tdrivers/usb/core\tEXPORT_SYMBOL_GPL\tUSB_STORAGE', 'USB_STORAGE'],
    ['the present form without a namespace', '0xc96caa73\tusb_add\tdrivers/usb/core\tEXPORT_SYMBOL_GPL\t', ''],
    ['the form before 5.4', '0xc96caa73\tusb_add\tdrivers/usb/core\tEXPORT_SYMBOL_GPL', ''],
    ['the form of 5.4', '0xc96caa73\tusb_add\tUSB_STORAGE\tdrivers/usb/core\tEXPORT_SYMBOL_GPL', 'USB_STORAGE'],
    ['the form of 5.4 without a namespace', '0xc96caa73\tusb_add\t\tdrivers/usb/core\tEXPORT_SYMBOL_GPL', ''],
  ])('reads %s', (_, line, namespace) => {
    expect(parseSymvers(`${line}\n`)).toEqual([
      { crc: 0xc96caa73, name: 'usb_add', module: 'drivers/usb/core', exportType: 'EXPORT_SYMBOL_GPL', namespace },
    ])
  })

  it('reads the form of 2.6.17 and older, which has no kind of export', () => {
    expect(parseSymvers('0x00000001\tx\tvmlinux')).toMatchObject([{ crc: 1, module: 'vmlinux', exportType: '' }])
  })

  it('leaves out lines of no form', () => {
    expect(parseSymvers('\nnonsense\n0x1\tx\tvmlinux\n0x00000001\t\tvmlinux\n0x00000001\tx\n')).toEqual([])
  })

  const real = '/usr/src/linux-headers-6.1.0-56-amd64/Module.symvers'
  it.skipIf(!existsSync(real))('reads every line of a real kernel (needs linux-headers-6.1.0-56-amd64)', () => {
    const symbols = readSymvers(real)
    expect(symbols.length).toBe(readFileSync(real, 'utf8').trimEnd().split('\n').length)
    expect(symbols.every((symbol) => symbol.exportType.startsWith('EXPORT_SYMBOL'))).toBe(true)
    expect(symbols.find((symbol) => symbol.name === '_printk')?.module).toBe('vmlinux')
  })

  it('names the file that is not there', () => {
    expect(() => readSymvers('/nonexistent/Module.symvers')).toThrow(/\/nonexistent\/Module\.symvers/)
  })
})
