import { expect, test } from 'vitest'
import { PlaceSeal } from './place-seal.js'

test('a sealed text is opened by the same seal for the same reader only, and shows nothing of the text', () => {
  const seal = new PlaceSeal()
  const text = '[["shop.log","1:2",345]]'
  const sealed = seal.seal('acme', text)
  expect(seal.open('acme', sealed)?.trimEnd()).toBe(text)
  expect(seal.open('globex', sealed)).toBeUndefined()
  expect(new PlaceSeal().open('acme', sealed)).toBeUndefined()
  for (const forged of ['', 'x', sealed.slice(0, -4), `A${sealed.slice(1)}`, Buffer.from(text).toString('base64url')])
    expect(seal.open('acme', forged)).toBeUndefined()
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('shop')
  expect(seal.seal('acme', text)).not.toBe(sealed)
  expect(seal.seal('acme', `${text}${text}`)).toHaveLength(sealed.length)
})
