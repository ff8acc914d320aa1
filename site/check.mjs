// Checks the built site: every link leads to a page and an anchor, every asset is there, and nothing comes from elsewhere.
// VitePress itself checks only that the page of a link exists.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'

/**
 * @param {string} dist the folder of the built site
 * @returns {{ pages: number, links: number, mistakes: string[] }}
 */
export function checkSite(dist) {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
  const pages = files.filter((file) => file.endsWith('.html'))
  const texts = new Map(pages.map((page) => [page, readFileSync(join(dist, page), 'utf8')]))
  const anchors = new Map([...texts].map(([page, text]) => [page, new Set(all(text, /\sid="([^"]+)"/g))]))
  const mistakes = []
  let links = 0
  for (const [page, text] of texts) {
    for (const target of all(text, /<a\s[^>]*?href="([^"]*)"/g)) {
      if (isElsewhere(target)) continue
      links++
      const [path, anchor] = decodeURI(target.replaceAll('&amp;', '&')).split('#')
      const to = path === '' ? page : pageOf(page, path)
      const there = anchors.get(to)
      if (there === undefined && !isFile(join(dist, to))) mistakes.push(`${page}: ${target} leads to no page`)
      else if (there && anchor && !there.has(anchor)) mistakes.push(`${page}: ${target} leads to no heading`)
    }
    for (const asset of assetsOf(text)) {
      if (isElsewhere(asset)) mistakes.push(`${page}: ${asset} comes from elsewhere`)
      else if (!asset.startsWith('data:') && !existsSync(join(dist, pageOf(page, asset)))) {
        mistakes.push(`${page}: ${asset} does not exist`)
      }
    }
  }
  for (const style of files.filter((file) => file.endsWith('.css'))) {
    for (const url of all(readFileSync(join(dist, style), 'utf8'), /(?:url\(|@import )["']?([^"')]+)/g)) {
      if (isElsewhere(url)) mistakes.push(`${style}: ${url} comes from elsewhere`)
    }
  }
  return { pages: pages.length, links, mistakes }
}

/** What a browser loads with a page. */
function assetsOf(text) {
  return [
    ...all(text, /<(?:img|script|source|iframe)\s[^>]*?src="([^"]+)"/g),
    ...all(text, /<link\s[^>]*?href="([^"]+)"/g),
  ]
}

function pageOf(page, path) {
  const to = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(page), path)
  return to === '' || to.endsWith('/') ? `${to}index.html` : to
}

function isElsewhere(target) {
  return /^(?:\/\/|(?!data:)[a-z]+:)/i.test(target)
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function all(text, pattern) {
  return [...text.matchAll(pattern)].map(([, found]) => found)
}
