import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Alert } from './alert.js'
import { Webhooks, type WebhooksParts } from './webhooks.js'

const secret = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`
const alert: Alert = {
  kind: 'errors',
  account: 'acme',
  requestId: 'r1',
  sentence: '10 of 10 requests of acme failed in the last minute (100 %)',
  figures: { failed: 10, ended: 10, spanMs: 60_000 },
}

interface Got {
  readonly request: IncomingMessage
  readonly body: string
}

let got: Got[]
let answer: (response: ServerResponse, request: IncomingMessage) => void
let server: Server
let port: number
let lines: string[]
let open: Webhooks[]

beforeEach(async () => {
  got = []
  lines = []
  open = []
  answer = (response) => response.end()
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    got.push({ request, body: Buffer.concat(chunks).toString() })
    answer(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  server.closeAllConnections()
  server.close()
})

const until = (condition: () => boolean): Promise<boolean> => vi.waitUntil(condition, { timeout: 20_000, interval: 5 })
const origin = (): string => `http://127.0.0.1:${port}`

function webhooks(given: Partial<WebhooksParts> = {}): Webhooks {
  const made = new Webhooks({
    url: `${origin()}/alerts?token=hidden`,
    secret,
    about: { service: 'publisher', instance: 'host:1' },
    log: { warn: (line) => lines.push(line), info: (line) => lines.push(line) },
    delaysMs: [10, 10, 10, 10],
    closeWithinMs: 100,
    ...given,
  })
  open.push(made)
  return made
}

function verified({ request, body }: Got): unknown {
  return new Webhook(secret).verify(body, request.headers as Record<string, string>)
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end()
  }

describe('a webhook', () => {
  test('is a Standard Webhook, which the package standardwebhooks verifies', async () => {
    webhooks().send(alert)
    await until(() => got.length === 1)
    expect(verified(got[0] as Got)).toEqual({
      type: 'errors',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: { service: 'publisher', instance: 'host:1', ...alert },
    })
    const { method, url, headers } = (got[0] as Got).request
    expect({ method, url }).toEqual({ method: 'POST', url: '/alerts?token=hidden' })
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': expect.stringMatching(/^msg_/) })
    expect(lines).toEqual([])
  })

  test.each([500, 503, 408, 429])(
    'that is answered by %i is tried again with the same id and a new signature',
    async (code) => {
      answer = (response) => status(got.length === 1 ? code : 204)(response)
      webhooks().send(alert)
      await until(() => lines.length === 2)
      expect(got).toHaveLength(2)
      expect(new Set(got.map(({ request }) => request.headers['webhook-id'])).size).toBe(1)
      for (const one of got) verified(one)
      expect(lines).toEqual([
        `alerts: an alert could not be sent to ${origin()}: it answered ${code}; it is tried again, five times in five minutes`,
        `alerts: ${origin()} takes alerts again`,
      ])
    },
  )

  test('is tried five times, and then lost: two lines say so, and one how many were lost', async () => {
    answer = status(500)
    const sender = webhooks()
    sender.send(alert)
    sender.send(alert)
    await until(() => got.length === 10 && lines.length === 2)
    answer = status(200)
    sender.send(alert)
    await until(() => lines.length === 3)
    expect(got).toHaveLength(11)
    expect(lines).toEqual([
      `alerts: an alert could not be sent to ${origin()}: it answered 500; it is tried again, five times in five minutes`,
      `alerts: an alert could not be sent to ${origin()}: it answered 500; the alert is lost`,
      `alerts: ${origin()} takes alerts again; 2 were lost`,
    ])
  })

  test.each([301, 302, 303, 307, 308])('follows no redirect: %i', async (code) => {
    answer = status(code, { location: `${origin()}/elsewhere` })
    webhooks().send(alert)
    await until(() => lines.length === 1)
    expect(lines[0]).toContain(
      `it answered ${code}, and redirects are not followed: set alerts.url to the final address`,
    )
    expect(got.map(({ request }) => request.url)).toEqual(['/alerts?token=hidden'])
  })

  test.each([400, 401, 404, 410])('that is refused with %i is not tried again', async (code) => {
    answer = status(code)
    webhooks().send(alert)
    await until(() => lines.length === 1)
    expect(lines).toEqual([`alerts: an alert could not be sent to ${origin()}: it answered ${code}; the alert is lost`])
  })

  test.each([200, 500])('needs only the status of an answer: %i with a body that never ends', async (code) => {
    const closed: string[] = []
    answer = (response) => {
      response.on('close', () => closed.push('closed'))
      response.writeHead(code).write('x'.repeat(1_000_000))
    }
    const sender = webhooks({ delaysMs: [] })
    sender.send(alert)
    await until(() => closed.length === 1)
    await sender.close()
    expect(lines).toEqual(
      code === 200 ? [] : [`alerts: an alert could not be sent to ${origin()}: it answered 500; the alert is lost`],
    )
  })

  test('waits as long as the receiver asks', async () => {
    answer = status(429, { 'retry-after': '1' })
    webhooks().send(alert)
    await until(() => got.length === 1)
    const at = performance.now()
    await until(() => got.length === 2)
    expect(performance.now() - at).toBeGreaterThan(900)
  })

  test('is given up for now if the receiver hangs, or sends its headers byte by byte', async () => {
    answer = (_response, request) => request.socket.write('HTTP/1.1 200 OK\r\nx-slow: ')
    webhooks({ timeoutMs: 50 }).send(alert)
    await until(() => got.length >= 2)
    expect(lines[0]).toContain('no answer within 50 ms; it is tried again')
  })

  test('whose receiver cannot be reached is tried again, and the line names the origin and the code only', async () => {
    const url = `${origin()}/secret-path?token=secret-token`.replace('http://', 'http://user:secret-password@')
    server.close()
    server.closeAllConnections()
    webhooks({ url }).send(alert)
    await until(() => lines.length === 2)
    expect(lines[0]).toContain(': ECONNREFUSED; it is tried again')
    expect(lines.join()).not.toMatch(/secret|user/)
  })
})

describe('the queue', () => {
  test('is bounded: with a receiver that hangs, 100 wait, four are open, and the others are lost', async () => {
    answer = () => {}
    const sender = webhooks()
    for (let at = 0; at < 1_000; at++) sender.send(alert)
    await until(() => got.length === 4)
    expect(lines).toEqual([`alerts: an alert could not be sent to ${origin()}: 100 wait already; the alert is lost`])
    await sender.close()
    expect(lines.at(-1)).toBe(`alerts: 100 not sent to ${origin()}: Spoor was closed`)
    expect(got).toHaveLength(4)
  })

  test('is tried once more at close, without waiting for the next try', async () => {
    answer = status(500)
    const sender = webhooks({ delaysMs: [600_000] })
    sender.send(alert)
    await until(() => lines.length === 1)
    answer = status(200)
    await sender.close()
    expect(got).toHaveLength(2)
    expect(lines.at(-1)).toBe(`alerts: ${origin()} takes alerts again`)
  })

  test('of a receiver that hangs does not hold up close for longer than its bound', async () => {
    answer = () => {}
    const sender = webhooks()
    sender.send(alert)
    await until(() => got.length === 1)
    await sender.close()
    expect(lines).toEqual([`alerts: 1 not sent to ${origin()}: Spoor was closed`])
  })
})
