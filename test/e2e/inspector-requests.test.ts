// The view Requests, the first run and the find box in a real browser. Left out, by name, where Chromium is not installed.
import '../../examples/publisher/testing/log-directory.js'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { call, publishAs, start } from '../../examples/publisher/testing/publisher.js'
import { servePage } from './inspector-page.js'
import { available, chromiumPath } from './services.js'

describe.skipIf(!available('chromium'))('the view Requests', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath() })
  })

  afterAll(() => browser?.close())

  async function open(service: string, token = 'operator'): Promise<{ page: Page; wrong: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    onTestFinished(() => page.close())
    const wrong: string[] = []
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()))
    page.on('pageerror', (error) => wrong.push(String(error)))
    await page.addInitScript(`sessionStorage.setItem('spoor.token', ${JSON.stringify(token)})`)
    await page.goto(await servePage(service))
    await page.locator('h1').waitFor()
    return { page, wrong }
  }

  /** The pointer is where nothing has to stand still. */
  const pointAway = (page: Page): Promise<void> => page.mouse.move(700, 20)
  const rows = (page: Page) => page.locator('.list tbody tr[data-id]')
  const get = (service: { url: string }, path: string, token = 'acme-admin') => call(service, 'GET', path, { token })

  test('is a first run until the first request, which appears without a click', async () => {
    const service = await start()
    const { page, wrong } = await open(service.url)
    await page.getByRole('heading', { name: /^Nothing has arrived yet\. publisher has been up for/ }).waitFor()
    const { id } = await publishAs(service, 'acme-admin')
    await page.locator(`tr[data-id="${id}"]`).waitFor()
    expect(await page.locator('h1').textContent()).not.toContain('Nothing has arrived')
    expect(wrong).toEqual([])
  })

  test('moves nothing under the pointer: newer rows are counted, and come with Space', async () => {
    const service = await start()
    await get(service, '/api/v1/posts')
    const { page, wrong } = await open(service.url)
    await pointAway(page)
    const { id: shown } = await get(service, '/api/v1/posts')
    await page.locator(`tr[data-id="${shown}"]`).waitFor()
    await rows(page).first().hover()
    const { id: waits } = await get(service, '/api/v1/posts')
    await page.locator('.pill', { hasText: '1 newer' }).waitFor()
    expect(await rows(page).first().getAttribute('data-id')).toBe(shown)
    await page.keyboard.press('Space')
    await page.locator(`tr[data-id="${waits}"]`).waitFor()
    expect(await page.locator('.pill').count()).toBe(0)
    expect(wrong).toEqual([])
  })

  test('shows an open request on top until it ends', async () => {
    const service = await start()
    await get(service, '/api/v1/posts')
    const { page, wrong } = await open(service.url)
    await pointAway(page)
    const slow = get(service, '/api/v1/work?waitMs=3000')
    await rows(page).first().filter({ hasText: 'in flight' }).waitFor()
    const { id } = await slow
    await page.locator(`tr[data-id="${id}"]`, { hasText: '200' }).waitFor()
    await page.locator('tr.flight').waitFor({ state: 'detached' })
    expect(wrong).toEqual([])
  })

  test('filters by what the URL says, says which filters leave nothing, and drops them with Esc', async () => {
    const service = await start()
    await get(service, '/api/v1/posts')
    await get(service, '/api/v1/fail?how=500')
    const { page, wrong } = await open(service.url)
    await rows(page).nth(1).waitFor()
    await page.getByRole('button', { name: 'status any' }).click()
    await page.getByRole('menuitemradio', { name: '5xx' }).click()
    await expect.poll(() => page.url()).toContain('status=5xx')
    await expect.poll(() => rows(page).count()).toBe(1)
    await page.goto(page.url().replace('status=5xx', 'status=5xx&account=nobody'))
    await page.getByRole('heading', { name: 'No request matches: account nobody, status 5xx' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => rows(page).count()).toBe(2)
    expect(wrong).toEqual([])
  })

  test('is worked by the keyboard: j and k move, Enter opens, going back finds the row again', async () => {
    const service = await start()
    await get(service, '/api/v1/posts')
    const { id } = await get(service, '/api/v1/posts')
    const { page } = await open(service.url)
    await rows(page).nth(1).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    expect(await page.locator('tr[aria-selected="true"]').getAttribute('data-id')).toBe(id)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain(`#/requests/${id}`)
    await page.goBack()
    await page.locator(`tr[data-id="${id}"][aria-selected="true"]`).waitFor()
  })

  test('finds an id by its end, and leads words to log lines and a field to its requests', async () => {
    const service = await start()
    const { id } = await get(service, '/api/v1/posts')
    const { page, wrong } = await open(service.url)
    await rows(page).first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('plan=pro')
    await page.getByRole('option', { name: /^field/ }).click()
    await expect.poll(() => page.url()).toContain('field.plan=pro')
    // The list is another one now: the id is asked for.
    await page.keyboard.press('/')
    await page.keyboard.type(id.slice(-8))
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain(`#/requests/${id}`)
    await page.keyboard.press('/')
    await page.getByRole('combobox').fill('out of stock')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain('#/logs?q=out+of+stock')
    expect(wrong).toEqual([])
  })

  test('shows a reader of acme no other account', async () => {
    const service = await start()
    await get(service, '/api/v1/work', 'globex-developer')
    await get(service, '/api/v1/posts')
    const { page, wrong } = await open(service.url, 'acme-admin')
    await rows(page).first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('globex')
    await page.getByRole('option').first().waitFor()
    expect(await page.getByRole('option').allTextContents()).toEqual(['log lineslines with “globex”'])
    await page.getByRole('combobox').fill('')
    expect(await page.locator('body').innerText()).not.toContain('globex')
    expect(await page.getByRole('button', { name: /^account/ }).count()).toBe(0)
    expect(wrong).toEqual([])
  })
})
