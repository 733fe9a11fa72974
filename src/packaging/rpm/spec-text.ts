/**
 * A text of several lines as it can stand in a spec file, so that the package that is written and the one that is rebuilt
 * say the same: rpmbuild takes a line that begins with % or # for a section or comment, so it becomes an item of a list.
 */
export function asSpecText(text: string): string {
  return text.replace(/^([ \t]*)(?=[%#])/gm, '$1- ')
}
