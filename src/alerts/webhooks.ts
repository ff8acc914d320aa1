import { newId } from '../context/new-id.js'
import { runDetached } from '../context/storage.js'
import type { Alert } from './alert.js'
import type { AlertSender } from './alerts.js'
import { type Outcome, post } from './post.js'

/** The parts of `Webhooks`. */
export interface WebhooksParts {
  readonly url: string
  readonly secret: string
  /** On each webhook: which service and process sends it. */
  readonly about: Readonly<Record<string, string | number | undefined>>
  readonly log: { warn(message: string): void; info(message: string): void }
  /** How long to wait before each further try, in ms. */
  readonly delaysMs?: readonly number[] | undefined
  readonly timeoutMs?: number | undefined
  readonly closeWithinMs?: number | undefined
}

const maxWaiting = 100
const maxOpen = 4
/** Five tries in about five minutes. */
const defaultDelaysMs: readonly number[] = [1_000, 10_000, 60_000, 240_000]

/** A webhook that is not sent yet. */
interface Delivery {
  readonly id: string
  readonly body: string
  tries: number
  /** Set while it waits for its next try. */
  timer: NodeJS.Timeout | undefined
}

/** Signs a body. Other than in the package's type, the time may be any. */
interface Signer {
  sign(id: string, time: Date, body: string): string
}

/**
 * Sends alerts as Standard Webhooks. A webhook is tried five times in about five minutes. At most 100 webhooks wait, and at most
 * four are sent at once. None keeps the process running.
 */
export class Webhooks implements AlertSender {
  readonly #parts: WebhooksParts
  readonly #url: URL
  readonly #waiting = new Set<Delivery>()
  readonly #due: Delivery[] = []
  readonly #abort = new AbortController()
  #signer: Promise<Signer> | undefined
  #open = 0
  #isClosing = false
  /** What was said since a webhook was last sent. */
  #said: 'nothing' | 'failing' | 'lost' = 'nothing'
  #lost = 0
  #idle: (() => void) | undefined

  constructor(parts: WebhooksParts) {
    this.#parts = parts
    this.#url = new URL(parts.url)
  }

  send({ kind, account, requestId, sentence, figures }: Alert): void {
    if (this.#waiting.size >= maxWaiting) {
      this.#lose(`${maxWaiting} wait already`)
      return
    }
    const data = { ...this.#parts.about, kind, account, requestId, sentence, figures }
    const body = JSON.stringify({ type: kind, timestamp: new Date().toISOString(), data })
    const delivery: Delivery = { id: `msg_${newId()}`, body, tries: 0, timer: undefined }
    this.#waiting.add(delivery)
    this.#try(delivery)
  }

  /** Tries each waiting webhook once more, for 3 s at most. */
  async close(): Promise<void> {
    this.#isClosing = true
    for (const delivery of this.#waiting) {
      if (delivery.timer === undefined) continue
      this.#forgetTimer(delivery)
      this.#try(delivery)
    }
    if (this.#waiting.size > 0) await this.#idleWithin(this.#parts.closeWithinMs ?? 3_000)
    this.#abort.abort()
    const unsent = this.#waiting.size
    this.#waiting.clear()
    if (unsent > 0) this.#parts.log.warn(`alerts: ${unsent} not sent to ${this.#url.origin}: Spoor was closed`)
  }

  #try(delivery: Delivery): void {
    this.#due.push(delivery)
    this.#next()
  }

  #next(): void {
    while (this.#open < maxOpen) {
      const delivery = this.#due.shift()
      if (delivery === undefined) return
      this.#open++
      void this.#attempt(delivery).then((outcome) => {
        this.#open--
        this.#settle(delivery, outcome)
        this.#next()
      })
    }
  }

  async #attempt({ id, body }: Delivery): Promise<Outcome> {
    try {
      const time = new Date()
      const signer = await this.#signed()
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'spoor',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(time.getTime() / 1_000)),
        'webhook-signature': signer.sign(id, time, body),
      }
      const { timeoutMs = 10_000 } = this.#parts
      return await post({ url: this.#url, headers, body, timeoutMs, signal: this.#abort.signal })
    } catch {
      return { isSent: false, mayRetry: false, reason: 'it could not be signed or sent' }
    }
  }

  // Loaded for the first alert: most processes never send one.
  #signed(): Promise<Signer> {
    const { secret } = this.#parts
    this.#signer ??= import('standardwebhooks').then(({ Webhook }) => new Webhook(secret))
    return this.#signer
  }

  #settle(delivery: Delivery, { isSent, mayRetry, reason, retryAfterMs = 0 }: Outcome): void {
    if (!this.#waiting.has(delivery)) return
    if (isSent) this.#sent(delivery)
    else {
      const delayMs = (this.#parts.delaysMs ?? defaultDelaysMs)[delivery.tries++]
      if (mayRetry && delayMs !== undefined && !this.#isClosing) {
        this.#say('failing', `${reason}; it is tried again, five times in five minutes`)
        this.#waitFor(delivery, Math.max(spread(delayMs), retryAfterMs))
        return
      }
      this.#waiting.delete(delivery)
      this.#lose(reason)
    }
    if (this.#waiting.size === 0) this.#idle?.()
  }

  #waitFor(delivery: Delivery, ms: number): void {
    const due = (): void => {
      delivery.timer = undefined
      runDetached(() => this.#try(delivery))
    }
    delivery.timer = setTimeout(due, ms).unref()
  }

  #forgetTimer(delivery: Delivery): void {
    clearTimeout(delivery.timer)
    delivery.timer = undefined
  }

  #sent(delivery: Delivery): void {
    this.#waiting.delete(delivery)
    if (this.#said === 'nothing') return
    const lost = this.#lost === 0 ? '' : `; ${this.#lost} were lost`
    this.#parts.log.info(`alerts: ${this.#url.origin} takes alerts again${lost}`)
    this.#said = 'nothing'
    this.#lost = 0
  }

  #lose(reason: string): void {
    this.#lost++
    this.#say('lost', `${reason}; the alert is lost`)
  }

  // Each once until it works again. Of the URL only the origin: its path and user may be secrets.
  #say(state: 'failing' | 'lost', what: string): void {
    if (this.#said === state || this.#said === 'lost') return
    this.#said = state
    this.#parts.log.warn(`alerts: an alert could not be sent to ${this.#url.origin}: ${what}`)
  }

  #idleWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      // This timer keeps the process running while the last tries are made.
      const timer = setTimeout(resolve, ms)
      this.#idle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Up to a tenth more, so that the processes of a service do not all try at once. */
function spread(ms: number): number {
  return ms * (1 + Math.random() / 10)
}
