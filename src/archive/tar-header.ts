import { Header } from 'tar/header'

/** Whether the bytes begin with the header of a tar member, by its checksum. */
export function headerIsValid(bytes: Buffer): boolean {
  if (bytes.length < 512) return false
  try {
    return new Header(bytes).cksumValid
  } catch {
    return false // a number in it is beyond what a header can mean
  }
}
