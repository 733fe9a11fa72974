import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readModuleMacros } from '../../../../src/packaging/metadata/c-macros.ts'

const authorsOf = (source: string): readonly string[] => readModuleMacros(source).authors

describe('macros of a C source', () => {
  it('are read as a compiler would, with the SPDX line of the file', () => {
    const source = `// SPDX-License-Identifier: GPL-2.0+ OR MIT
#include <linux/module.h>
#define DRV_NAME "foo"
#define DRV_AUTHOR "Ann Author " "<ann@example.org>"
/* MODULE_AUTHOR("nobody"); */
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION ( "The " DRV_NAME /* a comment */
   " driver, \\"best\\" of\\tall" ) ;
MODULE_AUTHOR(DRV_AUTHOR);
MODULE_AUTHOR("Bob");
`
    expect(readModuleMacros(source)).toEqual({
      licenses: ['Dual MIT/GPL'],
      descriptions: ['The foo driver, "best" of\tall'],
      authors: ['Ann Author <ann@example.org>', 'Bob'],
      spdx: 'GPL-2.0+ OR MIT',
    })
  })

  it.each([
    ['a comment to the end of the line', '// MODULE_AUTHOR("x")'],
    ['a string', 'char *s = "MODULE_AUTHOR(\\"x\\")";'],
    ['a part that is switched off', '#if 0\nMODULE_AUTHOR("x");\n#if 1\nMODULE_AUTHOR("y");\n#endif\n#endif'],
    ['the alternative of one that is on by default', '#if 0\n#elif 0\nMODULE_AUTHOR("x");\n#endif'],
    ['its own definition', '#define MODULE_AUTHOR(x) whatever("x")'],
    ['a longer name', 'MY_MODULE_AUTHOR("x"); MODULE_AUTHORS("x");'],
    ['a comment that never ends', '/* MODULE_AUTHOR("x");'],
  ])('are not looked for in %s', (_, source) => {
    expect(authorsOf(`${source}\n`)).toEqual([])
  })

  it.each([
    ['a name nobody defined', 'MODULE_AUTHOR(UNKNOWN);'],
    ['a call', 'MODULE_AUTHOR(__stringify(x));'],
    ['a definition of itself', '#define A B\n#define B A\nMODULE_AUTHOR(A);'],
    ['nothing', 'MODULE_AUTHOR();'],
    ['no end', 'MODULE_AUTHOR("x"'],
  ])('with %s as their argument are not guessed', (_, source) => {
    expect(authorsOf(source)).toEqual([])
  })

  it('are read from the part that counts, over continued lines and CR/LF', () => {
    expect(authorsOf('#if 0\nMODULE_AUTHOR("x");\n#else\nMODULE_AUTHOR("y");\n#endif')).toEqual(['y'])
    expect(authorsOf('#ifdef MODULE_AUTHOR\r\nMODULE_AUTHOR( \\\r\n "y");\r\n#endif')).toEqual(['y'])
    expect(authorsOf('#define A \\\n "a" \\\n "b"\nMODULE_AUTHOR(A);')).toEqual(['ab'])
    expect(authorsOf('MODULE_AUTHOR("\\x41\\102\\\\n\\n");')).toEqual(['AB\\n\n'])
    expect(authorsOf('MODULE_AUTHOR("http://x/*y*/");')).toEqual(['http://x/*y*/'])
  })

  it('a C string of any text is read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab"\\/*#()\n\'%ü世')) }), (text) => {
        const literal = text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')
        expect(authorsOf(`MODULE_AUTHOR("${literal}");`)).toEqual([text])
      }),
    )
  })

  it('no text takes long, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...Array.from('MODULE_AUTHOR("'), '/*', '*/', '\\', '\n#if 0\n', '//'),
          maxLength: 3000,
          minLength: 1000,
        }),
        (text) => {
          readModuleMacros(`MODULE_LICENSE("GPL");${text}`)
        },
      ),
      { numRuns: 30 },
    )
    const started = performance.now()
    readModuleMacros(`MODULE_AUTHOR(${'"'.repeat(200_000)}`)
    readModuleMacros(`MODULE_AUTHOR("x") ${'/*'.repeat(200_000)}`)
    readModuleMacros(`MODULE_AUTHOR(${'('.repeat(100_000)}`)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
