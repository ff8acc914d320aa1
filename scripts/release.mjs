// node scripts/release.mjs [--tag v0.2.0] [--skip-tests] [--publish]: checks that this commit can be published, and says all that is
// in the way. With --publish (.github/workflows/release.yml) it publishes with provenance, for which npm needs a CI service.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { root, run, runNpm } from './child.mjs'
import { packed, problemsOfContents } from './pack.mjs'

/** What is wrong with the state of the working tree, as `git status --porcelain` tells it. */
export function problemsOfTree(status) {
  return status.trim() === '' ? [] : [`expected a clean working tree, got changes; commit them:\n${status.trimEnd()}`]
}

/** What is wrong with the version: of package.json, of the lock file and of the tag. */
export function problemsOfVersion(version, lock, tag) {
  const problems = []
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) problems.push(`package.json: expected a version, got ${version}`)
  const locked = [lock.version, lock.packages?.['']?.version]
  if (locked.some((one) => one !== version)) {
    problems.push(
      `package-lock.json: expected ${version}, got ${locked.join(' and ')}; run npm install --package-lock-only`,
    )
  }
  if (tag !== undefined && tag !== `v${version}`) problems.push(`--tag: expected v${version}, got ${tag}`)
  return problems
}

/** What is wrong with the changelog: the version needs a section with its date, and nothing may be left under Unreleased. */
export function problemsOfChangelog(text, version) {
  const sections = text.split(/^## /m).slice(1)
  const titles = sections.map((section) => section.split('\n', 1)[0])
  const problems = []
  const dated = titles.find((title) => title.split(' - ')[0] === version)
  if (dated === undefined) problems.push(`CHANGELOG.md: expected a section for ${version}; got ${titles.join(', ')}`)
  else if (!isDate(dated.split(' - ')[1]))
    problems.push(`CHANGELOG.md: expected "## ${version} - YYYY-MM-DD", got "## ${dated}"`)
  const unreleased = sections.find((section) => section.startsWith('Unreleased'))
  if (unreleased !== undefined && unreleased.replace('Unreleased', '').trim() !== '') {
    problems.push(`CHANGELOG.md: expected nothing under Unreleased; move it to ${version}`)
  }
  return problems
}

function isDate(text = '') {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

async function problems({ tag, 'skip-tests': skipTests }) {
  const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'))
  const { version } = readJson('package.json')
  const found = [
    ...problemsOfTree((await run('git', ['status', '--porcelain'])).stdout),
    ...problemsOfVersion(version, readJson('package-lock.json'), tag),
    ...problemsOfChangelog(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version),
  ]
  // The rest takes minutes.
  if (found.length > 0) return found
  const built = await run(process.execPath, ['scripts/build.mjs'])
  if (!built.ok) return [`${built.stdout}${built.stderr}`]
  found.push(...problemsOfContents(await packed()))
  if (found.length > 0 || skipTests) return found
  const tests = await run(process.execPath, ['scripts/test.mjs'])
  return tests.ok ? [] : [`npm test failed:\n${tests.stdout}${tests.stderr}`]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { tag: { type: 'string' }, 'skip-tests': { type: 'boolean' }, publish: { type: 'boolean' } },
  })
  if (values.publish && values['skip-tests'])
    throw new Error('--publish: expected the tests to run; leave out --skip-tests')
  const found = await problems(values)
  for (const problem of found) console.error(`spoor: ${problem}`)
  if (found.length > 0) process.exitCode = 1
  else if (values.publish) {
    const { ok, stdout, stderr } = await runNpm(['publish', '--provenance', '--access', 'public'])
    console.log(`${stdout}${stderr}`.trimEnd())
    process.exitCode = ok ? 0 : 1
  } else console.log('spoor: this commit can be published')
}
