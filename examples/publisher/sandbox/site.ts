import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { SiteAccess } from '../config.js'
import { addressOf, closeServer, listen } from '../server.js'
import { PostShelf } from './post-shelf.js'
import { answer } from './routes.js'
import { WebhookSender } from './webhook-sender.js'

/** A small site with the parts of WordPress that this service needs, for accounts without a real site. */
export interface SandboxSite extends SiteAccess {
  /** Sends webhooks to this address when the status of a post changes. */
  sendWebhooksTo(url: string): void
  close(): Promise<void>
}

/** Starts a site on a free port of this machine, with its own credentials and secret. */
export async function startSandboxSite(): Promise<SandboxSite> {
  const credentials = { user: 'publisher', appPassword: randomBytes(18).toString('base64url') }
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`
  const webhooks = new WebhookSender(webhookSecret)

  const server = createServer()
  await listen(server, 0, '127.0.0.1')
  const url = addressOf(server)
  const site = { credentials, webhooks, shelf: new PostShelf(url) }
  server.on('request', (req, res) => void answer(site, req, res))

  return {
    url,
    ...credentials,
    webhookSecret,
    sendWebhooksTo: (address) => webhooks.sendTo(address),
    close: () => closeServer(server),
  }
}
