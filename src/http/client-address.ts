import type { Trust } from './trust.js'

/** More proxies than any setup has in a row. */
const maxHops = 20
/** The longest entry: an IPv6 address in brackets, with a zone and a port. */
const maxEntryLength = 100

/**
 * The address of the client behind trusted proxies. Each proxy adds the address of its caller to the end of `X-Forwarded-For`.
 * So the last entry that is not a trusted proxy is the client. The entries before it may be forged.
 *
 * @param peer the address of the connection
 * @param forwardedFor the header; several headers are joined by commas
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  isProxy: Trust,
): string | undefined {
  let address = plainAddress(peer)
  let end = forwardedFor?.length ?? 0
  for (let hops = 0; hops < maxHops && end > 0 && address !== undefined && isProxy(address); hops++) {
    const start = (forwardedFor as string).lastIndexOf(',', end - 1) + 1
    const entry = addressIn((forwardedFor as string).slice(Math.max(start, end - maxEntryLength), end))
    // If a proxy hides its caller (`unknown`, `_hidden`), the proxy is the last known address.
    if (entry === undefined) break
    address = entry
    end = start - 1
  }
  return address
}

/** The address in an entry: `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::7`, `[2001:db8::7]:4711`. */
function addressIn(entry: string): string | undefined {
  const text = entry.trim()
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d{1,5})?|(\d[\d.]*):\d{1,5})$/.exec(text) ?? []
  return plainAddress(bracketed ?? dotted ?? text)
}

/** An address without its zone. An IPv4 address of a dual-stack socket (`::ffff:192.0.2.7`) becomes plain IPv4. */
function plainAddress(text: string | undefined): string | undefined {
  const address = text?.replace(/%.*$/s, '').replace(/^::ffff:(?=\d+\.)/i, '')
  return address !== undefined && process.getBuiltinModule('node:net').isIP(address) !== 0 ? address : undefined
}
