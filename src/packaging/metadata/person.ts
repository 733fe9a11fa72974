/** `Name <address>`, as package files name people. */
import type { Person } from './model.ts'
import type { Parsed } from './parsed.ts'
import { asOneLine, textLine } from './text.ts'

const address = /^[^\s<>@,;()]+@[^\s<>@,;()]+$/

export function parsePerson(text: string): Parsed<Person> {
  const line = textLine(text)
  if ('fault' in line) return line
  const { name, email } = /^(?<name>[^<>]*?)\s*(?:<(?<email>[^<>]*)>)?$/.exec(line.value)?.groups ?? {}
  if (name === undefined || name === '') return { fault: `is not of the form Name <address>: ${line.value}` }
  if (email !== undefined && !address.test(email)) return { fault: `has no valid mail address: ${line.value}` }
  return { value: { name, email } }
}

/** `Name <address>`, or only the name. */
export function formatPerson({ name, email }: Person): string {
  return email === undefined ? name : `${name} <${email}>`
}

/** The first person with an address whom MODULE_AUTHOR texts name, else the first person. */
export function personAmong(authors: readonly string[]): Person | undefined {
  const people = authors.flatMap(peopleIn)
  return people.find(({ email }) => email !== undefined) ?? people[0]
}

/** One MODULE_AUTHOR may name several people, and some name only an address. What follows an address does not count. */
function peopleIn(text: string): Person[] {
  return asOneLine(text)
    .replace(/^\(c\)\s*|\bCopyright\b.*$/gi, '')
    .split(/[,;&]|\band\b/)
    .flatMap((part): Person[] => {
      const { name = '', email } = addressed.exec(part.trim())?.groups ?? {}
      if (email !== undefined) return [{ name: name === '' ? email.replace(/@.*/, '') : name, email }]
      return /^[^<>()@]+$/.test(part.trim()) ? [{ name: part.trim(), email: undefined }] : []
    })
}

const addressed = /^(?<name>[^<>()@]*?)\s*[<(]?\s*(?<email>[^\s<>()@,;]+@[^\s<>()@,;]+)/
