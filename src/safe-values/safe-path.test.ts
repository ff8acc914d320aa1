import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutSecretSegments } from './safe-path.js'

test.each([
  ['/reset/V1StGXR8Z5jdHi6BmyT0', '/reset/[redacted]'],
  ['/reset/V1StGXR8_Z5jdHi6B-myT/confirm', '/reset/[redacted]/confirm'],
  ['/verify/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc', '/verify/[redacted]'],
  ['/blobs/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/blobs/[redacted]'],
  ['/posts/507f1f77bcf86cd799439011', '/posts/[redacted]'],
  ['/a/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/a/[redacted]'],
])('tokens in %s are redacted', (path, expected) => expect(withoutSecretSegments(path)).toBe(expected))

test.each([
  '/posts/my-first-post-about-something',
  '/posts/0199f3a5-1111-7222-8333-444455556666/media',
  '/2024/11/28/the-covid19-vaccines-of-europe',
  '/listCustomerInvoicesByMonthAndYear',
  '/getUserByIdOrEmailAddressV2',
  '/antidisestablishmentarianism',
  '/node-20-release-notes-2024-edition',
  '/wp-content/uploads/2024/11/IMG_20241128_151944_HDR.jpg',
  '/assets/index-BfT3kx9Q.js',
  '/com.example.myapp.v2.services.PublishService',
  '/%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82',
  '/posts/77',
])('%s stays as it is', (path) => expect(withoutSecretSegments(path)).toBe(path))

test('UUIDs stay, and hexadecimal tokens do not', () => {
  const hex = fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: 32, maxLength: 64 })
  fc.assert(fc.property(fc.uuid(), (id) => withoutSecretSegments(`/posts/${id}`) === `/posts/${id}`))
  const hidden = fc.sample(hex, 500).filter((each) => withoutSecretSegments(`/t/${each.join('')}`) === '/t/[redacted]')
  // Chance makes a number of some.
  expect(hidden.length).toBeGreaterThan(480)
})
