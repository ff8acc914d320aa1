// The view Requests, the first run and the find box in a real browser, over the running example. Left out, by name, where
// Chromium is not installed.
import { describe, expect, test } from 'vitest'
import { available } from '../services.js'
import { axeEverywhere, type OpenOptions, type Page, sidewaysPx, useBrowser } from './browser.js'
import { useService } from './service.js'

describe.skipIf(!available('chromium'))('the view Requests', () => {
  const service = useService()
  const openPage = useBrowser()

  async function open(query = '', options: OpenOptions = {}): Promise<Page> {
    const page = await openPage(`${service.page}#/requests${query}`, options)
    await page.locator('h1').waitFor()
    // The pointer is where nothing has to stand still.
    await page.mouse.move(700, 20)
    return page
  }

  const rows = (page: Page) => page.locator('.list tbody tr[data-id]')
  const rowOf = (page: Page, id: string) => page.locator(`.list tr[data-id="${id}"]`)
  const posts = () => service.send('GET', '/api/v1/posts')

  // The first of all: the service has had no request yet.
  test('is a first run until the first request, which appears without a click', async () => {
    const page = await open()
    await page.getByRole('heading', { name: /^Nothing has arrived yet\. publisher has been up for/ }).waitFor()
    expect(await axeEverywhere(page, [320, 1440])).toEqual([])
    const { id } = await service.publish()
    await rowOf(page, id).waitFor()
    expect(await page.locator('h1').textContent()).not.toContain('Nothing has arrived')
    await page.getByText('Own CPU and what held it up', { exact: false }).first().waitFor()
  })

  test('moves nothing under the pointer: newer rows are counted, and come with Space', async () => {
    await posts()
    const page = await open()
    const { id: shown } = await posts()
    await rowOf(page, shown).waitFor()
    await rows(page).first().hover()
    const { id: waits } = await posts()
    await page.locator('.pill', { hasText: '1 newer' }).waitFor()
    expect(await rows(page).first().getAttribute('data-id')).toBe(shown)
    await page.keyboard.press('Space')
    await rowOf(page, waits).waitFor()
    expect(await page.locator('.pill').count()).toBe(0)
  })

  test('shows an open request on top until it ends', async () => {
    await posts()
    const page = await open()
    const slow = service.work({ cpuMs: 1, waitMs: 3_000 })
    await rows(page).first().filter({ hasText: 'in flight' }).waitFor()
    const { id } = await slow
    await rowOf(page, id).filter({ hasText: '200' }).waitFor()
    await page.locator('tr.flight').waitFor({ state: 'detached' })
  })

  test('filters by what the URL says, says which filters leave nothing, and drops them with Esc', async () => {
    const { id } = await posts()
    const { id: failed } = await service.fail('500')
    const page = await open()
    await rowOf(page, id).waitFor()
    await page.getByRole('button', { name: 'status any' }).click()
    await page.getByRole('menuitemradio', { name: '5xx' }).click()
    await expect.poll(() => page.url()).toContain('status=5xx')
    await rowOf(page, failed).waitFor()
    await rowOf(page, id).waitFor({ state: 'detached' })
    await page.goto(page.url().replace('status=5xx', 'status=5xx&account=nobody'))
    await page.getByRole('heading', { name: 'No request matches: account nobody, status 5xx' }).waitFor()
    await page.keyboard.press('Escape')
    await rowOf(page, id).waitFor()
  })

  test('closes a menu that the focus leaves', async () => {
    await posts()
    const page = await open()
    const chip = page.locator('[data-menu="status"]')
    await chip.click()
    await page.locator('.menu').waitFor()
    // The choices, and the field that takes other values.
    const stops = await page.locator('.menu button, .menu input').count()
    for (let presses = 0; presses < stops; presses++) await page.keyboard.press('Tab')
    await page.locator('.menu').waitFor({ state: 'detached' })
    expect(await chip.getAttribute('aria-expanded')).toBe('false')
  })

  test('is worked by the keyboard: j and k move, the focus stays with its request, Enter opens it', async () => {
    await posts()
    const { id } = await posts()
    const page = await open()
    await rowOf(page, id).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    expect(await page.locator('tr[aria-selected="true"]').getAttribute('data-id')).toBe(id)
    const { id: newer } = await posts()
    await page.locator('.pill', { hasText: '1 newer' }).waitFor()
    await page.keyboard.press('Space')
    await rowOf(page, newer).waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain(`#/requests/${id}`)
    await page.goBack()
    await page.locator(`tr[data-id="${id}"][aria-selected="true"]`).waitFor()
  })

  test('finds an id by its end, and leads a field to its requests and words to log lines', async () => {
    const { id } = await posts()
    const page = await open()
    await rowOf(page, id).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('plan=pro')
    await page.getByRole('option', { name: /^field/ }).click()
    await expect.poll(() => page.url()).toContain('field.plan=pro')
    // The list is another one now, so the service is asked for the id.
    await page.keyboard.press('/')
    await page.keyboard.type(id.slice(-8))
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain(`#/requests/${id}`)
    await page.locator('.story').first().waitFor()
    await page.keyboard.press('/')
    await page.getByRole('combobox').fill('out of stock')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.url()).toContain('#/logs?q=out+of+stock')
  })

  test('shows a reader of acme no other account', async () => {
    await service.export(5)
    const { id } = await posts()
    const page = await open('', { token: 'acme-admin' })
    await rowOf(page, id).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('globex')
    await page.getByRole('option').first().waitFor()
    expect(await page.getByRole('option').allTextContents()).toEqual(['log lineslines with “globex”'])
    await page.getByRole('combobox').fill('')
    expect(await page.locator('body').innerText()).not.toContain('globex')
    expect(await page.getByRole('button', { name: /^account/ }).count()).toBe(0)
  })

  test('has no axe-core violations and is never wider than its window, with an open menu too', async () => {
    await service.work({ cpuMs: 20, waitMs: 10 }, { measured: true })
    await service.fail('500')
    const page = await open()
    await rows(page).nth(1).waitFor()
    expect(await axeEverywhere(page)).toEqual([])
    for (const width of [320, 390, 820]) {
      await page.setViewportSize({ width, height: 900 })
      expect(await sidewaysPx(page)).toBe(0)
    }
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.getByRole('button', { name: 'route any' }).click()
    expect(await axeEverywhere(page, [390, 1440])).toEqual([])
  })

  // The last: the service forgets its records.
  test('keeps its rows when the service restarts, and goes on by itself', async () => {
    const { id } = await posts()
    const page = await open('', { expected: [/Failed to load resource/, /net::ERR/] })
    await rowOf(page, id).waitFor()
    await service.stop()
    await page.locator('.banner', { hasText: 'No news since' }).waitFor()
    expect(await rowOf(page, id).count()).toBe(1)
    await service.start()
    await page.locator('.banner').waitFor({ state: 'detached' })
    const { id: next } = await posts()
    await rowOf(page, next).waitFor()
    expect(await rowOf(page, id).count()).toBe(1)
  })
})
