/**
 * Edits of a text by whole lines that can be taken back: undone in reverse on the text they made they give the original,
 * byte for byte, and on a text that somebody has changed meanwhile they touch their own lines only. No line that is
 * added, or that another becomes, is empty. Pure.
 */

export type Edit =
  /** The line `before` became `after`, and `nth` lines equal to that stood above it. */
  | { readonly kind: 'changed'; readonly before: string; readonly after: string; readonly nth: number }
  /** Put at the end. `completed`: the text did not end in a newline, and does since. */
  | { readonly kind: 'added'; readonly line: string; readonly completed: boolean }

export interface EditedText {
  readonly text: string
  readonly edits: readonly Edit[]
}

/** Every line that `change` gives another text for is replaced by that. */
export function changeLines({ text, edits }: EditedText, change: (line: string) => string): EditedText {
  const { lines, complete } = splitLines(text)
  const made: Edit[] = []
  for (const [index, before] of lines.entries()) {
    const after = change(before)
    if (after === before) continue
    lines[index] = after
    made.push({ kind: 'changed', before, after, nth: lines.slice(0, index).filter((line) => line === after).length })
  }
  return { text: joinLines({ lines, complete }), edits: [...edits, ...made] }
}

export function addLine({ text, edits }: EditedText, line: string): EditedText {
  const { lines, complete } = splitLines(text)
  return {
    text: joinLines({ lines: [...lines, line], complete: true }),
    edits: [...edits, { kind: 'added', line, completed: !complete }],
  }
}

export interface UndoneText {
  readonly text: string
  /** Edits whose line is not there any more. */
  readonly lost: readonly Edit[]
}

export function undoEdits(text: string, edits: readonly Edit[]): UndoneText {
  const lost: Edit[] = []
  let lines = splitLines(text)
  for (const edit of edits.toReversed()) {
    const undone = edit.kind === 'added' ? withoutAdded(lines, edit) : withChangedBack(lines, edit)
    if (undone === undefined) lost.push(edit)
    else lines = undone
  }
  return { text: joinLines(lines), lost }
}

interface Lines {
  readonly lines: string[]
  /** The last one ends in a newline; true of an empty text. */
  readonly complete: boolean
}

function splitLines(text: string): Lines {
  const lines = text.split('\n')
  const complete = lines.at(-1) === ''
  return { lines: complete ? lines.slice(0, -1) : lines, complete }
}

function joinLines({ lines, complete }: Lines): string {
  return complete ? lines.map((line) => `${line}\n`).join('') : lines.join('\n')
}

function withoutAdded(
  { lines, complete }: Lines,
  { line, completed }: Extract<Edit, { kind: 'added' }>,
): Lines | undefined {
  const index = lines.lastIndexOf(line)
  if (index === -1) return undefined
  const wasLast = index === lines.length - 1
  return { lines: lines.toSpliced(index, 1), complete: complete && !(completed && wasLast) }
}

/** Where lines were removed above, the last one that is left is taken for it. */
function withChangedBack(
  { lines, complete }: Lines,
  { before, after, nth }: Extract<Edit, { kind: 'changed' }>,
): Lines | undefined {
  const places = lines.flatMap((line, index) => (line === after ? [index] : []))
  const index = places[nth] ?? places.at(-1)
  return index === undefined ? undefined : { lines: lines.with(index, before), complete }
}
