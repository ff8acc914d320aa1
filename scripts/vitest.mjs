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

/**
 * Runs lanes at the same time, and the runs of a lane (`{ name, …options of runVitest }`) one after the other, each as a process of
 * its own: one that dies loses only its own report. The first lane shows its output as it comes.
 */
export async function runLanes(...lanes) {
  const results = await Promise.all(lanes.map((lane, at) => runLane(lane, at > 0)))
  return results.flat()
}

async function runLane(lane, isBeside) {
  const results = []
  for (const { name, ...options } of lane) results.push(await runVitest(name, { ...options, isBeside }))
  return results
}

/** The arguments that choose projects of vitest.config.ts. */
export const projects = (...names) => names.flatMap((name) => ['--project', name])
