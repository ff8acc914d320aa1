import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkSite } from '../site/check.mjs'
import { anchorOf, filePage, placeOf, sidebarOf, sitePage } from '../site/pages.mjs'
import { root } from './child.mjs'

const repository = {
  pages: new Set(['README.md', 'CHANGELOG.md', 'docs/README.md', 'docs/logs.md', 'docs/frameworks/nest.md']),
  exists: (path) => ['src/index.ts', 'examples/shipping', 'docs/pictures/hero-dark.webp'].includes(path),
}
const shown = (page, text) => sitePage(page, text, repository)

test.each([
  ['README.md', 'index.md'],
  ['CHANGELOG.md', 'changelog.md'],
  ['docs/README.md', 'docs/index.md'],
  ['docs/logs.md', 'logs.md'],
  ['docs/frameworks/nest.md', 'frameworks/nest.md'],
  ['docs/decisions/README.md', 'decisions/index.md'],
])('%s becomes %s', (page, place) => {
  expect(placeOf(page)).toBe(place)
})

test('links between pages lead to the same page and heading of the site', () => {
  expect(shown('README.md', '[a](docs/logs.md#on-a-terminal) [b](CHANGELOG.md) [c](#here)').text).toBe(
    '[a](./logs.md#on-a-terminal) [b](./changelog.md) [c](#here)',
  )
  expect(shown('docs/frameworks/nest.md', '[a](../../README.md) [b](../README.md) [c](../logs.md)').text).toBe(
    '[a](../index.md) [b](../docs/index.md) [c](../logs.md)',
  )
})

test('links to files and folders of the repository lead to pages that show them', () => {
  const { text, files } = shown('docs/logs.md', '[a](../src/index.ts) [b](../examples/shipping/)')
  expect(text).toBe('[a](./files/src/index.ts.md) [b](./files/examples/shipping.md)')
  expect(files).toEqual(['src/index.ts', 'examples/shipping'])
})

test('links to other sites, links to nothing, and code stay as they are', () => {
  const text = '[a](https://example.com/a.md) [b](gone.md)\n\n```sh\n[c](README.md)\n```\n\n    [d](README.md)\n'
  expect(shown('README.md', text)).toEqual({ text, files: [] })
})

test('a picture for light and dark becomes two images, one for each theme of the site', () => {
  const text =
    '<picture><source media="(prefers-color-scheme: dark)" srcset="docs/pictures/a-dark.webp"><img alt="A" src="docs/pictures/a-light.webp"></picture>'
  expect(shown('README.md', text).text).toBe(
    '<img class="light-only" alt="A" src="./pictures/a-light.webp" loading="lazy"><img class="dark-only" alt="A" src="./pictures/a-dark.webp" loading="lazy">',
  )
})

test('the sidebar has the sections of the index, and puts further links of an item below its first', () => {
  const index =
    '# Documentation\n\n- [Use it](#use-it)\n\n## Use it\n\n- [logs.md](logs.md): loggers. A service with\n  [NestJS](frameworks/nest.md)\n- [gone.md](gone.md): nothing\n'
  const titles = { 'docs/logs.md': 'Logs', 'docs/frameworks/nest.md': 'NestJS' }
  expect(sidebarOf('docs/README.md', index, (page) => titles[page])).toEqual([
    {
      text: 'Use it',
      items: [{ text: 'Logs', link: '/logs', items: [{ text: 'NestJS', link: '/frameworks/nest' }] }],
    },
  ])
})

test('a heading gets the anchor that GitHub gives it', () => {
  expect(anchorOf('How fast is `spoor find`?')).toBe('how-fast-is-spoor-find')
  expect(anchorOf("What does the inspector's page cost?")).toBe('what-does-the-inspectors-page-cost')
})

test('a page that shows a file holds the whole text, with a fence that the text does not close', () => {
  const page = filePage('examples/a.md', 'one\n```\ntwo')
  expect(page).toContain('\n````text\none\n```\ntwo\n````\n')
})

const folders = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function site(files) {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-site-'))
  folders.push(folder)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return folder
}

test('the check of the built site finds dead links, dead anchors and what comes from elsewhere', () => {
  const dist = site({
    'index.html':
      '<a href="/logs.html#rows">1</a><a href="/logs.html#gone">2</a><a href="/gone.html">3</a><a href="https://example.com">4</a><img src="https://example.com/a.png"><img src="/gone.png"><link rel="stylesheet" href="/assets/style.css">',
    'logs.html': '<h2 id="rows">Rows</h2><a href="#rows">1</a><a href="./">2</a>',
    'assets/style.css': '@font-face { src: url(https://example.com/font.woff2) }',
  })
  expect(checkSite(dist)).toEqual({
    pages: 2,
    links: 5,
    mistakes: [
      'index.html: /logs.html#gone leads to no heading',
      'index.html: /gone.html leads to no page',
      'index.html: https://example.com/a.png comes from elsewhere',
      'index.html: /gone.png does not exist',
      'assets/style.css: https://example.com/font.woff2 comes from elsewhere',
    ],
  })
})

test('the lock file of the site names no registry, and holds the versions of its package.json', () => {
  const read = (file) => JSON.parse(readFileSync(join(root, 'site', file), 'utf8'))
  const { packages } = read('package-lock.json')
  expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([])
  const { dependencies } = read('package.json')
  const locked = Object.keys(dependencies).map((name) => [name, packages[`node_modules/${name}`].version])
  expect(Object.fromEntries(locked)).toEqual(dependencies)
})

test('the figures of the comparison stand in the benchmarks', () => {
  const page = (name) => readFileSync(join(root, 'docs', name), 'utf8')
  const measured = page('comparison.md').split('## Not measured')[0].split('## Measured\n')[1]
  const rows = measured.split('\n').filter((line) => /^\| (?!---|figure)/.test(line))
  // The last column is the command, the first the figure's name.
  const figures = rows.flatMap(
    (row) =>
      row
        .split(' | ')
        .slice(1, -1)
        .join(' ')
        .match(/\d+(?:\.\d+)?/g) ?? [],
  )
  expect(figures.length).toBeGreaterThan(30)
  const known = new Set(page('benchmarks.md').match(/\d+(?:\.\d+)?/g))
  expect(figures.filter((figure) => !known.has(figure))).toEqual([])
})
