// The block of docs/testing.md that is for Vitest runs in a Vitest of its own, over the sources.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { blocksOf, textOf } from './docs/blocks.js'

const page = 'docs/testing.md'
const root = fileURLToPath(new URL('..', import.meta.url))

interface Report {
  readonly testResults: readonly { readonly name: string; readonly status: string }[]
}

/** Runs test files by their names. @returns whether each passed or failed, as Vitest reports it */
function runVitest(files: Readonly<Record<string, string>>): Record<string, string> {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  // Inside the project, where Vitest resolves.
  const folder = mkdtempSync(join(cache, 'spoor-vitest-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const alias = { 'spoor/testing': join(root, 'src/testing/testing.ts') }
  writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify({ resolve: { alias } })}\n`)
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code)
  const report = join(folder, 'report.json')
  const args = ['run', '--root', folder, '--reporter=json', `--outputFile=${report}`]
  // As a user runs it: not as a part of this Vitest.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_ENV$/.test(name)))
  spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], { cwd: folder, env })
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
  return Object.fromEntries(testResults.map(({ name, status }) => [basename(name), status]))
}

test('the test of the page passes in Vitest, and fails where the service does something else', () => {
  const line = textOf(page).split('\n').indexOf('## In Vitest') + 1
  const code = blocksOf(page).find((one) => one.line > line)?.code ?? ''
  const results = runVitest({
    'page.test.ts': code,
    'other.test.ts': code.replace('info({ order: 7 }', 'info({ order: 8 }'),
  })
  expect(results).toEqual({ 'page.test.ts': 'passed', 'other.test.ts': 'failed' })
})
