/** docs/errors.md: every error code, what it means and the exit status that goes with it. */
import { bugStatus, exitStatuses, statusesOfVerbs } from '../../src/cli/exit-codes.ts'
import { type ErrorCode, errorMeanings } from '../../src/errors.ts'

const head = `# Errors and exit statuses

Made by \`scripts/generate-host-files.ts\` from \`src/errors.ts\` and \`src/cli/exit-codes.ts\`; edit those instead.

Every failure has a code of its own. It is stable, stands in messages and in the document of \`--json\` (\`error.code\`),
and tells situations apart that share an exit status. The statuses are those of DKMS 3.x, because scripts know them.

Status 0 is success, and also that there was nothing to do. Status 127 comes from the launchers in \`bin/\`: there is no
usable Node, or the program has not been built. Status ${bugStatus} is a bug of this program: please report it.

Some actions end with a status of their own for some of them, as they did in DKMS 2.x: see the end of this page.

| code | exit status | meaning |
| --- | --- | --- |
`

export function renderErrorsPage(): string {
  const rows = (Object.keys(errorMeanings) as ErrorCode[]).map(
    (code) => `| \`${code}\` | ${status(code)} | ${errorMeanings[code]} |\n`,
  )
  return `${head}${rows.join('')}${ofActions}${rowsOfActions().join('')}`
}

const ofActions = `
## Statuses of single actions

| action | code | exit status |
| --- | --- | --- |
`

function rowsOfActions(): readonly string[] {
  return Object.entries(statusesOfVerbs).flatMap(([verb, statuses]) =>
    Object.entries(statuses).map(([code, number]) => `| \`${verb}\` | \`${code}\` | ${number} |\n`),
  )
}

/** A failing script of a package hands its own status on, and a signal has the status that shells give it. */
function status(code: ErrorCode): string {
  if (code === 'SCRIPT_FAILED') return `that of the script, else ${exitStatuses[code]}`
  if (code === 'INTERRUPTED') return `129 (SIGHUP), 143 (SIGTERM), else ${exitStatuses[code]}`
  return String(exitStatuses[code])
}
