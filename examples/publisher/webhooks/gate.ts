import { Refusal } from '../refusal.js'
import { SeenIds } from './seen-ids.js'
import { isOneOf, readSecret, readSignatures, sign } from './signature.js'

const TOLERANCE_MS = 5 * 60 * 1000

/** A webhook as it arrived, not yet verified. */
export interface Delivery {
  id: string | undefined
  timestamp: string | undefined
  signature: string | undefined
  body: Uint8Array
}

/** An account that may send webhooks, and the secret that verifies them. */
export interface Sender {
  account: string
  webhookSecret: string
}

/**
 * Accepts webhooks of known senders, each once in the life of a gate.
 *
 * The ids are kept in memory. After a restart a copy is accepted once more, until its time stamp is five minutes old.
 * If that matters, keep the ids in the database, in the transaction of the change that the webhook causes.
 *
 *     const gate = new WebhookGate([{ account: 'acme', webhookSecret: 'whsec_…' }])
 *     const account = gate.admit(delivery)
 */
export class WebhookGate {
  readonly #senders: { account: string; key: Buffer; seen: SeenIds }[]

  constructor(senders: Sender[]) {
    this.#senders = senders.map(({ account, webhookSecret }) => {
      const key = readSecret(webhookSecret)
      if (key === undefined) throw new Error(`the webhook secret of ${account} is not whsec_ and base64`)
      // A time stamp may lie in the future by the tolerance, and stays valid for the tolerance after that.
      return { account, key, seen: new SeenIds(2 * TOLERANCE_MS) }
    })
  }

  /**
   * @returns the account whose secret verifies the delivery
   * @throws Refusal 401 for an invalid signature, 409 for a repeated id
   */
  admit(delivery: Delivery, now: number = Date.now()): string {
    const { id, timestamp } = readHeaders(delivery)
    if (now - timestamp * 1000 > TOLERANCE_MS) {
      throw new Refusal(401, 'webhook_too_old', 'webhook-timestamp is more than five minutes old.')
    }
    if (timestamp * 1000 - now > TOLERANCE_MS) {
      throw new Refusal(401, 'webhook_too_new', 'webhook-timestamp is more than five minutes ahead.')
    }
    const signatures = readSignatures(delivery.signature ?? '')
    const matching = this.#senders.filter(({ key }) => isOneOf(signatures, sign(key, id, timestamp, delivery.body)))
    const sender = matching[0]
    if (sender === undefined) {
      throw new Refusal(401, 'webhook_signature_wrong', 'No signature in webhook-signature matches this webhook.')
    }
    refuseRepeated(sender.seen.add(id, now))
    return sender.account
  }
}

/** The id may not contain a dot: the dots in the signed text must show where the id, the time and the body end. */
function readHeaders({ id = '', timestamp = '', signature = '' }: Delivery): { id: string; timestamp: number } {
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(id) || !/^\d{1,12}$/.test(timestamp) || signature === '') {
    throw new Refusal(401, 'webhook_headers_missing', 'Expected webhook-id, webhook-timestamp and webhook-signature.')
  }
  return { id, timestamp: Number(timestamp) }
}

function refuseRepeated(result: 'new' | 'seen' | 'full'): void {
  if (result === 'seen')
    throw new Refusal(409, 'webhook_repeated', 'A webhook with this webhook-id was already received.')
  if (result === 'full') throw new Refusal(503, 'webhooks_too_many', 'Too many webhooks; send this one again later.')
}
