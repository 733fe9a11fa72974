import { defineConfig } from 'vitest/config'
import { ClosingLineReporter } from './scripts/closing-line-reporter.ts'

export default defineConfig({
  test: {
    reporters: [new ClosingLineReporter()],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        // These start compilers, other programs or virtual machines: few at a time, with time to finish. A third of their time
        // they wait for what they started, so there is one more than a small machine has processors.
        test: {
          name: 'real',
          include: ['test/differential/**/*.test.ts', 'test/acceptance/**/*.test.ts'],
          globalSetup: ['test/support/build-program.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 3,
        },
      },
    ],
  },
})
