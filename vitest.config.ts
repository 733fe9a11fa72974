import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        // These start compilers, other programs or virtual machines: few at a time, with time to finish.
        test: {
          name: 'real',
          include: ['test/differential/**/*.test.ts', 'test/acceptance/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
