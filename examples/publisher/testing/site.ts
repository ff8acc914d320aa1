import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { onTestFinished } from 'vitest'
import type { SiteAccess } from '../config.js'
import { addressOf, closeServer, listen } from '../server.js'

export interface TestSite extends SiteAccess {
  /** The requests to it, in order. */
  received: IncomingMessage[]
}

/** A site that behaves or fails as a test needs it, for the duration of the test. */
export async function startSite(listener: RequestListener): Promise<TestSite> {
  const received: IncomingMessage[] = []
  const server = createServer((req, res) => {
    received.push(req)
    listener(req, res)
  })
  await listen(server, 0, '127.0.0.1')
  onTestFinished(() => closeServer(server))
  return { url: addressOf(server), user: 'admin', appPassword: 'app-password', webhookSecret: SECRET, received }
}

/** An address without a listener. */
export async function deadAddress(): Promise<string> {
  const server = createServer()
  await listen(server, 0, '127.0.0.1')
  const url = addressOf(server)
  await closeServer(server)
  return url
}

export const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`

export function postJson(members: object = {}): string {
  const date = '2026-11-24T08:00:00'
  const content = { raw: 'Some content' }
  return JSON.stringify({
    id: 7,
    title: { raw: 'A title' },
    content,
    status: 'publish',
    link: 'https://blog.example/?p=7',
    date_gmt: date,
    ...members,
  })
}
