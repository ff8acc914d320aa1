// node scripts/pack.mjs: what npm would publish, its files and their sizes, and what is wrong with them. It does not build.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { root, runNpm, runTool } from './child.mjs'

/** The limits of sizes, and why one may grow. */
const limits = JSON.parse(readFileSync(join(root, 'scripts/sizes.json'), 'utf8'))

/** What is published beside dist/. docs/spoor.lnav.json is a file that users give to lnav. */
const besideDist = ['LICENSE', 'README.md', 'docs/spoor.lnav.json', 'package.json']

/** What `npm pack` says of the package: `{ size, unpackedSize, files: [{ path, size }] }`. It does not build. */
export async function packed() {
  const { ok, stdout, stderr } = await runNpm(['pack', '--dry-run', '--json', '--ignore-scripts'])
  if (!ok) throw new Error(`npm pack failed:\n${stderr}`)
  // npm 11 answers with a list, newer ones with an object by package name.
  const [tarball] = Object.values(JSON.parse(stdout))
  return tarball
}

/** Whether TypeScript finds the types, and the right ones, in each of its modes: from ES modules, from CommonJS and in bundlers. */
export async function typesInEveryMode() {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-pack-'))
  try {
    const made = await runNpm(['pack', '--ignore-scripts', '--pack-destination', folder])
    if (!made.ok) return made
    const [tarball] = readdirSync(folder)
    const options = ['--profile', 'strict', '--no-color', '--no-emoji', '--format', 'ascii']
    return await runTool('@arethetypeswrong/cli/dist/index.js', [join(folder, tarball), ...options])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What is wrong with a tarball: files that do not run, files that are missing, and sizes beyond their limit. */
export function problemsOfContents({ size, files }) {
  const paths = files.map(({ path }) => path)
  return [...problemsOfFiles(paths, pagesNamedIn(paths)), ...problemsOfSizes(size, compressedSizes(paths))]
}

/** @param pages the pages of docs/ that messages name: a user who reads the message finds them in the package */
export function problemsOfFiles(paths, pages) {
  const expected = [...besideDist, ...pages]
  const rest = paths.filter(
    (path) => !/^dist\/.+\.(js|cjs|d\.ts|d\.cts)$/.test(path) && path !== 'dist/cli/package.json',
  )
  const unknown = rest.filter((path) => !expected.includes(path))
  const missing = expected.filter((path) => !paths.includes(path))
  return [
    ...unknown.map((path) => `the package: expected what runs and the pages that messages name, got ${path}`),
    ...missing.map((path) => `the package: expected ${path}, which is missing; add it to files in package.json`),
  ]
}

/** The code has no comments, so what looks like a page is in a message. */
function pagesNamedIn(paths) {
  const code = paths.filter((path) => /^dist\/.+\.(js|cjs)$/.test(path))
  const named = code.flatMap((path) => readFileSync(join(root, path), 'utf8').match(/\bdocs\/[\w/-]+\.md\b/g) ?? [])
  return [...new Set(named)]
}

/** The size of each file of dist/, compressed. */
function compressedSizes(paths) {
  const code = paths.filter((path) => /^dist\/.+\.(js|cjs|d\.ts|d\.cts)$/.test(path))
  return Object.fromEntries(code.map((path) => [path, gzipSync(readFileSync(join(root, path)), { level: 9 }).length]))
}

/**
 * Sizes beyond their limit in scripts/sizes.json, and limits far above the size, which would notice nothing. A file without a limit of
 * its own may have that of small files.
 */
export function problemsOfSizes(size, sizes, { packed, withoutPage, files, otherFiles } = limits) {
  const withOwn = Object.entries(files).map(([path, limit]) => [path, sizes[path] ?? 0, limit])
  const others = Object.entries(sizes).flatMap(([path, bytes]) => (path in files ? [] : [[path, bytes, otherFiles]]))
  const pinned = [
    ['the package', size, packed],
    ['the package without the page', withoutPageOf(size, sizes), withoutPage],
  ]
  const all = [...pinned, ...withOwn, ...others]
  const tooLarge = all.filter(([, bytes, { maxBytes }]) => bytes > maxBytes)
  const tooSmall = [...pinned, ...withOwn].filter(([, bytes, { maxBytes }]) => bytes < maxBytes * 0.9)
  return [
    ...tooLarge.map(
      ([what, bytes, { maxBytes, mayGrow }]) => `${what}: expected at most ${maxBytes} bytes, got ${bytes}; ${mayGrow}`,
    ),
    ...tooSmall.map(
      ([what, bytes, { maxBytes }]) => `${what}: expected about ${maxBytes} bytes, got ${bytes}; lower the limit`,
    ),
  ].map((problem) => `${problem} (scripts/sizes.json, compressed)`)
}

function withoutPageOf(size, sizes) {
  return size - (sizes['dist/page-files.cjs'] ?? 0)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tarball = await packed()
  const problems = problemsOfContents(tarball)
  const sizes = compressedSizes(tarball.files.map(({ path }) => path))
  for (const problem of problems) console.log(`spoor: ${problem}`)
  if (problems.length === 0) {
    console.log(`spoor: the package has ${tarball.size} bytes, ${withoutPageOf(tarball.size, sizes)} without the page`)
  }
  process.exitCode = problems.length === 0 ? 0 : 1
}
