import { describe, expect, it } from 'vitest'
import { isRange, trustOf } from './trust.js'

describe('the set of trusted peers', () => {
  it('is all peers or none for true and false, Unix sockets included', () => {
    expect(trustOf(false)('127.0.0.1')).toBe(false)
    expect(trustOf(true)('203.0.113.9')).toBe(true)
    expect(trustOf(true)(undefined)).toBe(true)
  })

  it('holds listed addresses and addresses in listed ranges', () => {
    const trusts = trustOf(['192.0.2.7', '10.0.0.0/8', '2001:db8::/32', 'fd00::1'])
    for (const address of ['192.0.2.7', '10.255.1.2', '2001:db8:ffff::9', 'fd00::1']) expect(trusts(address)).toBe(true)
    for (const address of ['192.0.2.8', '11.0.0.1', '2001:db9::1', 'fd00::2', '', 'proxy', undefined]) {
      expect(trusts(address)).toBe(false)
    }
  })

  it('matches an IPv4 address that a dual-stack socket shows as IPv6, and an address with a zone', () => {
    const trusts = trustOf(['10.0.0.0/8', 'fe80::/10'])
    expect(trusts('::ffff:10.1.2.3')).toBe(true)
    expect(trusts('::ffff:11.1.2.3')).toBe(false)
    expect(trusts('fe80::1%eth0')).toBe(true)
  })

  it('is empty for an empty list', () => {
    expect(trustOf([])('127.0.0.1')).toBe(false)
  })

  it('accepts only addresses and ranges', () => {
    for (const good of ['10.0.0.7', '10.0.0.0/8', '0.0.0.0/0', '::1', '::/0', 'fd00::/8'])
      expect(isRange(good)).toBe(true)
    for (const bad of [
      '10.0.0',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '::1/129',
      'proxy',
      '10.0.0.0/-1',
      '',
      7,
      null,
    ]) {
      expect(isRange(bad)).toBe(false)
    }
  })
})
