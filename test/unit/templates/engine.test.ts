import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEngine } from '../../../src/templates/engine.ts'
import { openTemplates, templatesDirectory } from '../../../src/templates/stock.ts'

const engine = await createEngine()

describe('a template', () => {
  it('places values as they are, and escapes where it says so', () => {
    const render = engine.compile('{{name}} {{sh name}} {{xml name}} {{json name}} {{sh count}}', 't')
    expect(render({ name: "O'B & co", count: 3 })).toBe(`O'B & co 'O'\\''B & co' O&apos;B &amp; co "O'B & co" 3`)
  })

  it('repeats and chooses, and block tags leave no lines', () => {
    const render = engine.compile('{{#each files}}\n* {{sh path}}\n{{#if doc}}\n  doc\n{{/if}}\n{{/each}}\nend\n', 't')
    expect(
      render({
        files: [
          { path: 'a b', doc: true },
          { path: 'c', doc: false },
        ],
      }),
    ).toBe("* 'a b'\n  doc\n* c\nend\n")
  })

  it.each([
    ['a name that the values lack', '{{sh missing}}', {}],
    ['a bare name that the values lack', '{{missing}}', {}],
    ['a name that only every object has', '{{constructor}}', {}],
    ['a helper that does not exist', '{{shell name}}', { name: 'x' }],
    ['a helper of Handlebars that is not ours', '{{lookup name "x"}}', { name: 'x' }],
    ['a list where a text is expected', '{{sh name}}', { name: ['x'] }],
    ['a value that is not there', '{{sh name}}', { name: undefined }],
    ['two values for one', '{{sh name name}}', { name: 'x' }],
  ])('with %s is an error that names the template', (_, text, values) => {
    expect(() => engine.compile(text, 'rpm/x.spec.hbs')(values)).toThrow(/rpm\/x\.spec\.hbs/)
  })

  it('what a value cannot be is refused with the code for users', () => {
    expect(() => engine.compile('{{spec x}}', 't')({ x: 'a\nb' })).toThrow(
      expect.objectContaining({ code: 'PACKAGE_REFUSED', message: expect.stringContaining('(template t)') }),
    )
  })
})

describe('the stock templates', () => {
  it('lie beside the package.json above, which a templates directory of somebody else is not', () => {
    const root = mkdtempSync(join(tmpdir(), 'dkms-factory-stock-'))
    try {
      mkdirSync(join(root, 'templates/rpm'), { recursive: true })
      mkdirSync(join(root, 'dist/lib/templates'), { recursive: true })
      expect(() => templatesDirectory(join(root, 'dist/lib'))).toThrow(expect.objectContaining({ code: 'FILE_ACCESS' }))
      writeFileSync(join(root, 'package.json'), '{}')
      expect(templatesDirectory(join(root, 'dist/lib'))).toBe(join(root, 'templates'))
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  it('are rendered by their names, and a missing one is told with its path', async () => {
    const root = mkdtempSync(join(tmpdir(), 'dkms-factory-stock-'))
    try {
      writeFileSync(join(root, 'x.hbs'), 'Name: {{spec name}}\n')
      const templates = await openTemplates('', root)
      expect(templates.render('x.hbs', { name: '50%' })).toBe('Name: 50%%\n')
      expect(templates.render('x.hbs', { name: 'again' })).toBe('Name: again\n')
      expect(() => templates.render('y.hbs', {})).toThrow(`${root}/y.hbs`)
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
