import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { anchorOf } from '../pages.mjs'

const read = (path) => JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8'))

const { pages, decisions } = read('../pages/sidebar.json')
const { description } = read('../../package.json')
// The page of the inspector has the same mark.
const mark =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 20' fill='%23bd7600'%3E%3Cg transform='rotate(14 9 10)'%3E%3Cellipse cx='4.6' cy='17' rx='2.3' ry='2.9' opacity='.4'/%3E%3Cellipse cx='13' cy='12.6' rx='2.3' ry='2.9' opacity='.6'/%3E%3Cellipse cx='5' cy='7.8' rx='2.3' ry='2.9' opacity='.8'/%3E%3Cellipse cx='13.4' cy='3.4' rx='2.3' ry='2.9'/%3E%3C/g%3E%3C/svg%3E"

export default defineConfig({
  lang: 'en',
  title: 'Spoor',
  description,
  srcDir: 'pages',
  outDir: 'dist',
  head: [['link', { rel: 'icon', href: mark }]],
  markdown: {
    anchor: { slugify: anchorOf },
    // An unknown kind of block is text; `js redis` is a kind of the tests.
    config: (md) => {
      const fence = md.renderer.rules.fence
      md.renderer.rules.fence = (tokens, index, ...rest) => {
        tokens[index].info = tokens[index].info.replace(/^js .*/, 'js')
        return fence(tokens, index, ...rest)
      }
    },
  },
  themeConfig: {
    logo: mark,
    outline: [2, 3],
    nav: [
      { text: 'Documentation', link: '/docs/' },
      { text: 'API', link: '/api/' },
      { text: 'Comparison', link: '/comparison' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'Changelog', link: '/changelog' },
    ],
    sidebar: {
      '/': pages,
      '/decisions/': folded(decisions),
      ...reference(read('../pages/api.json')),
    },
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            // The pages for users come before the reasons why.
            boostDocument: (id) => (/\/(?:decisions|changelog)/.test(id) ? 0.4 : /\/api\//.test(id) ? 0.7 : 1),
          },
        },
      },
    },
  },
})

function folded(sections) {
  return sections.map((section) => ({ ...section, collapsed: true }))
}

/** A sidebar for each subpath, because one with all exports would be most of each page. */
function reference(modules) {
  const subpaths = modules.map(({ title, path }) => ({ text: title, link: apiUrl(path) }))
  const own = modules.map(({ path, children }) => [
    apiUrl(path),
    [
      { text: 'API reference', link: '/api/', items: subpaths },
      ...children.map((group) => ({
        text: group.title,
        items: group.children.map(({ title, path }) => ({ text: title, link: apiUrl(path) })),
      })),
    ],
  ])
  return { '/api/': [{ text: 'API reference', link: '/api/', items: subpaths }], ...Object.fromEntries(own) }
}

function apiUrl(path) {
  return `/api/${path.replace(/(?:index)?\.md$/, '')}`
}
