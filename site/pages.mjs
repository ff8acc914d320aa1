// Turns the pages of the repository into pages of the site: where each page goes, and what its links and pictures become.
// The pages themselves are written for GitHub and stay as they are.
import { posix } from 'node:path'

/**
 * The page of the site for a page of the repository.
 *
 * @param {string} page a path from the project's root: `docs/logs.md`
 * @returns {string} a path in the site: `logs.md`
 */
export function placeOf(page) {
  if (page === 'README.md') return 'index.md'
  if (page === 'docs/README.md') return 'docs/index.md'
  if (!page.startsWith('docs/')) return page.toLowerCase()
  return page.slice('docs/'.length).replace(/README\.md$/, 'index.md')
}

/** The page of the site that shows a file of the repository, or the list of a folder's files. */
export function placeOfFile(file) {
  return `files/${file}.md`
}

/**
 * The anchor that GitHub gives a heading. The links of the pages are written with these.
 *
 * @param {string} title the heading's text
 */
export function anchorOf(title) {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-')
}

/**
 * A page of the site, from a page of the repository.
 *
 * @param {string} page its path from the project's root
 * @param {string} text
 * @param {{ pages: ReadonlySet<string>, exists: (path: string) => boolean }} repository `pages` have pages of their own on
 *   the site; for another path that `exists`, the site shows the file
 * @returns {{ text: string, files: string[] }} `files`: the paths of the files and folders that the page links to
 */
export function sitePage(page, text, { pages, exists }) {
  const files = new Set()
  const linked = (target) => {
    const [path, anchor] = split(target)
    if (path === '') return target
    const to = resolve(page, path)
    if (pages.has(to)) return between(placeOf(page), placeOf(to)) + anchor
    if (!exists(to)) return target
    files.add(to)
    return between(placeOf(page), placeOfFile(to))
  }
  const shown = outsideBlocks(text, (part) => pictures(links(part, linked), page))
  return { text: shown, files: [...files] }
}

/** The target of each link of a page, without those to other sites. */
function links(text, linked) {
  return text.replace(/\]\((?!\w+:)([^)\s]+)\)/g, (_, target) => `](${linked(target)})`)
}

/**
 * The theme switches between light and dark by a class, which `<picture>` does not follow. Of the two pictures, the hidden
 * one is not loaded.
 */
function pictures(text, page) {
  const picture = /<picture>\s*<source [^>]*srcset="([^"]+)">\s*<img alt="([^"]*)" src="([^"]+)">\s*<\/picture>/g
  return text.replace(picture, (_, dark, alt, light) => {
    const image = (theme, path) =>
      `<img class="${theme}-only" alt="${alt}" src="${between(placeOf(page), placeOf(resolve(page, path)))}" loading="lazy">`
    return image('light', light) + image('dark', dark)
  })
}

/**
 * The sections of an index page, as the site's sidebar: each `##` with the links of its list. Further links of one item lie
 * below its first.
 *
 * @param {string} page the index's path from the project's root
 * @param {string} text
 * @param {(page: string) => string | undefined} titleOf the title of a page; undefined if it is not a page of the site
 */
export function sidebarOf(page, text, titleOf) {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title] = section.split('\n', 1)
      return { text: title, items: itemsOf(page, section, titleOf) }
    })
}

function itemsOf(page, section, titleOf) {
  return [...section.matchAll(/^- .*(?:\n {2}.*)*/gm)].flatMap(([item]) => {
    const [first, ...below] = [...item.matchAll(/\]\((?!\w+:)([^)#\s]+\.md)\)/g)]
      .map(([, target]) => resolve(page, target))
      .filter((to) => titleOf(to) !== undefined)
      .map((to) => ({ text: titleOf(to), link: urlOf(placeOf(to)) }))
    if (first === undefined) return []
    return below.length > 0 ? [{ ...first, items: below }] : [first]
  })
}

/** The first heading of a page. */
export function titleOf(text) {
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '')
}

/** A page that shows a file's text. Its links lead nowhere, and the search leaves it out. */
export function filePage(file, text) {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)))
  return `${header(file)}\n${fence}${languages[posix.extname(file)] ?? 'text'}\n${text.replace(/\n?$/, '\n')}${fence}\n`
}

/** A page that lists the files of a folder. */
export function folderPage(folder, files) {
  const list = files.map(
    (file) => `- [${posix.relative(folder, file)}](${between(placeOfFile(folder), placeOfFile(file))})`,
  )
  return `${header(folder)}\n${list.join('\n')}\n`
}

const header = (path) => `---\nsearch: false\nsidebar: false\naside: false\n---\n\n# ${path}\n`

const languages = {
  '.ts': 'ts',
  '.tsx': 'tsx',
  '.mjs': 'js',
  '.cjs': 'js',
  '.js': 'js',
  '.json': 'json',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.sh': 'sh',
  '.css': 'css',
  '.html': 'html',
}

function split(target) {
  const at = target.indexOf('#')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at)]
}

function resolve(page, path) {
  return posix.join(posix.dirname(page), path).replace(/\/$/, '')
}

function between(from, to) {
  const path = posix.relative(posix.dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}

function urlOf(place) {
  return `/${place.replace(/(?:index)?\.md$/, '')}`
}

/** Fenced and indented blocks are code. */
function outsideBlocks(text, change) {
  return text
    .split(/(^```.*\n[\s\S]*?^```$|(?:^ {4}.*\n?)+)/m)
    .map((part, at) => (at % 2 === 0 ? change(part) : part))
    .join('')
}
