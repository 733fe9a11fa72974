/** What became of the kernels that an action went through, as text and as documents. */
import { formatKernel, type Kernel } from '../../domain.ts'
import type { FactoryError } from '../../errors.ts'
import { errorDocument } from './errors.ts'
import { alignColumns } from './table.ts'

interface KernelOutcome {
  readonly kernel: Kernel
  readonly state: string
  /** Of one that went wrong. */
  readonly error?: FactoryError
}

export function failuresOf(outcomes: readonly KernelOutcome[]): FactoryError[] {
  return outcomes.flatMap(({ error }) => error ?? [])
}

/** One line for each. */
export function summary<Outcome extends KernelOutcome>(
  outcomes: readonly Outcome[],
  verdict: (outcome: Outcome) => string,
): string {
  return alignColumns(outcomes.map((outcome) => [formatKernel(outcome.kernel), verdict(outcome)]))
}

export function outcomeDocument({ kernel, error, ...rest }: KernelOutcome): Record<string, unknown> {
  return {
    kernel: kernel.release,
    arch: kernel.arch,
    ...rest,
    ...(error === undefined ? {} : { error: errorDocument(error) }),
  }
}

/** Of a dry run. */
export function plannedSteps(whatFor: string, steps: readonly string[]): string {
  return [`${whatFor}:`, ...steps.map((step) => `  would ${step}`), ''].join('\n')
}
