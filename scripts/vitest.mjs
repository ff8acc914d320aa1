import { delimiter, dirname } from 'node:path'
import { run } from './child.mjs'
import { freshReport, readReport, tally } from './results.mjs'

/**
 * Runs Vitest once and counts its JSON report. `node` is the binary it runs under, which also comes first on the PATH,
 * so that what a test starts as `node` is the same one. `env` adds variables. `isBeside`: another run writes to the output at
 * the same time, so the output of this one is shown at its end.
 */
export async function runVitest(name, { args = [], node = process.execPath, env: more = {}, isBeside = false } = {}) {
  const report = `${name.replaceAll(/\W+/g, '-')}.json`
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${freshReport(report)}`]
  if (!isBeside) console.log(`\n── ${name}`)
  const env = { ...process.env, ...more, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
  // A run that hangs is ended in time for the others to run and for the sums to be told.
  const options = { show: !isBeside, env, limitMs: 30 * 60_000 }
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args]
  const { code, stdout, stderr } = await run(node, vitest, options)
  if (isBeside) console.log(`\n── ${name}\n${stdout}${stderr}`)
  return tally(name, readReport(report), code)
}

/** The arguments that choose projects of vitest.config.ts. */
export const projects = (...names) => names.flatMap((name) => ['--project', name])
