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
    config: (md) => {
      const fence = md.renderer.rules.fence
      md.renderer.rules.fence = (tokens, index, ...rest) => {
        // `js redis` is JavaScript that a test runs with Redis.
        tokens[index].info = tokens[index].info.replace(/^js .*/, 'js')
        return fence(tokens, index, ...rest)
      }
      // VitePress leaves indented blocks without its look, and wider than a phone.
      md.renderer.rules.code_block = (tokens, index, ...rest) => {
        tokens[index].info = 'text'
        return md.renderer.rules.fence(tokens, index, ...rest)
      }
    },
  },
  // The index of the search is one chunk, loaded by the first search.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
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
      '/decisions/': [{ text: 'Decisions', link: '/decisions/', items: decisions.map(wing) }],
      ...reference(read('../pages/api.json')),
    },
    search: {
      provider: 'local',
      options: {
        _render: withoutColours,
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

/** The text of a page for the search, which needs no coloured code. The renderer is the one of the pages, so that it is put back. */
function withoutColours(text, env, md) {
  const { highlight } = md.options
  md.set({ highlight: null })
  try {
    const html = md.render(text, env)
    return env.frontmatter?.search === false ? '' : html
  } finally {
    md.set({ highlight })
  }
}

/** Not each decision: the list would be most of each page. */
function wing({ text }) {
  return { text, link: `/decisions/#${anchorOf(text)}` }
}

/** A sidebar for each subpath, because one with all exports would be most of each page. */
function reference(navigation) {
  const modules = modulesIn(navigation)
  const subpaths = modules.map(({ path }) => ({ text: path.replace('/index.md', ''), link: apiUrl(path) }))
  const top = { text: 'API reference', link: '/api/', items: subpaths }
  const own = modules.map(({ path, children }) => [apiUrl(path), [top, ...children.filter(isGroup).map(groupItem)]])
  return { '/api/': [top], ...Object.fromEntries(own) }
}

/** TypeDoc puts `spoor/express` below `spoor`. Only modules and exports have a path; groups of them have none. */
function modulesIn(navigation) {
  return navigation.flatMap((entry) => {
    const below = modulesIn(entry.children?.filter((child) => !isGroup(child)) ?? [])
    return entry.path?.endsWith('/index.md') ? [entry, ...below] : below
  })
}

function isGroup({ path }) {
  return path === undefined
}

function groupItem({ title, children }) {
  return { text: title, items: children.map((child) => ({ text: child.title, link: apiUrl(child.path) })) }
}

function apiUrl(path) {
  return `/api/${path.replace(/(?:index)?\.md$/, '')}`
}
