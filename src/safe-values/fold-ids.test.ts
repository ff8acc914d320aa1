import fc from 'fast-check'
import { expect, it } from 'vitest'
import { foldIds } from './fold-ids.js'

it.each([
  ['/posts/77', '/posts/:id'],
  ['/posts/0199f3a5-1111-7222-8333-444455556666/media', '/posts/:id/media'],
  ['/blobs/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/blobs/:id'],
  ['/services/T00000000/B00000000/XXXXXXXX1XXXXXXXXXXXXXXX', '/services/T00000000/B00000000/:id'],
  ['/bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11/send', '/:id/send'],
  ['/services/T024BE7LD/B03DXAB7P/AbcDefXyzQrStUvWxGhIjKlm', '/services/T024BE7LD/B03DXAB7P/:id'],
  ['/users/mara@blog.example', '/users/:id'],
  ['/users/mara%40blog.example', '/users/:id'],
])('ids and tokens in %s are folded', (path, folded) => {
  expect(foldIds(path)).toBe(folded)
})

it.each([
  '/',
  '',
  '/wp-json/wp/v2/posts',
  '/api/v1/publish',
  '/oauth2/token',
  '/internationalisation',
  '/listCustomerInvoices',
])('%s stays as it is', (path) => expect(foldIds(path)).toBe(path))

it('each part of a path is folded as it is alone', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '',
      '7',
      '%40',
      'a%40b',
      '%4',
      '40',
      '@',
      'posts',
      'v2',
      'da39a3ee5e6b4b0d',
      'AbcDefXyzQrStUvWxGhIjKlm',
    ),
    fc.string({ unit: fc.constantFrom('a', 'Z', '7', '%', '4', '0', '@', '-', 'é'), maxLength: 30 }),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('/', '')),
  )
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      expect(foldIds(parts.join('/'))).toBe(parts.map(foldIds).join('/'))
    }),
  )
})

it('a short part is an id if it is a number or contains a mail address', () => {
  const short = fc.string({ unit: fc.constantFrom('a', 'Z', '7', '%', '4', '0', '@', '-', 'é'), maxLength: 15 })
  fc.assert(
    fc.property(short, (part) => {
      expect(foldIds(part)).toBe(/^\d+$|@|%40/.test(part) ? ':id' : part)
    }),
    { numRuns: 1_000 },
  )
})
