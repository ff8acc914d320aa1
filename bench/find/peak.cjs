// Loaded before the command: writes the most memory that the process had, in KB, to the file that BENCH_PEAK names.
const { writeFileSync } = require('node:fs')

process.once('exit', () => writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)))
