import { expect, onTestFinished, test } from 'vitest'
import { type SandboxSite, startSandboxSite } from './site.js'

async function start(): Promise<SandboxSite> {
  const site = await startSandboxSite()
  onTestFinished(() => site.close())
  return site
}

async function rest(site: SandboxSite, path: string, init: RequestInit & { password?: string } = {}) {
  const { password = site.appPassword, ...request } = init
  const authorization = `Basic ${Buffer.from(`${site.user}:${password}`).toString('base64')}`
  const response = await fetch(`${site.url}/wp-json/wp/v2${path}`, { ...request, headers: { authorization } })
  return { status: response.status, json: await response.json() }
}

test('each sandbox site has its own credentials and secret', async () => {
  const [one, two] = [await start(), await start()]
  expect(one.appPassword).not.toBe(two.appPassword)
  expect(one.webhookSecret).not.toBe(two.webhookSecret)
  expect(await rest(one, '/users/me', { password: two.appPassword })).toMatchObject({ status: 401 })
})

test('answers like WordPress for posts, one post and the current user', async () => {
  const site = await start()
  const body = JSON.stringify({ title: 'A <title>', content: 'Text', status: 'publish' })
  const created = await rest(site, '/posts', { method: 'POST', body })
  expect(created).toMatchObject({
    status: 201,
    json: {
      id: 1,
      status: 'publish',
      title: { raw: 'A <title>', rendered: 'A &lt;title&gt;' },
      link: `${site.url}/?p=1`,
    },
  })
  expect(await rest(site, '/posts/1')).toEqual({ status: 200, json: created.json })
  expect(await rest(site, '/posts')).toEqual({ status: 200, json: [created.json] })
  expect(await rest(site, '/users/me')).toMatchObject({ status: 200, json: { id: 1 } })
})

test.each([
  ['a wrong password', '/posts', { password: 'wrong' }, 401, 'rest_not_logged_in'],
  ['an unknown post', '/posts/9', {}, 404, 'rest_post_invalid_id'],
  ['an unknown route', '/pages', {}, 404, 'rest_no_route'],
  ['a malformed body', '/posts', { method: 'POST', body: '{' }, 400, 'rest_invalid_json'],
  ['a title that is not text', '/posts', { method: 'POST', body: '{"title":1}' }, 400, 'rest_invalid_param'],
  ['an empty post', '/posts', { method: 'POST', body: '{}' }, 400, 'empty_content'],
])('answers %s with an error in the format of WordPress', async (_what, path, init, status, code) => {
  const answer = await rest(await start(), path, init)
  expect(answer).toEqual({ status, json: { code, message: expect.any(String), data: { status } } })
})

test('keeps the newest two hundred posts', async () => {
  const site = await start()
  for (let i = 1; i <= 201; i++) await rest(site, '/posts', { method: 'POST', body: `{"title":"${i}"}` })
  expect(await rest(site, '/posts/1')).toMatchObject({ status: 404 })
  expect(await rest(site, '/posts/2')).toMatchObject({ status: 200 })
  expect((await rest(site, '/posts?per_page=100')).json).toHaveLength(100)
})

test('shows the page of a published post, but not of a draft', async () => {
  const site = await start()
  for (const status of ['publish', 'draft']) {
    await rest(site, '/posts', { method: 'POST', body: JSON.stringify({ title: '<script>', status }) })
  }
  const page = await fetch(`${site.url}/?p=1`)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await page.text()).toContain('<h1>&lt;script&gt;</h1>')
  expect((await fetch(`${site.url}/?p=2`)).status).toBe(404)
})
