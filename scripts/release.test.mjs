import { expect, test } from 'vitest'
import { problemsOfFiles, problemsOfSizes } from './pack.mjs'
import { problemsOfChangelog, problemsOfTree, problemsOfVersion } from './release.mjs'

test('a clean tree may be released, a changed one may not', () => {
  expect(problemsOfTree('')).toEqual([])
  expect(problemsOfTree(' M src/index.ts\n')).toEqual([expect.stringContaining('src/index.ts')])
})

const lockOf = (version) => ({ version, packages: { '': { version } } })

test('the version is the one of the lock file and of the tag', () => {
  expect(problemsOfVersion('0.2.0', lockOf('0.2.0'), 'v0.2.0')).toEqual([])
  expect(problemsOfVersion('0.2.0', lockOf('0.2.0'), undefined)).toEqual([])
  expect(problemsOfVersion('0.2.0', lockOf('0.1.0'), 'v0.2.1')).toHaveLength(2)
  expect(problemsOfVersion('next', lockOf('next'), undefined)).toHaveLength(1)
})

test('the changelog has a dated section for the version, and nothing under Unreleased', () => {
  const of = (...lines) => ['# Changelog', ...lines].join('\n\n')
  expect(problemsOfChangelog(of('## Unreleased', '## 0.2.0 - 2026-11-29', '- a'), '0.2.0')).toEqual([])
  expect(problemsOfChangelog(of('## 0.2.0 - 2026-11-29'), '0.2.0')).toEqual([])
  const wrong = [
    of('## Unreleased', '- b', '## 0.2.0 - 2026-11-29'),
    of('## 0.2.0'),
    of('## 0.2.0 - soon'),
    of('## 0.2.0 - 2026-13-29'),
    of('## 0.1.0 - 2026-11-29'),
  ]
  for (const text of wrong) expect(problemsOfChangelog(text, '0.2.0')).toHaveLength(1)
})

test('the package has what runs, its types and the pages that messages name', () => {
  const rest = ['LICENSE', 'README.md', 'docs/spoor.lnav.json', 'package.json']
  const paths = [
    ...rest,
    'dist/core.cjs',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/cli/package.json',
    'docs/context.md',
  ]
  expect(problemsOfFiles(paths, ['docs/context.md'])).toEqual([])
  expect(problemsOfFiles(paths, ['docs/context.md', 'docs/jobs.md'])).toEqual([
    expect.stringMatching(/^the package: expected docs\/jobs\.md, which is missing/),
  ])
  for (const path of ['dist/core.cjs.map', 'src/index.ts', 'docs/jobs.md'])
    expect(problemsOfFiles([...paths, path], ['docs/context.md'])).toEqual([expect.stringContaining(`got ${path}`)])
})

test('a size beyond its limit is told with the reason why it may grow, and a limit far above the size as well', () => {
  const limit = (maxBytes) => ({ maxBytes, mayGrow: 'it may grow with a route' })
  const limits = {
    packed: limit(1_000),
    withoutPage: limit(600),
    files: { 'dist/core.cjs': limit(100), 'dist/page-files.cjs': limit(400) },
    otherFiles: limit(50),
  }
  const sizes = { 'dist/core.cjs': 99, 'dist/page-files.cjs': 399, 'dist/a.cjs': 50 }
  expect(problemsOfSizes(999, sizes, limits)).toEqual([])
  expect(problemsOfSizes(999, { ...sizes, 'dist/core.cjs': 101 }, limits)).toEqual([
    expect.stringMatching(/^dist\/core\.cjs: expected at most 100 bytes, got 101; it may grow with a route/),
  ])
  expect(problemsOfSizes(999, { ...sizes, 'dist/b.cjs': 51 }, limits)).toHaveLength(1)
  expect(problemsOfSizes(999, { ...sizes, 'dist/core.cjs': 80 }, limits)).toEqual([
    expect.stringContaining('lower the limit'),
  ])
  expect(problemsOfSizes(1_001, sizes, limits)).toHaveLength(2)
})
