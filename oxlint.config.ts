import { defineConfig } from 'oxlint'
import { roomRules } from './scripts/room-rules.ts'

/** What the linter enforces. The map of rooms, and who may import what, is in scripts/room-rules.ts. */
export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'promise', 'oxc'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    'no-console': 'error',
    'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/consistent-type-imports': 'error',
    // `using _lock = ...` holds something without naming it.
    'no-underscore-dangle': 'off',
    // An exhaustive switch needs no return after it; tsc's noImplicitReturns knows that.
    'typescript/consistent-return': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'no-await-in-loop': 'off',
    'no-shadow': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    complexity: ['error', 15],
  },
  ignorePatterns: ['dist', 'dist.*.tmp', 'node_modules', 'demo-out', '.cache'],
  overrides: [
    ...roomRules,
    {
      files: ['test/**', '*.config.ts'],
      rules: {
        'max-lines': 'off',
        'max-lines-per-function': 'off',
        'import/no-default-export': 'off',
        'no-console': 'off',
        'typescript/no-non-null-assertion': 'off',
      },
    },
    { files: ['scripts/**', 'bench/**'], rules: { 'no-console': 'off' } },
  ],
})
