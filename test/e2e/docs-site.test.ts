// The built site of the documentation in a real browser. Left out, by name, until `npm run docs` has built it.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Page, themes, useBrowser } from './page/browser.js'
import { available } from './services.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const dist = join(root, 'site/dist')
const missing = !available('chromium') ? 'Chromium' : !existsSync(join(dist, 'index.html')) ? 'npm run docs' : undefined
const unless = missing === undefined ? '' : ` (left out: needs ${missing})`

// `useBrowser` fails a test if the page loads anything from elsewhere, or its console shows an error.
describe.skipIf(missing !== undefined)(`the site of the documentation${unless}`, () => {
  const open = useBrowser()
  let server: Server
  let url: string

  beforeAll(async () => {
    server = serve()
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server?.close())

  test.each(themes)('shows the picture of the theme on its first page (%s)', async (theme) => {
    const page = await open(url, { token: null, theme })
    const picture = page.locator(`img.${theme}-only`).first()
    await expect
      .poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBeGreaterThan(0)
    expect(
      await page
        .locator(`img.${theme === 'dark' ? 'light' : 'dark'}-only`)
        .first()
        .isVisible(),
    ).toBe(false)
  })

  test.each([
    ['rotation', '/logs'],
    ['spoorExpress', '/api/'],
  ])('finds %s by its search', async (word, path) => {
    const page = await open(url, { token: null })
    await page.locator('#local-search button').first().click()
    await page.locator('.VPLocalSearchBox input').fill(word)
    const results = page.locator('.VPLocalSearchBox .result')
    await results.first().waitFor()
    const targets = await results.evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))
    expect(targets.filter((target) => target.startsWith(path))).not.toEqual([])
    await results.first().click()
    await page.waitForURL((to) => to.pathname !== '/')
    expect(await page.locator('h1').first().isVisible()).toBe(true)
  })

  test.each([
    ['/', 390],
    ['/benchmarks.html', 390],
    ['/api/spoor/interfaces/SpoorOptions.html', 390],
    ['/', 1440],
  ])('%s is not wider than a window of %i px', async (path, width) => {
    const page = await open(url + path, { token: null, width })
    expect(await overflow(page)).toBeLessThanOrEqual(0)
  })

  test('has a reference of each subpath of the package', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const subpaths = Object.keys(exports).filter((subpath) => subpath !== './package.json')
    const pageOf = (subpath: string) => join(dist, 'api', subpath.replace('.', 'spoor'), 'index.html')
    expect(subpaths.filter((subpath) => !existsSync(pageOf(subpath)))).toEqual([])
  })
})

function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
}

function serve(): Server {
  return createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost')
    const file = join(dist, pathname.endsWith('/') ? `${pathname}index.html` : pathname)
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return void res.writeHead(404).end()
    res.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream').end(readFileSync(file))
  })
}
