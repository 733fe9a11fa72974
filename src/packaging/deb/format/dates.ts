/** Dates as Debian's changelogs and .changes files have them (RFC 5322 section 3.3), always in UTC. */

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** @param seconds since the epoch */
export function formatDate(seconds: number): string {
  const date = new Date(seconds * 1000)
  const day = `${days[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]}`
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `${day} ${String(date.getUTCFullYear()).padStart(4, '0')} ${time} +0000`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

const form =
  /^(?:[A-Z][a-z]{2}, +)?(\d{1,2}) +([A-Z][a-z]{2}) +(\d{4}) +(\d{1,2}):(\d{2}):(\d{2}) +([+-])(\d{2})(\d{2})$/

/** @returns seconds since the epoch, or undefined when the text is no such date */
export function parseDate(text: string): number | undefined {
  const found = form.exec(text.trim())
  if (found === null) return undefined
  const [, day = '', month = '', year = '', hours = '', minutes = '', seconds = '', sign, offHours, offMinutes] = found
  const monthIndex = months.findIndex((name) => name === month)
  const utc = new Date(0)
  utc.setUTCFullYear(Number(year), monthIndex, Number(day))
  utc.setUTCHours(Number(hours), Number(minutes), Number(seconds))
  const inRange = monthIndex >= 0 && utc.getUTCDate() === Number(day) && utc.getUTCHours() === Number(hours)
  if (!inRange || utc.getUTCMinutes() !== Number(minutes)) return undefined
  const offset = (sign === '-' ? -1 : 1) * (Number(offHours) * 3600 + Number(offMinutes) * 60)
  return utc.getTime() / 1000 - offset
}
