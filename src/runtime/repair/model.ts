/** What `repair` finds and what becomes of it. */
import type { AbsolutePath, Kernel, PackageId } from '../../domain.ts'
import type { AnomalyKind, Build, TreePackage } from '../../tree/model.ts'
import type { ManyRequest } from '../autoinstall/model.ts'
import type { RecordsOf } from '../module-records.ts'

export interface RepairRequest extends ManyRequest {
  readonly recordsOf: RecordsOf
}

/** A finding of `status`, or a package that it calls broken, with what it is about. */
export interface Finding {
  readonly kind: AnomalyKind | 'broken'
  readonly path: AbsolutePath
  readonly message: string
  readonly entry?: TreePackage
  readonly build?: Build
}

/** What can be done about a finding. */
export type Remedy =
  | {
      readonly kind: 'action'
      /** For a person, after "would" and, done, by itself: `delete /var/lib/...`. */
      readonly text: string
      /** @returns why it did not help, and what a person can do; undefined when it did */
      readonly carryOut: () => Promise<string | undefined>
    }
  | { readonly kind: 'advice'; readonly text: string }

/** A remedy that helps when `work` does not throw. */
export function doing(text: string, work: () => unknown): Remedy {
  async function carryOut(): Promise<undefined> {
    await work()
    return undefined
  }
  return { kind: 'action', text, carryOut }
}

/** A finding as the result tells it. */
export interface ToldFinding {
  readonly kind: Finding['kind']
  readonly path: AbsolutePath
  readonly message: string
  readonly package?: PackageId
}

export interface RepairResult {
  /** What was done, or in a dry run would be, in this order. */
  readonly done: readonly { readonly finding: ToldFinding; readonly action: string }[]
  /** What is left for a person, and what to do about it. */
  readonly left: readonly { readonly finding: ToldFinding; readonly advice: string }[]
}

export interface OnBuild {
  readonly entry: TreePackage
  readonly build: Build
  readonly kernel: Kernel
  readonly id: PackageId
  readonly about: string
}
