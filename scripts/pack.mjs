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

/**
 * Whether TypeScript finds the types, and the right ones, from ES modules, from CommonJS and in bundlers. CommonJS loads our modules by
 * `require`, which all versions of Node that we support can do, so that rule is left out. The mode `node10` knows no subpaths.
 */
export async function typesInEveryMode() {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-pack-'))
  try {
    const made = await runNpm(['pack', '--ignore-scripts', '--pack-destination', folder])
    if (!made.ok) return made
    const [tarball] = readdirSync(folder)
    const options = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm', '--no-color', '--no-emoji']
    return await runTool('@arethetypeswrong/cli/dist/index.js', [
      join(folder, tarball),
      ...options,
      '--format',
      'ascii',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What is wrong with a tarball: files that do not run, files that are missing, and sizes beyond their limit. */
export function problemsOfContents({ size, files }) {
  const paths = files.map(({ path }) => path)
  const rest = paths.filter((path) => !/^dist\/.+\.(js|cjs|map|d\.ts)$/.test(path) && path !== 'dist/cli/package.json')
  const unknown = rest.filter((path) => !besideDist.includes(path))
  const missing = besideDist.filter((path) => !paths.includes(path))
  return [
    ...unknown.map((path) => `the package: expected only what runs, got ${path}`),
    ...missing.map((path) => `the package: expected ${path}, which is missing`),
    ...problemsOfSizes(size, compressedSizes(paths)),
  ]
}

/** The size of each file of dist/, compressed. */
function compressedSizes(paths) {
  const code = paths.filter((path) => /^dist\/.+\.(js|cjs|d\.ts)$/.test(path))
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
