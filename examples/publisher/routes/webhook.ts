import express, { type Request, Router } from 'express'
import type { SpoorExpress } from 'spoor/express'
import { logs } from '../logs.js'
import { codeOf } from '../refusal.js'
import type { Site } from '../sites.js'
import { readEvent } from '../webhooks/event.js'
import { WebhookGate } from '../webhooks/gate.js'

const log = logs.get('webhooks')

/** The raw body, because the signature covers its bytes. Compressed bodies are refused: their bytes are not signed. */
const rawBody = express.raw({ type: () => true, limit: '100kb', inflate: false })

/**
 * `POST /webhooks/wordpress` → 204
 *
 * A webhook has no token. The secret that verifies it identifies the account, and from then on the request
 * has that account on its lines.
 */
export function webhookRoute(identify: SpoorExpress['identify'], sites: Site[]): Router {
  const gate = new WebhookGate(sites)
  const accountOfSender = identify((req) => ({ account: admit(gate, req), user: 'wordpress', roles: [] }))

  return Router().post('/webhooks/wordpress', rawBody, accountOfSender, (req, res) => {
    const { event, postId, from, to } = readEvent(req.body)
    log.info({ webhookId: req.get('webhook-id'), event, postId, from, to }, 'webhook received')
    res.status(204).end()
  })
}

function admit(gate: WebhookGate, req: Request): string {
  try {
    return gate.admit({
      id: req.get('webhook-id'),
      timestamp: req.get('webhook-timestamp'),
      signature: req.get('webhook-signature'),
      body: Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0),
    })
  } catch (error) {
    log.warn({ webhookId: req.get('webhook-id'), code: codeOf(error) }, 'webhook refused')
    throw error
  }
}
