/** One command and what it wrote, as DKMS 3.2 frames it in make.log and post_transaction.log. */
import { now } from '../system/clock.ts'

/** Runs `work` and frames what it writes to the same log; the work says which exit status its command had. */
export async function logBlock(
  write: (text: string) => void,
  title: string,
  command: string,
  work: () => Promise<number>,
): Promise<number> {
  write(`\n${title}\n# command: ${command}\n`)
  const start = now()
  const status = await work()
  write(`\n# exit code: ${status}\n# elapsed time: ${elapsed(now() - start)}\n${'-'.repeat(64)}\n`)
  return status
}

function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}
