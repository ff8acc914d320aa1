// npm run pictures: pictures of the inspector's page over the running example, dark and light, and the README's first
// picture, for docs/pictures. Needs Chromium.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { root } from './child.mjs'
import { heroPage } from './pictures/hero.mjs'
import { makeTraffic, measuredStory } from './pictures/traffic.mjs'
import { buildExample, buildPackage, installPackages, orExit, StepFailed } from './prepare.mjs'

const to = join(root, 'docs/pictures')
const maxBytes = 150 * 1024
const themes = ['light', 'dark']
const trafficMs = 90_000

await orExit(async () => {
  await installPackages()
  await buildPackage()
  await buildExample()
  mkdirSync(to, { recursive: true })
  const logs = mkdtempSync(join(tmpdir(), 'spoor-pictures-'))
  const service = await startExample(logs)
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  try {
    await takeEmpty(browser, service.url)
    console.log(`traffic for ${trafficMs / 1_000} s …`)
    await makeTraffic(service.url, trafficMs)
    const story = await measuredStory(service.url)
    await takeViews(browser, service.url, story)
    await takeHero(browser, service.url, story.measured)
  } finally {
    await browser.close()
    service.stop()
    rmSync(logs, { recursive: true, force: true })
  }
})

/** Starts the example on a free port, without a database of its own. */
async function startExample(directory) {
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: root,
    env: { ...process.env, PORT: '0', LOG_DIR: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  for (let waited = 0; waited < 120_000; waited += 100) {
    const url = /Demo page\s+(http:\S+?)\/\s/.exec(output)?.[1]
    if (url !== undefined) return { url, stop: () => child.kill() }
    if (child.exitCode !== null) break
    await sleep(100)
  }
  child.kill()
  throw new StepFailed(`the example did not start:\n${output}`)
}

async function takeEmpty(browser, url) {
  for (const theme of themes) {
    const page = await open(browser, theme, `${url}/_spoor/#/requests`)
    await shoot(page, `first-run-${theme}`)
  }
}

async function takeViews(browser, url, { measured, unmeasured }) {
  const views = [
    ['requests', 'requests'],
    ['story', `requests/${measured}`],
    ['story-not-measured', `requests/${unmeasured}`],
    ['cost', 'cost?span=5m'],
    ['logs', 'logs'],
    ['health', 'health'],
  ]
  for (const theme of themes) {
    for (const [name, route] of views)
      await shoot(await open(browser, theme, `${url}/_spoor/#/${route}`), `${name}-${theme}`)
  }
}

async function takeHero(browser, url, id) {
  const headers = { authorization: 'Bearer operator' }
  /** @returns {Promise<any>} */
  const read = async (path) => (await fetch(`${url}/_spoor/api/requests/${id}${path}`, { headers })).json()
  const [record, lines] = [await read(''), await read('/logs')]
  const tokens = readFileSync(join(root, 'inspector-ui/src/styles/tokens.css'), 'utf8')
  for (const theme of themes) {
    const page = await browser.newPage({ viewport: { width: 1600, height: 900 }, colorScheme: theme })
    await page.setContent(heroPage(record, lines.items, tokens))
    await shoot(page, `hero-${theme}`)
  }
}

async function open(browser, theme, url) {
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    colorScheme: theme,
    reducedMotion: 'reduce',
  })
  await page.addInitScript("sessionStorage.setItem('spoor.token', 'operator')")
  await page.goto(url)
  await page.waitForSelector('h1')
  await page.waitForLoadState('networkidle').catch(() => {})
  // Charts are drawn once their width is known.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
  await sleep(1_500)
  return page
}

/** WebP: a PNG of a page with thousands of points is over the limit. */
async function shoot(page, name) {
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 90 })
  await page.close()
  const bytes = Buffer.from(data, 'base64')
  const kilobytes = Math.round(bytes.length / 1024)
  if (bytes.length > maxBytes) throw new StepFailed(`${name}.webp: expected at most 150 KB, got ${kilobytes} KB`)
  writeFileSync(join(to, `${name}.webp`), bytes)
  console.log(`${name}.webp ${kilobytes} KB`)
}
