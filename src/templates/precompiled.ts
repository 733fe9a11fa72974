/**
 * The stock templates as the build compiled them, by name: it puts its own list in the place of this empty one
 * (scripts/precompile-templates.ts). Compiling them takes longer than writing a small package.
 */
export interface PrecompiledTemplate {
  /** What was compiled. Where the file says something else, somebody has edited it. */
  readonly text: string
  /** For Handlebars' own use. */
  readonly specification: object
}

export const precompiled: ReadonlyMap<string, PrecompiledTemplate> = new Map()
