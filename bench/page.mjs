// bench:page — what the inspector's page costs: its size, its first paint, a large story, and its share of a core under load.
//   node page.mjs [--rounds 9] [--seconds 20] [--rate 500]
// Needs Chromium. The data are those of a real service in a process of its own (page/service.mjs). `first paint`: from the
// navigation until the rows of Requests with 5,000 records are drawn. `story`: from the click on a row until its lanes are drawn.
// `tab`: CPU of the page's main thread. `service`: CPU of the service with the page open less its CPU without, at the same rate.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { machine, median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '500' },
  },
})
const [rounds, seconds, rate] = [Number(options.rounds), Number(options.seconds), Number(options.rate)]
const records = 5_000
const agent = new Agent({ keepAlive: true, maxSockets: 32 })

const service = spawn(process.execPath, [fileURLToPath(new URL('./page/service.mjs', import.meta.url))], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const [port] = await once(service.stdout.setEncoding('utf8'), 'data')
const base = `http://127.0.0.1:${port.trim()}`
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
try {
  const bytes = await size()
  for (let sent = 0; sent < records; sent += 50) await Promise.all(Array.from({ length: 50 }, () => send('/')))
  const paints = []
  for (let round = 0; round <= rounds; round++) paints.push(await firstPaint())
  const id = await send('/story')
  const stories = []
  for (let round = 0; round <= rounds; round++) stories.push(await drawStory(id))
  const without = await serviceShare()
  const { tab, share } = await underLoad()
  const rows = [
    { figure: 'bundle, gzip', required: '≤ 100 KB', measured: `${(bytes / 1_000).toFixed(1)} KB` },
    // The first round fills the browser's cache and compiles.
    {
      figure: 'first paint of Requests with 5,000 records',
      required: '≤ 400 ms',
      measured: `${median(paints.slice(1)).toFixed(0)} ms`,
    },
    { figure: 'draw a large story', required: '≤ 100 ms', measured: `${median(stories.slice(1)).toFixed(0)} ms` },
    { figure: `tab at ${rate} requests/s`, required: '≤ 10 %', measured: `${(tab * 100).toFixed(1)} %` },
    {
      figure: `service at ${rate} requests/s, with the page less without`,
      required: '≤ 3 %',
      measured: `${((share - without) * 100).toFixed(1)} %`,
    },
  ]
  console.log(`\nThe page, ${machine()}\n`)
  console.log(table(rows))
  writeResult('page', process.version, { rows })
} finally {
  await browser.close()
  service.kill()
}

function send(path) {
  return new Promise((resolve, reject) => {
    request(`${base}${path}`, { agent }, (response) => {
      response.resume().on('end', () => resolve(response.headers['x-request-id']))
    })
      .on('error', reject)
      .end()
  })
}

/** The bytes of the page, its script and its style sheet, each compressed. */
async function size() {
  const html = await (await fetch(`${base}/_spoor/`)).text()
  const paths = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path]) => path)
  const files = await Promise.all(paths.map(async (path) => (await fetch(`${base}/_spoor/${path}`)).text()))
  return [html, ...files].reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0)
}

async function open(route) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await page.addInitScript("sessionStorage.setItem('spoor.token', 'operator')")
  await page.goto(`${base}/_spoor/#/${route}`, { waitUntil: 'commit' })
  return page
}

function drawn(selector) {
  return `new Promise((done) => { const look = () => document.querySelector('${selector}') ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look); look() })`
}

async function firstPaint() {
  const page = await open('requests')
  const ms = await page.evaluate(drawn('tbody tr[data-id], tbody tr'))
  await page.close()
  return ms
}

/** From the change of the route to the drawn lanes, with the record and the lines on the way. */
async function drawStory(id) {
  const page = await open('health')
  await page.waitForSelector('h1')
  const ms = await page.evaluate(
    `(async () => { const start = performance.now(); location.hash = '#/requests/${id}'; return (await ${drawn('#axis')}) - start })()`,
  )
  await page.close()
  return ms
}

/** Sends `rate` requests a second, and gives the service's share of a core. */
async function serviceShare() {
  const cpu = async () => {
    const { user, system } = await (await fetch(`${base}/cpu`)).json()
    return (user + system) / 1_000
  }
  const [before, start] = [await cpu(), performance.now()]
  let sent = 0
  while (performance.now() - start < seconds * 1_000) {
    const due = Math.floor(((performance.now() - start) / 1_000) * rate)
    for (; sent < due; sent++) send('/').catch(() => {})
    await sleep(5)
  }
  return ((await cpu()) - before) / (performance.now() - start)
}

async function underLoad() {
  const page = await open('requests')
  await page.waitForSelector('tbody tr')
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration').value
  }
  const [before, start] = [await busy(), performance.now()]
  const share = await serviceShare()
  const tab = ((await busy()) - before) / ((performance.now() - start) / 1_000)
  await page.close()
  return { tab, share }
}
