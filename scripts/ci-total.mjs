// The last line of .ci/run: the sums over all runners. A runner without a summary died, and counts as failed.
import { readReport } from './results.mjs'

const all = process.argv.slice(2).map((name) => readReport(`${name}.summary.json`) ?? { passed: 0, failed: 1 })
const passed = all.reduce((sum, one) => sum + one.passed, 0)
const failed = all.reduce((sum, one) => sum + one.failed, 0)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
