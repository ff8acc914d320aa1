// What came of a run: counted from the reports of its runners, never from their text.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './child.mjs'

export const reports = join(root, 'reports')

/**
 * One runner's result. Each list holds names, so that a failed or a skipped test can be said. `again`: passed
 * only at the second try.
 * @typedef {{ runner: string, passed: number, failed: string[], skipped: string[], again: string[] }} Result
 */

/**
 * Counts a Vitest JSON report (`undefined`: there is none). What failed without a failed test counts as one failure:
 * a file that does not load, a hook, an unhandled error, a runner that died, a run without a test.
 * @returns {Result}
 */
export function tally(runner, report, exitCode) {
  const result = { runner, passed: 0, failed: [], skipped: [], again: [] }
  for (const file of report?.testResults ?? []) countFile(result, file)
  if (!report) result.failed.push(`no report: the runner died (exit code ${exitCode ?? 'none'})`)
  else if (result.passed + result.failed.length === 0) result.failed.push('not one test was executed')
  else if (exitCode !== 0 && result.failed.length === 0) {
    result.failed.push(
      `the runner ended with exit code ${exitCode ?? 'none'} though no test failed: see its errors above`,
    )
  }
  return result
}

function countFile(result, file) {
  const name = relative(root, file.name)
  const failedBefore = result.failed.length
  for (const test of file.assertionResults) {
    const title = [name, ...test.ancestorTitles.filter(Boolean), test.title].join(' › ')
    if (test.status === 'passed') {
      result.passed += 1
      // The messages are those of its first try.
      const [first] = test.failureMessages ?? []
      if (first !== undefined) result.again.push(`${title}: ${first.split('\n')[0]}`)
    } else if (['skipped', 'todo', 'disabled'].includes(test.status)) result.skipped.push(title)
    else result.failed.push(test.status === 'failed' ? title : `${title} (did not end: ${test.status})`)
  }
  if (file.status === 'failed' && result.failed.length === failedBefore) {
    result.failed.push(`${name}: ${file.message.split('\n')[0] || 'failed outside of its tests'}`)
  }
}

/** Steps of the scripts (`{ name, ok }`) counted like tests. */
export function tallySteps(runner, steps) {
  const failed = steps.filter((step) => !step.ok).map((step) => step.name)
  return { runner, passed: steps.length - failed.length, failed, skipped: [], again: [] }
}

/** `3 passed, 0 failed`, and `, 1 skipped` if there is one. */
export function totalLine(results) {
  const { passed, failed, skipped } = totals(results)
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
}

export function totals(results) {
  const sum = (count) => results.reduce((total, result) => total + count(result), 0)
  return { passed: sum((r) => r.passed), failed: sum((r) => r.failed.length), skipped: sum((r) => r.skipped.length) }
}

/** Tells the results with everything that failed or was left out by name, the totals last, and sets the exit code. */
export function conclude(name, results, advice) {
  const width = Math.max(...results.map((result) => result.runner.length))
  console.log('')
  for (const result of results) console.log(`${result.runner.padEnd(width)}  ${totalLine([result])}`)
  list('Failed:', results, (result) => result.failed)
  list('Passed only when tried again; each is a bug to be found:', results, (result) => result.again)
  list('Left out, and not counted as passed:', results, (result) => result.skipped)
  if (advice) console.log(`\n${advice}`)
  writeReport(`${name}.summary.json`, totals(results))
  console.log(`\n${totalLine(results)}`)
  process.exitCode = totals(results).failed > 0 ? 1 : 0
}

function list(title, results, namesOf) {
  const lines = results.flatMap((result) => namesOf(result).map((name) => `  ${result.runner}: ${name}`))
  if (lines.length > 0) console.log(`\n${title}\n${lines.join('\n')}`)
}

/** Removes a report of an earlier run, so that it is not taken for this one's; gives its path. */
export function freshReport(file) {
  const path = join(reports, file)
  rmSync(path, { force: true })
  return path
}

/** A report's content, `undefined` if there is none or half of one. */
export function readReport(file) {
  const path = join(reports, file)
  try {
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
  } catch {
    return undefined
  }
}

function writeReport(file, value) {
  mkdirSync(reports, { recursive: true })
  writeFileSync(join(reports, file), `${JSON.stringify(value)}\n`)
}
