/**
 * Loaded into our program before it starts (node --require): writes the User Timing entries of src/system/stage.ts to the
 * file that BENCH_STAGES names when it ends. CommonJS, because reading TypeScript would take a good part of the time.
 */
const { writeFileSync } = require('node:fs')

process.once('exit', () => {
  const total = performance.now()
  const entries = performance
    .getEntriesByType('measure')
    .map(({ name, startTime, duration }) => ({ name, startTime, duration }))
  writeFileSync(process.env['BENCH_STAGES'], JSON.stringify({ total, entries }))
})
