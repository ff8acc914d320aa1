// Signatures as Standard Webhooks describes them: https://www.standardwebhooks.com
import { createHmac, timingSafeEqual } from 'node:crypto'

const SIGNATURE_BYTES = 32
const MAX_SIGNATURES = 16
const MIN_SECRET_BYTES = 16

/** Returns the key inside `whsec_<base64>`, or undefined for other text. */
export function readSecret(text: string): Buffer | undefined {
  const key = text.startsWith('whsec_') ? readBase64(text.slice('whsec_'.length)) : undefined
  return key !== undefined && key.length >= MIN_SECRET_BYTES ? key : undefined
}

/** The signature of id, time and body together, so that none of them can be exchanged. */
export function sign(key: Buffer, id: string, timestamp: number, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
}

/**
 * Reads the `v1` signatures from a `webhook-signature` header: `v1,<base64> v1,<base64> …`, several while a secret is
 * being exchanged. Other versions and malformed entries are left out.
 */
export function readSignatures(header: string): Buffer[] {
  const signatures: Buffer[] = []
  for (const entry of header.split(' ', MAX_SIGNATURES)) {
    const signature = entry.startsWith('v1,') ? readBase64(entry.slice('v1,'.length)) : undefined
    if (signature?.length === SIGNATURE_BYTES) signatures.push(signature)
  }
  return signatures
}

/** Compares with all signatures, each in constant time. */
export function isOneOf(signatures: Buffer[], expected: Buffer): boolean {
  return signatures.filter((signature) => timingSafeEqual(signature, expected)).length > 0
}

/** Strict, unlike Buffer.from(text, 'base64'), which skips unknown characters. */
function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
