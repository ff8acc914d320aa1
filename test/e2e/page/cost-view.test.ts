// The view Cost in a real browser, over the running example. Left out, by name, where Chromium is not installed.
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { available } from '../services.js'
import { axeEverywhere, type OpenOptions, type Page, sidewaysPx, useBrowser } from './browser.js'
import { useService } from './service.js'

describe.skipIf(!available('chromium'))('the view Cost', () => {
  const service = useService()
  const openPage = useBrowser()

  /** Spoor measures all work for 50 ms of every second, so traffic goes on until a window has seen the export. */
  beforeAll(async () => {
    const seen = async (): Promise<void> => {
      await Promise.all([service.export(300), service.naiveList(), service.fail('500'), service.publish()])
      const { summary } = await service.api<{ summary: string }>('accounts?span=5m')
      // On a busy machine, a window may see so little of an export that it is "less than 1 %".
      expect(summary).toMatch(/^globex used (?:more than )?\d+ %/)
    }
    await vi.waitFor(seen, { timeout: 120_000, interval: 50 })
    // There are posts now, which the list counts.
    await service.naiveList()
  })

  const open = async (query = '', options: OpenOptions = {}): Promise<Page> => {
    const page = await openPage(`${service.page}#/cost${query}`, options)
    await page.locator('.accounts tbody tr').first().waitFor()
    return page
  }
  const firstRow = (page: Page) => page.locator('.accounts tbody tr').first()
  const answer = (page: Page) => page.getByRole('heading', { level: 1 })
  const routes = (page: Page) => page.getByRole('region', { name: 'Routes' })

  test('says in a sentence who used most, and the chart and the tables prove it', async () => {
    const page = await open('?span=5m')
    const sentence = await answer(page).textContent()
    expect(sentence).toMatch(/^globex used (?:more than )?\d+ % of the CPU in the last 5 minutes/)
    expect(await answer(page).locator('b').first().textContent()).toBe('globex')
    expect(await page.locator('.area svg').getAttribute('aria-label')).toBe(sentence)
    expect(await firstRow(page).textContent()).toMatch(/^globex.*≈/)
    expect(await firstRow(page).locator('.estimate').first().getAttribute('title')).toMatch(/seen in \d+ window/)
    await routes(page).getByText('/api/v1/export').waitFor()
    // Nothing is hidden: what is of no account stands below the accounts, and the sum above them.
    for (const name of ['unattributed', 'overhead']) {
      await page.locator('.accounts tfoot', { hasText: name }).waitFor()
      await page.locator('.books', { hasText: name }).waitFor()
    }
  })

  test('an account that is chosen filters the routes; its requests are one key away, and the URL has it all', async () => {
    const page = await open('?by=requests')
    await page.locator('.accounts .pick', { hasText: 'globex' }).click()
    await expect.poll(() => routes(page).locator('tbody tr').allTextContents()).toHaveLength(1)
    await expect.poll(() => page.url()).toMatch(/#\/cost\?by=requests&account=globex$/)
    expect(await page.locator('.pick[aria-pressed="true"]').textContent()).toBe('globex')
    await page.reload()
    await expect.poll(() => routes(page).locator('tbody tr').allTextContents()).toHaveLength(1)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.url()).toMatch(/#\/cost\?by=requests$/)
    await page.keyboard.press('j')
    const account = await page.locator('.accounts tr.lifted .pick').textContent()
    await page.keyboard.press('s')
    await expect.poll(() => page.url()).toContain('sort=jobs')
    expect(await page.locator('.accounts th[aria-sort]').textContent()).toBe('Jobs')
    await page.keyboard.press('r')
    await page.waitForURL(`**/#/requests?account=${account}`)
  })

  test('has every measure, and the counters of the service in a menu that the keyboard opens and closes', async () => {
    const page = await open()
    for (const [name, by] of [
      ['Queries', 'queries'],
      ['Held up others', 'heldUp'],
      ['Bytes', 'bytes'],
      ['Requests', 'requests'],
    ] as const) {
      await page.getByRole('group', { name: 'Measure' }).getByRole('button', { name }).click()
      await page.waitForURL(`**/#/cost?by=${by}`)
    }
    const more = page.locator('.more-button')
    await more.press('Enter')
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByRole('menu').count()).toBe(0)
    expect(await page.evaluate('document.activeElement.className')).toBe('more-button')
    await more.press('Enter')
    await page.getByRole('menuitemradio', { name: /^posts/ }).click()
    await page.waitForURL('**/#/cost?by=counts.posts')
    await expect.poll(() => answer(page).textContent()).toMatch(/^acme counted .* posts/)
  })

  test('shows a reader of acme no trace of others, and asks for none', async () => {
    const asked: string[] = []
    const prepare = async (page: Page): Promise<void> => {
      page.on('request', (request) => asked.push(request.url()))
    }
    const page = await open('', { token: 'acme-admin', prepare })
    await routes(page).locator('tbody tr').first().waitFor()
    expect(await page.locator('main').innerHTML()).not.toMatch(/globex|unattributed|overhead|Held up others/)
    expect(await page.locator('.accounts tbody tr').count()).toBe(1)
    expect(asked.filter((url) => /accounting|health/.test(url))).toEqual([])
  })

  test('draws five thousand accounts without freezing: a hundred first, all of them as they are scrolled to', async () => {
    // The service gives the minutes of the first accounts alone.
    const items = Array.from({ length: 5_000 }, (_, at) => {
      const item = itemOf(`account-${at}`, 5_000 - at)
      return at < 100 ? item : { ...item, perMinute: undefined }
    })
    const page = await openPage(`${service.page}#/cost`, {
      prepare: async (page) => {
        await page.addInitScript(longTasks)
        await page.route('**/api/accounts*', (route) => route.fulfill({ json: answerOf(items) }))
      },
    })
    const rows = page.locator('.accounts tbody tr')
    await expect.poll(() => rows.count()).toBe(100)
    await page.getByRole('button', { name: 'Show all 5\u202f000 accounts' }).click()
    await page.getByText('5\u202f000 of 5\u202f000').waitFor()
    expect(await rows.count()).toBeLessThan(80)
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
    await rows.getByText('account-4999', { exact: true }).waitFor()
    expect(await rows.count()).toBeLessThan(80)
    // To draw 5,000 rows at once takes longer. The machine of the tests may be busy with others.
    expect(await page.evaluate('longestTask')).toBeLessThan(2_000)
  })

  test('shows names of callers as text, wherever they stand', async () => {
    const names = ['<img src=x onerror=alert(1)>', '\u202eevil\u0007', 'x'.repeat(10_000), '__proto__']
    const items = names.map((name, at) => itemOf(name, 10 - at))
    const page = await openPage(`${service.page}#/cost`, {
      width: 390,
      prepare: async (page) => {
        await page.route('**/api/accounts*', (route) => route.fulfill({ json: answerOf(items) }))
      },
    })
    await page.locator('.pick', { hasText: '<img src=x' }).waitFor()
    await page.locator('.pick', { hasText: '\\u202eevil\\u0007' }).waitFor()
    expect(await page.locator('main img').count()).toBe(0)
    expect(await sidewaysPx(page)).toBe(0)
  })

  test('says why the chart is empty, and what would fill it', async () => {
    const page = await openPage(`${service.page}#/cost`, {
      prepare: async (page) => {
        await page.route('**/api/accounts*', (route) => route.fulfill({ json: answerOf([]) }))
        await page.route('**/api/accounting*', (route) =>
          route.fulfill({ json: { summary: 'No CPU was measured in the last hour.', span: '1h' } }),
        )
      },
    })
    await page.getByText('No request has ended in this time').waitFor()
  })

  test('has no violation that axe-core finds, at any width, in both themes', async () => {
    const page = await open('?account=acme&span=5m')
    await page.locator('.books').waitFor()
    await page.locator('.more-button').click()
    expect(await axeEverywhere(page, [320, 1_440])).toEqual([])
    expect(await sidewaysPx(page)).toBe(0)
  })
})

const longTasks = `globalThis.longestTask = 0
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration)
  }).observe({ type: 'longtask', buffered: true })`

/** An account of an answer, as `api/accounts` has it. */
function itemOf(account: string, cpuMs: number): object {
  const figures = { requests: 10, jobs: 0, errors: 0, queries: 0, queryMs: 0, poolMs: 0, holdMs: 0, bytes: 0 }
  const perMinute = Array.from({ length: 60 }, () => cpuMs / 60)
  const heldOthers = { requests: 0, ms: 0 }
  return { account, cpuMs, exact: true, heldOthers, duration: { mean: 1 }, perMinute, ...figures }
}

function answerOf(items: readonly object[]): object {
  const summary = 'account-0 used 5 % of the CPU in the last hour.'
  return { summary, pieces: [{ text: summary, isStrong: false }], span: '1h', exact: true, items }
}
