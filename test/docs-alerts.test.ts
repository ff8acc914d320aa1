// The relays of docs/alerts.md run as they stand there: each gets a webhook as Spoor sends it.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { blocksOf, textOf } from './docs/blocks.js'

const page = 'docs/alerts.md'
const secret = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`
const data = {
  service: 'publisher',
  instance: 'web-1:4711',
  kind: 'errors',
  account: '<!channel>',
  requestId: 'r1',
  sentence: '10 of 10 requests of <!channel> failed in the last minute (100 %)',
}
const body = JSON.stringify({ type: 'errors', timestamp: new Date().toISOString(), data })

let target: Server
let targetUrl: string
let status: number
let got: unknown[]
let folder: string

beforeAll(async () => {
  target = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    got.push(JSON.parse(text))
    response.writeHead(status).end()
  })
  targetUrl = `http://127.0.0.1:${await listen(target)}`
  const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url))
  mkdirSync(cache, { recursive: true })
  // Inside the project, where standardwebhooks resolves.
  folder = mkdtempSync(join(cache, 'spoor-relays-'))
})

afterAll(() => {
  target.close()
  rmSync(folder, { recursive: true, force: true })
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/** Runs the relay under a heading. */
async function relay(heading: string): Promise<{ url: string; process: ChildProcess }> {
  const line = textOf(page).split('\n').indexOf(`## ${heading}`) + 1
  const block = blocksOf(page).find((one) => one.line > line && one.language === 'ts')
  const file = join(folder, `${heading}.mjs`)
  writeFileSync(file, transformSync(block?.code ?? '', { loader: 'ts' }).code)
  const port = await freePort()
  const env = {
    ...process.env,
    PORT: String(port),
    ALERTS_SECRET: secret,
    SLACK_WEBHOOK_URL: targetUrl,
    DISCORD_WEBHOOK_URL: targetUrl,
    PAGERDUTY_URL: targetUrl,
    PAGERDUTY_ROUTING_KEY: 'key',
  }
  const child = spawn(process.execPath, [file], { env, stdio: 'inherit' })
  await vi.waitFor(async () => expect(await listens(port)).toBe(true), { timeout: 25_000, interval: 50 })
  return { url: `http://127.0.0.1:${port}`, process: child }
}

function send(url: string, signedBody = body): Promise<Response> {
  const time = new Date()
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(time.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign('msg_1', time, signedBody),
  }
  return fetch(url, { method: 'POST', headers, body })
}

test.each([
  [
    'Slack',
    { text: 'publisher: 10 of 10 requests of &lt;!channel&gt; failed in the last minute (100 %). Request: r1' },
  ],
  ['Discord', { content: `publisher: ${data.sentence}. Request: r1`, allowed_mentions: { parse: [] } }],
  [
    'PagerDuty',
    {
      routing_key: 'key',
      event_action: 'trigger',
      dedup_key: 'publisher errors <!channel>',
      payload: {
        summary: `publisher: ${data.sentence}`,
        source: 'web-1:4711',
        severity: 'error',
        custom_details: data,
      },
    },
  ],
])('the relay for %s posts what is signed, and answers so that the rest is tried again', async (heading, posted) => {
  got = []
  status = 200
  const { url, process: child } = await relay(heading)
  try {
    expect((await send(url)).status).toBe(204)
    expect(got).toEqual([posted])
    expect((await send(url, '{"type":"another body"}')).status).toBe(400)
    expect(got).toHaveLength(1)
    status = 500
    expect((await send(url)).status).toBe(502)
  } finally {
    child.kill()
  }
})
