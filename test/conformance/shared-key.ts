import type { ConnectionOptions, TlsOptions } from 'node:tls'

// TLS by a key that both sides know (RFC 4279): no certificate to make, to keep, or to let expire.
const psk = Buffer.from('conformance tests only')
const common = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const

export const serverKey: TlsOptions = { ...common, pskCallback: () => psk, pskIdentityHint: 'spoor' }

export const clientKey: ConnectionOptions = {
  ...common,
  pskCallback: () => ({ psk, identity: 'client' }),
  checkServerIdentity: () => undefined,
}
