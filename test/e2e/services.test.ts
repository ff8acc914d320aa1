import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { chromium } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startPostgres } from './postgres.js'
import { available, chromiumPath, startRedis, startWordPress } from './services.js'

describe.skipIf(!available('wordpress'))('WordPress', () => {
  test('starts, accepts a post with its application password, and sends a signed webhook', async () => {
    const hook = await receiver()
    const site = await startWordPress({
      dir: await folder(),
      webhookUrl: hook.url,
      webhookSecret: `whsec_${Buffer.from('a secret').toString('base64')}`,
    })
    onTestFinished(() => site.stop({ purge: true }))
    const response = await fetch(`${site.restUrl}/wp/v2/posts`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${site.user}:${site.appPassword}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ title: 'Hello', content: 'World', status: 'publish' }),
    })
    expect(response.status).toBe(201)
    expect((await hook.received)['webhook-signature']).toMatch(/^v1,/)
  })
})

describe.skipIf(!available('redis'))('Redis', () => {
  test('starts and stops twice', async () => {
    const dir = await folder()
    const first = await startRedis({ dir })
    const second = await startRedis({ dir })
    expect(second.url).toBe(first.url)
    await second.stop()
    await first.stop()
  })
})

describe.skipIf(!available('postgres'))('PostgreSQL', () => {
  test('starts, answers, stops with an open connection, and leaves nothing behind', async () => {
    const postgres = await startPostgres()
    const client = new Client(postgres.url)
    client.on('error', () => {})
    const disconnected = new Promise<void>((resolve) => client.once('end', resolve))
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    const folder = dirname(rows[0]?.data_directory ?? '')
    expect(existsSync(folder)).toBe(true)
    await postgres.stop()
    await disconnected
    expect(existsSync(folder)).toBe(false)
  })
})

describe.skipIf(!available('chromium'))('Chromium', () => {
  test('starts', async () => {
    const browser = await chromium.launch({ executablePath: chromiumPath() })
    onTestFinished(() => browser.close())
    expect(await (await browser.newPage()).evaluate('1 + 1')).toBe(2)
  })
})

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'spoor-services-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** A server that waits for one request and gives its headers. */
async function receiver(): Promise<{ url: string; received: Promise<IncomingMessage['headers']> }> {
  const server = createServer()
  const received = new Promise<IncomingMessage['headers']>((resolve) => {
    server.on('request', (request, response) => {
      resolve(request.headers)
      request.resume()
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received }
}
