import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clientAddress } from './client-address.js'
import { trustOf } from './trust.js'

const proxies = trustOf(['10.0.0.0/8', 'fd00::/8'])
const none = trustOf(false)

describe('the address of a client', () => {
  test.each([
    ['is that of the connection if no proxy is trusted', '10.0.0.1', '203.0.113.7', none, '10.0.0.1'],
    ['is that of the connection if the peer is not a proxy', '198.51.100.1', '203.0.113.7', proxies, '198.51.100.1'],
    ['is the one that the proxy names', '10.0.0.1', '203.0.113.7', proxies, '203.0.113.7'],
    ['is the last one that is not a proxy', '10.0.0.1', '1.2.3.4, 203.0.113.7, 10.0.0.2', proxies, '203.0.113.7'],
    ['is the first proxy if all are proxies', '10.0.0.1', '10.0.0.3,10.0.0.2', proxies, '10.0.0.3'],
    ['is read with a port', '10.0.0.1', '203.0.113.7:4711', proxies, '203.0.113.7'],
    ['is read from IPv6 with brackets and port', 'fd00::1', '[2001:db8::7]:4711', proxies, '2001:db8::7'],
    ['is read from IPv6 without brackets', '::ffff:10.0.0.1', '2001:db8::7', proxies, '2001:db8::7'],
    ['is the proxy that names something else', '10.0.0.1', '203.0.113.7, unknown', proxies, '10.0.0.1'],
    ['is the proxy without the header', '10.0.0.1', undefined, proxies, '10.0.0.1'],
    ['is the proxy for an empty entry', '10.0.0.1', '203.0.113.7,', proxies, '10.0.0.1'],
    ['is IPv4 on a socket for both', '::ffff:203.0.113.7', undefined, proxies, '203.0.113.7'],
    ['has no zone', 'fe80::1%eth0', undefined, proxies, 'fe80::1'],
    ['is absent on a Unix socket', undefined, '203.0.113.7', trustOf(true), undefined],
  ])('%s', (_, peer, header, trusted, expected) => {
    expect(clientAddress(peer, header, trusted)).toBe(expected)
  })

  test('is always an address or absent, for any header', () => {
    const entry = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom('10.0.0.9', '', ',', '[', '\u001b[31m'))
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        const address = clientAddress('10.0.0.1', entries.join(','), proxies)
        expect(address).toMatch(/^[\da-f.:]+$/i)
      }),
    )
  })

  test('takes at most 20 hops of a long header', () => {
    const header = Array.from({ length: 5_000 }, (_, at) => `10.0.${at >> 8}.${at & 255}`).join(',')
    expect(clientAddress('10.0.0.1', header, proxies)).toBe(header.split(',').at(-20))
  })
})
