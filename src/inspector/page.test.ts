import { expect, test, vi } from 'vitest'
import { isPagePath, pageAnswer } from './page.js'

vi.mock('./page-files.js', () => ({
  pageFiles: Promise.resolve({
    '': { type: 'text/html; charset=utf-8', etag: '"page"', body: '<!doctype html>' },
    'assets/index-a1.js': { type: 'text/javascript; charset=utf-8', etag: '"script"', body: 'x' },
  }),
}))

const ask = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  pageAnswer(path, { path: `/_spoor${path}`, header: (name) => headers[name] })

test('the page allows nothing but its own files, and asks again whether it changed', async () => {
  const answer = await ask('/')
  expect(answer?.status).toBe(200)
  expect(answer?.headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
      "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  )
  expect(answer?.headers).toMatchObject({ etag: '"page"', 'cache-control': 'no-cache' })
})

test('its other files are kept for ever: their names change with their contents', async () => {
  const answer = await ask('/assets/index-a1.js')
  expect([answer?.status, answer?.body]).toEqual([200, 'x'])
  expect(answer?.headers).toMatchObject({ etag: '"script"', 'cache-control': 'public, max-age=31536000, immutable' })
})

test.each(['"page"', 'W/"page"', '"old", "page"', '"old" , W/"page"'])(
  'a known file is not sent again: %s',
  async (known) => {
    expect(await ask('/', { 'if-none-match': known })).toMatchObject({
      status: 304,
      body: '',
      headers: { etag: '"page"' },
    })
  },
)

test.each(['"old"', 'page', '', 'W/page'])('an unknown tag gets the file: %j', async (known) => {
  expect((await ask('/', { 'if-none-match': known }))?.status).toBe(200)
})

test('the page without its slash leads to the page with it, below any prefix', async () => {
  expect(await pageAnswer('', { path: '/_spoor', header: () => undefined })).toMatchObject({
    status: 308,
    headers: { location: './_spoor/' },
  })
  expect((await pageAnswer('', { path: '//evil.test', header: () => undefined }))?.headers['location']).toBe(
    './evil.test/',
  )
})

test.each(['/assets/', '/assets/../index-a1.js', '/assets/%2e%2e/x', '/assets/__proto__', '/assets/constructor'])(
  'there is no file %s',
  async (path) => {
    expect(isPagePath(path)).toBe(true)
    expect(await ask(path)).toBeUndefined()
  },
)
