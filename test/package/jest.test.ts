// The block of docs/testing.md that is for Jest runs in Jest, in the project of a user.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blocksOf, textOf } from '../docs/blocks.js'
import { exec, makeProject, type Project } from './project.js'

const page = 'docs/testing.md'
// The last line that runs on Node 20.
const jest = 'jest@30.5.2'

let project: Project
let text: string

beforeAll(async () => {
  project = await makeProject()
  await project.install(jest)
  const line = textOf(page).split('\n').indexOf('## In Jest') + 1
  text = blocksOf(page).find((block) => block.line > line)?.code ?? ''
  await project.write('payment.test.js', text)
})

afterAll(() => project?.remove())

/** The results that Jest reports. Jest runs tests that are ES modules with a flag only. */
async function runJest(flags: readonly string[] = ['--experimental-vm-modules']): Promise<object> {
  const run = [...flags, 'node_modules/jest/bin/jest.js', '--json', '--outputFile=results.json']
  await exec(process.execPath, run, { cwd: project.folder, timeout: 100_000 }).catch(() => {})
  return JSON.parse(await readFile(join(project.folder, 'results.json'), 'utf8'))
}

test('the test of the page passes in Jest', async () => {
  expect(await runJest()).toMatchObject({ numPassedTests: 1, numFailedTests: 0, success: true })
})

test('a failing expectation fails in Jest', async () => {
  await project.write('payment.test.js', text.replace('order: 7 })\n', 'order: 8 })\n'))
  expect(await runJest()).toMatchObject({ numPassedTests: 0, numFailedTests: 1, success: false })
})

test('the test of the page passes in Jest as CommonJS, without a flag or a setting', async () => {
  await rm(join(project.folder, 'payment.test.js'))
  await project.write('payment.test.cjs', text.replace(/^import (.*) from ('.*')$/gm, 'const $1 = require($2)'))
  expect(await runJest([])).toMatchObject({ numPassedTests: 1, numFailedTests: 0, success: true })
})
