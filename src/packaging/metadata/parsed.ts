/** A value read from a text, or what is wrong with the text: a phrase that follows the name of what was read. */
export type Parsed<Value> = { readonly value: Value } | { readonly fault: string }
