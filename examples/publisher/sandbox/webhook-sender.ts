import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { readSecret, sign } from '../webhooks/signature.js'

const TIMEOUT_MS = 5_000

/** Sends signed webhooks, like the plugin of a real site. A webhook that cannot be delivered is dropped. */
export class WebhookSender {
  readonly #key: Buffer
  #url: string | undefined

  constructor(secret: string) {
    const key = readSecret(secret)
    if (key === undefined) throw new Error('the webhook secret is not whsec_ and base64')
    this.#key = key
  }

  sendTo(url: string): void {
    this.#url = url
  }

  /** @param cause the headers of the request that changed the post; the webhook carries its id and trace */
  async send(event: object, cause: IncomingHttpHeaders): Promise<void> {
    if (this.#url === undefined) return
    const body = JSON.stringify(event)
    const headers = { ...this.#signatureHeaders(body), ...passedOn(cause), 'content-type': 'application/json' }
    const request = { method: 'POST', body, headers, signal: AbortSignal.timeout(TIMEOUT_MS) }
    try {
      const response = await fetch(this.#url, request)
      await response.arrayBuffer()
    } catch {
      // The service is stopping or busy. The post is created anyway.
    }
  }

  #signatureHeaders(body: string): Record<string, string> {
    const id = `msg_${randomUUID()}`
    const timestamp = Math.floor(Date.now() / 1000)
    const signature = sign(this.#key, id, timestamp, Buffer.from(body)).toString('base64')
    return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
  }
}

function passedOn(cause: IncomingHttpHeaders): Record<string, string> {
  const names = ['x-request-id', 'traceparent', 'tracestate']
  return Object.fromEntries(names.flatMap((name) => (typeof cause[name] === 'string' ? [[name, cause[name]]] : [])))
}
