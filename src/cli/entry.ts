/**
 * dist/main.cjs, what the launchers in bin/ start: `node main.cjs PROGRAM-NAME [ARGUMENT...]`. The build writes it as
 * CommonJS for Node 16 on, so that a Node that is too old is told so in words.
 */
import { writeSync } from 'node:fs'
import { bundleOf, openBundles } from './bundles.ts'
import { versionText } from './render/version.ts'

const oldestNode = 24
/** sysexits.h EX_SOFTWARE: an error inside this program. */
const internalError = 70
const noUsableNode = 127

interface CommandLine {
  main(argv: string[], programName: string): Promise<number>
}

function start(programName: string, argv: string[]): void {
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    process.stderr.write(
      `${programName}: Node ${oldestNode} or newer is needed, and ${process.execPath} is ${process.version}\n` +
        `install nodejs ${oldestNode}, or run \`npm ci\` in the checkout of dkms-factory, which brings its own Node along\n`,
    )
    process.exitCode = noUsableNode
    return
  }
  // Scripts ask this often, and loading the command line would be most of the answer's time.
  if (argv.length === 1 && argv[0] === '--version' && isWritten(versionText(programName, false))) return
  // Left to itself Node would print the line of the bundle that threw, and leave with 1, which means something to dkms.
  process.on('uncaughtException', reportBug)
  const commandLine = openBundles(__dirname, require).load(bundleOf(argv)) as CommandLine
  void commandLine.main(argv, programName).then(leave)
}

/** Where it cannot be written, as on a full disk, the command line says why. */
function isWritten(text: string): boolean {
  try {
    return writeSync(1, text) === Buffer.byteLength(text)
  } catch {
    return false
  }
}

/** All output is written by now. Left to end by itself, Node would first free what the kernel frees at once. */
function leave(status: number): void {
  process.exit(status)
}

function reportBug(error: unknown): void {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`this is a bug in dkms-factory, please report it:\n${what}\n`)
  process.exit(internalError)
}

start(process.argv[2] ?? 'dkms-factory', process.argv.slice(3))
