// Writes the pages of the site to site/pages/, from those of the repository.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filePage, folderPage, placeOf, placeOfFile, sidebarOf, sitePage, titleOf } from './pages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
export const staged = fileURLToPath(new URL('pages/', import.meta.url))

/** The pages of the repository that the site shows, as paths from the project's root. */
export const pages = [
  ...['README.md', 'CHANGELOG.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'].filter((page) =>
    existsSync(join(root, page)),
  ),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .sort(),
]

/** Writes everything but the API reference, in place of what an earlier build left. */
export function stagePages() {
  rmSync(staged, { recursive: true, force: true })
  const repository = { pages: new Set(pages), exists: (path) => existsSync(join(root, path)) }
  const linked = new Set()
  for (const page of pages) {
    const { text, files } = sitePage(page, read(page), repository)
    write(placeOf(page), text)
    for (const file of files) linked.add(file)
  }
  for (const file of linked) writeFile(file)
  cpSync(join(root, 'docs/pictures'), join(staged, 'pictures'), { recursive: true })
  write('sidebar.json', JSON.stringify(sidebars()))
}

function writeFile(file) {
  if (!statSync(join(root, file)).isDirectory()) return write(placeOfFile(file), filePage(file, read(file)))
  const files = readdirSync(join(root, file), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${file}/${entry.name}`)
  write(placeOfFile(file), folderPage(file, files))
  for (const inside of files) writeFile(inside)
}

function sidebars() {
  const title = (page) => (pages.includes(page) ? titleOf(read(page)) : undefined)
  const of = (page) => sidebarOf(page, read(page), title)
  return { pages: of('docs/README.md'), decisions: of('docs/decisions/README.md') }
}

function read(path) {
  return readFileSync(join(root, path), 'utf8')
}

function write(place, text) {
  mkdirSync(dirname(join(staged, place)), { recursive: true })
  writeFileSync(join(staged, place), text)
}
