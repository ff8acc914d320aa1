// Builds the site in site/dist/. `npm run docs` installs what this needs, and runs it.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { writeReference } from './api.mjs'
import { checkSite } from './check.mjs'
import { stagePages } from './stage.mjs'

const folder = fileURLToPath(new URL('.', import.meta.url))
const dist = `${folder}dist`

const began = performance.now()
rmSync(dist, { recursive: true, force: true })
stagePages()
await writeReference()
const read = performance.now()
await build(folder)
const { pages, links, mistakes } = checkSite(dist)
for (const mistake of mistakes) console.error(`✗ ${mistake}`)
const seconds = (from, to) => ((to - from) / 1000).toFixed(1)
const end = performance.now()
console.log(`${pages} pages, ${links} links checked, ${mistakes.length} mistakes`)
console.log(
  `${seconds(began, end)} s, ${seconds(began, read)} of them for the API reference. Look at it: npm run docs -- --serve`,
)
process.exitCode = mistakes.length === 0 ? 0 : 1
