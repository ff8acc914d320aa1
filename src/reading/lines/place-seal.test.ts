import { describe, expect, test, vi } from 'vitest'
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

describe('seals that agree on a key', () => {
  test('open the texts of each other, for the same reader only', async () => {
    let agreed: string | undefined
    const agree = (own: string): string => {
      agreed ??= own
      return agreed
    }
    const [one, other] = [new PlaceSeal(agree), new PlaceSeal(async (own) => agree(own))]
    const before = other.seal('acme', 'early')
    await Promise.all([one.ready(), other.ready()])
    const sealed = one.seal('acme', 'place')
    expect(other.open('acme', sealed)?.trimEnd()).toBe('place')
    expect(other.open('globex', sealed)).toBeUndefined()
    expect(new PlaceSeal().open('acme', sealed)).toBeUndefined()
    expect(other.open('acme', before)?.trimEnd()).toBe('early')
  })

  test('give an emptied store their key again, or take that of a newer process, and open what both had', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(0)
    let stored: string | undefined
    const agree = vi.fn((own: string): string => {
      stored ??= own
      return stored
    })
    const [one, other] = [new PlaceSeal(agree), new PlaceSeal(agree)]
    await Promise.all([one.ready(), other.ready()])
    const sealed = one.seal('acme', 'place')
    stored = undefined
    now.mockReturnValue(61_000)
    await one.ready()
    const newer = new PlaceSeal(agree)
    await newer.ready()
    expect(newer.open('acme', sealed)?.trimEnd()).toBe('place')

    stored = undefined
    const newest = new PlaceSeal(agree)
    await newest.ready()
    now.mockReturnValue(122_000)
    await other.ready()
    await vi.waitFor(() => expect(other.open('acme', newest.seal('acme', 'new'))?.trimEnd()).toBe('new'))
    expect(other.open('acme', sealed)?.trimEnd()).toBe('place')
    now.mockRestore()
  })

  test.each([
    ['rejects', () => Promise.reject(new Error('away'))],
    [
      'throws',
      () => {
        throw new Error('away')
      },
    ],
    ['gives another text', () => 'c2hvcnQ='],
  ])('seal alone while the store %s, and ask again later', async (_, fail) => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(0)
    const key = new PlaceSeal((own) => own)
    const agree = vi.fn<(own: string) => string | Promise<string>>(fail)
    const seal = new PlaceSeal(agree)
    await seal.ready()
    const sealed = seal.seal('acme', 'place')
    expect(seal.open('acme', sealed)?.trimEnd()).toBe('place')
    await seal.ready()
    expect(agree).toHaveBeenCalledTimes(1)
    now.mockReturnValue(20_000)
    agree.mockImplementation((own) => own)
    await seal.ready()
    expect(agree).toHaveBeenCalledTimes(2)
    expect(seal.open('acme', sealed)?.trimEnd()).toBe('place')
    expect(key.open('acme', sealed)).toBeUndefined()
    now.mockRestore()
  })
})
