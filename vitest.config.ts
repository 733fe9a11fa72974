import { defineConfig } from 'vitest/config'
import { ClosingLineReporter } from './scripts/closing-line-reporter.ts'

/**
 * Most tests start other programs and wait for them a third of their time, so there is one more worker than a small
 * machine has processors. The same number for both projects: with two numbers one project waits for the end of the other.
 */
const maxWorkers = 3

export default defineConfig({
  test: {
    reporters: [new ClosingLineReporter()],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000, maxWorkers } },
      {
        // These start compilers, other programs or virtual machines, with time to finish.
        test: {
          name: 'real',
          include: ['test/differential/**/*.test.ts', 'test/acceptance/**/*.test.ts'],
          globalSetup: ['test/support/build-program.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers,
        },
      },
    ],
  },
})
