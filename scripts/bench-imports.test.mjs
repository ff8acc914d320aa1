import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// Benchmarks run by hand, so a moved source would break them unseen.
const root = fileURLToPath(new URL('..', import.meta.url))
const programs = readdirSync(join(root, 'bench'), { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.mjs') && !file.includes('node_modules'),
)

test.each(programs)('bench/%s imports files that exist', (program) => {
  const text = readFileSync(join(root, 'bench', program), 'utf8')
  const imports = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) => path)
  const files = imports.map((path) => join('bench', dirname(program), path))
  const sources = files.map((file) => file.replace(/^dist\.inside\/(.*)\.js$/, 'src/$1.ts'))
  // The entries of dist/ are built from sources of other names: the tests of the package check them.
  const missing = sources.filter((file) => !file.startsWith('dist/') && !existsSync(join(root, file)))
  expect(missing).toEqual([])
})
