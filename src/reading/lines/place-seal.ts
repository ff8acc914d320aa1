import { withinTime } from '../../process/promises.js'

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
// The length of a text would tell the number of digits of its places.
const blockLength = 256
const agreeWithinMs = 2_000
const againAfterMs = 10_000
/** The store may lose the key (it was emptied), and then a new process would bring another one. */
const confirmAfterMs = 60_000

/** Asks for the key of all processes of the service, as base64. The first process that asks gives its own. */
export type AgreeOnKey = (own: string) => string | Promise<string>

/**
 * Seals texts for readers who may not know what is in them (AES-256-GCM). They are opened for the same reader only, by the processes
 * that agreed on a key; without an agreement, by this object alone.
 */
export class PlaceSeal {
  readonly #own = crypto().randomBytes(keyBytes)
  readonly #agree: AgreeOnKey | undefined
  #agreed: Buffer | undefined
  /** The key before the last agreement: texts of that time are still opened. */
  #earlier: Buffer | undefined
  #asked: Promise<void> | undefined
  #againAt = 0

  constructor(agree?: AgreeOnKey) {
    this.#agree = agree
  }

  /** Resolves when the key is known, or cannot be known now: then texts are sealed for this object alone. Never rejects. */
  async ready(): Promise<void> {
    if (this.#agree === undefined || performance.now() < this.#againAt) return
    this.#asked ??= this.#askKey(this.#agree).finally(() => {
      this.#asked = undefined
    })
    if (this.#agreed === undefined) await this.#asked
  }

  /** @param reader who gets the sealed text */
  seal(reader: string, text: string): string {
    const iv = crypto().randomBytes(ivBytes)
    const cipher = crypto()
      .createCipheriv('aes-256-gcm', this.#agreed ?? this.#own, iv)
      .setAAD(Buffer.from(reader))
    const padded = text.padEnd(Math.ceil(text.length / blockLength) * blockLength)
    const sealed = Buffer.concat([cipher.update(padded, 'utf8'), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  /** @returns undefined if the text was sealed with another key, or for another reader */
  open(reader: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < ivBytes + tagBytes) return undefined
    // A text may be older than the agreement.
    for (const key of [this.#agreed, this.#earlier, this.#own]) {
      const text = key && opened(key, reader, bytes)
      if (text !== undefined) return text
    }
    return undefined
  }

  async #askKey(agree: AgreeOnKey): Promise<void> {
    try {
      const asked = (async () => agree((this.#agreed ?? this.#own).toString('base64')))()
      const key = Buffer.from(await withinTime(asked, agreeWithinMs, () => new Error('late')), 'base64')
      if (key.length !== keyBytes) throw new TypeError('not a key')
      if (this.#agreed?.equals(key) === false) this.#earlier = this.#agreed
      this.#agreed = key
      this.#againAt = performance.now() + confirmAfterMs
    } catch {
      this.#againAt = performance.now() + againAfterMs
    }
  }
}

function opened(key: Buffer, reader: string, bytes: Buffer): string | undefined {
  try {
    const cipher = crypto().createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
      authTagLength: tagBytes,
    })
    cipher.setAAD(Buffer.from(reader)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    return cipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + cipher.final('utf8')
  } catch {
    return undefined
  }
}

// Not imported: with a second importer, the bundler would load it with the core.
function crypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}
