const ivBytes = 12
const tagBytes = 16
// The length of a text would tell the number of digits of its places.
const blockLength = 256

/**
 * Seals texts for readers who may not know what is in them (AES-256-GCM). Only this object opens them, for the same reader: its
 * key is random, and ends with it.
 */
export class PlaceSeal {
  readonly #key = crypto().randomBytes(32)

  /** @param reader who gets the sealed text */
  seal(reader: string, text: string): string {
    const iv = crypto().randomBytes(ivBytes)
    const cipher = crypto().createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(reader))
    const padded = text.padEnd(Math.ceil(text.length / blockLength) * blockLength)
    const sealed = Buffer.concat([cipher.update(padded, 'utf8'), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  /** @returns undefined if the text was not sealed here, or for another reader */
  open(reader: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < ivBytes + tagBytes) return undefined
    try {
      const cipher = crypto().createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      })
      cipher.setAAD(Buffer.from(reader)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
      return cipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + cipher.final('utf8')
    } catch {
      return undefined
    }
  }
}

// Not imported: with a second importer, the bundler would load it with the core.
function crypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}
