import { describe, expect, test } from 'vitest'
import { type Delivery, WebhookGate } from './gate.js'
import { readSecret, sign } from './signature.js'

const NOW = Date.UTC(2026, 10, 24, 8)
const secretOf = (name: string): string => `whsec_${Buffer.from(name.padEnd(32)).toString('base64')}`
const acme = { account: 'acme', webhookSecret: secretOf('acme') }
const globex = { account: 'globex', webhookSecret: secretOf('globex') }

function delivery({ id = 'msg_1', at = NOW, secret = acme.webhookSecret, body = '{}' } = {}): Delivery {
  const timestamp = Math.floor(at / 1000)
  const key = readSecret(secret) ?? Buffer.alloc(0)
  const signature = `v1,${sign(key, id, timestamp, Buffer.from(body)).toString('base64')}`
  return { id, timestamp: String(timestamp), signature, body: Buffer.from(body) }
}

describe('a webhook', () => {
  test('is accepted for the account whose secret signed it', () => {
    const gate = new WebhookGate([acme, globex])
    expect(gate.admit(delivery(), NOW)).toBe('acme')
    expect(gate.admit(delivery({ secret: globex.webhookSecret }), NOW)).toBe('globex')
  })

  test('is accepted if one of several signatures matches, as during an exchange of secrets', () => {
    const wrong = delivery({ secret: secretOf('old') }).signature
    const { signature, ...rest } = delivery()
    const several = { ...rest, signature: `v1a,AAAA ${wrong} ${signature}` }
    expect(new WebhookGate([acme]).admit(several, NOW)).toBe('acme')
  })

  test.each([
    ['signed with an unknown secret', delivery({ secret: secretOf('mallory') }), 'webhook_signature_wrong'],
    ['whose body was changed', { ...delivery(), body: Buffer.from('{ }') }, 'webhook_signature_wrong'],
    ['whose id was changed', { ...delivery(), id: 'msg_2' }, 'webhook_signature_wrong'],
    ['whose time was changed', { ...delivery(), timestamp: String(NOW / 1000 - 1) }, 'webhook_signature_wrong'],
    ['without an id', { ...delivery(), id: undefined }, 'webhook_headers_missing'],
    ['without a time', { ...delivery(), timestamp: undefined }, 'webhook_headers_missing'],
    ['without a signature', { ...delivery(), signature: undefined }, 'webhook_headers_missing'],
    ['whose time is not a number', { ...delivery(), timestamp: 'now' }, 'webhook_headers_missing'],
    ['whose time is negative', { ...delivery(), timestamp: '-1' }, 'webhook_headers_missing'],
    ['whose id contains a dot', delivery({ id: 'msg.1' }), 'webhook_headers_missing'],
    ['five minutes and a second old', delivery({ at: NOW - 301_000 }), 'webhook_too_old'],
    ['five minutes and a second ahead', delivery({ at: NOW + 301_000 }), 'webhook_too_new'],
  ])('%s is refused with 401', (_what, refused, code) => {
    const gate = new WebhookGate([acme, globex])
    expect(() => gate.admit(refused, NOW)).toThrow(expect.objectContaining({ status: 401, code }))
  })

  test.each([-300_000, 300_000])('of %i ms from now is accepted', (offset) => {
    expect(new WebhookGate([acme]).admit(delivery({ at: NOW + offset }), NOW)).toBe('acme')
  })

  test('is accepted once; its copy is refused with 409 while its time is valid', () => {
    const gate = new WebhookGate([acme])
    const early = delivery({ at: NOW + 300_000 })
    gate.admit(early, NOW)
    for (const later of [0, 1_000, 300_000, 599_999]) {
      expect(() => gate.admit(early, NOW + later)).toThrow(
        expect.objectContaining({ status: 409, code: 'webhook_repeated' }),
      )
    }
    expect(() => gate.admit(early, NOW + 600_001)).toThrow(expect.objectContaining({ code: 'webhook_too_old' }))
  })

  test('is accepted once more after a restart, as docs/jobs.md says, until its time stamp is five minutes old', () => {
    new WebhookGate([acme]).admit(delivery(), NOW)
    expect(new WebhookGate([acme]).admit(delivery(), NOW + 300_000)).toBe('acme')
    expect(() => new WebhookGate([acme]).admit(delivery(), NOW + 301_000)).toThrow(
      expect.objectContaining({ status: 401, code: 'webhook_too_old' }),
    )
  })

  test('that is refused does not use up its id', () => {
    const gate = new WebhookGate([acme])
    expect(() => gate.admit({ ...delivery(), signature: 'v1,AAAA' }, NOW)).toThrow()
    expect(gate.admit(delivery(), NOW)).toBe('acme')
  })

  test('may have the id of a webhook of another account', () => {
    const gate = new WebhookGate([acme, globex])
    gate.admit(delivery(), NOW)
    expect(gate.admit(delivery({ secret: globex.webhookSecret }), NOW)).toBe('globex')
  })
})
