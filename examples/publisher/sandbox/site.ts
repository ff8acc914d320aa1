import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { SiteAccess } from '../config.js'
import { addressOf, closeServer, listen } from '../server.js'
import { PostShelf } from './post-shelf.js'
import { answer } from './routes.js'
import { WebhookSender } from './webhook-sender.js'

/** A small site that speaks as much WordPress as this service needs, for accounts without a real one. */
export interface SandboxSite extends SiteAccess {
  /** From now on the site tells this address when the status of a post changes. */
  sendWebhooksTo(url: string): void
  close(): Promise<void>
}

/** Starts a site: on a free port of this machine, with credentials and a secret made for it alone. */
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
