// The view Health in a real browser, over the running example. Left out, by name, where Chromium is not installed.
import { describe, expect, test } from 'vitest'
import { available } from '../services.js'
import { axeEverywhere, type OpenOptions, type Page, sidewaysPx, useBrowser } from './browser.js'
import { useService } from './service.js'
import { isShared } from './shared-stores.js'

/** Where the example writes its request lines, and the section that says so. */
const [outputs, requests] = isShared ? ['Log lines', 'requests.handlers[0]'] : ['Log files', 'requests.jsonl']

interface Health {
  readonly outputs: readonly { readonly output: string }[]
}

describe.skipIf(!available('chromium'))('the view Health', () => {
  const service = useService()
  const openPage = useBrowser()

  const open = async (options: OpenOptions = {}): Promise<Page> => {
    const page = await openPage(`${service.page}#/health`, options)
    await page.locator('.kv').first().waitFor()
    return page
  }
  const answer = (page: Page) => page.getByRole('heading', { level: 1 })
  const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

  /** Answers `api/health` as the service does, but for what `change` makes of it. */
  const changed = (change: (health: Health) => object): OpenOptions => ({
    prepare: async (page) => {
      await page.route('**/api/health', async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, json: change((await response.json()) as Health) })
      })
    },
  })

  test('says that all is well, and shows the vital signs, the process, its files, records, context and overhead', async () => {
    await service.publish({ measured: true })
    const page = await open()
    expect(await answer(page).textContent()).toBe('All is well.')
    expect(await page.locator('.vitals .l span:first-child').allTextContents()).toEqual([
      'Main thread',
      'Event loop late, 99 %',
      'Heap',
      'Memory',
      'In flight',
    ])
    await section(page, 'Processes').getByText(String(service.pid)).waitFor()
    await section(page, outputs).getByText(requests).waitFor()
    await section(page, 'Records').getByText('Kept').waitFor()
    await section(page, 'Context').getByText('Requests that lost it').waitFor()
    await section(page, 'Overhead').getByText('on request, mode header').waitFor()
    expect(await page.locator('.flag').count()).toBe(0)
  })

  test('shows queries by system, slow queries, and outgoing calls by host', async () => {
    await service.publish({ measured: true })
    const page = await open({
      prepare: async (page) => {
        await page.route('**/api/dependencies', async (route) => {
          const response = await route.fetch()
          const known = (await response.json()) as object
          const systems = [{ name: 'postgresql', calls: 561, ms: 1_204, p95Ms: 12, slowestMs: 684, failed: 3 }]
          const mostFrom = { account: '<img src=x>', method: 'GET', route: '/api/v1/search' }
          const slowQueries = [{ system: 'postgresql', summary: 'SELECT posts', slow: 412, slowestMs: 684, mostFrom }]
          await route.fulfill({ response, json: { ...known, systems, slowQueries } })
        })
      },
    })
    const cells = (name: string) => section(page, name).locator('tbody tr').first().locator('td').allTextContents()
    await section(page, 'Slow queries').locator('tbody tr').first().waitFor()
    expect(await cells('Queries')).toEqual(['postgresql', '561', '1.20s', '12ms', '684ms', '◆ 3'])
    expect(await cells('Slow queries')).toEqual(['SELECT posts', '412', '684ms', '<img src=x>, GET /api/v1/search'])
    const calls = section(page, 'Outgoing calls').locator('tbody tr')
    expect(await calls.first().textContent()).toMatch(/^127\.0\.0\.1/)
  })

  test('shows how a request reads and what Spoor found, also under ?', async () => {
    await service.publish()
    const page = await open()
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'All keys' })
    await dialog.getByText('How a request reads').waitFor()
    await dialog.getByText(/^express \d+\.\d+/).waitFor()
    expect(await axeEverywhere(page, [320, 1_440])).toEqual([])
    await page.keyboard.press('Escape')
    const narrow = await openPage(`${service.page}#/requests`, { token: 'acme-admin' })
    await narrow.locator('tbody tr').first().waitFor()
    await narrow.keyboard.press('?')
    await narrow.getByRole('dialog').getByText('How a request reads').waitFor()
    expect(await narrow.getByText('What Spoor sees of this service').count()).toBe(0)
  })

  test('says the worst first, in its sentence, in its tab and where it is', async () => {
    const error = 'ENOSPC: no space left on device, write'
    const page = await open(
      changed((health) => ({
        ...health,
        troubles: [
          { level: 'failure', says: 'the file requests.jsonl cannot be written (ENOSPC)' },
          { level: 'warning', says: '2 requests lost the context' },
        ],
        outputs: health.outputs.map((one) => (one.output === requests ? { ...one, error, lostLines: 14 } : one)),
      })),
    )
    await expect
      .poll(() => answer(page).textContent())
      .toBe(
        '◆\u00a0The file requests.jsonl cannot be written (ENOSPC). ▲\u00a02 requests lost the context. The rest is well.',
      )
    const first = section(page, outputs).locator('tbody tr').first()
    expect((await first.locator('td').allTextContents()).slice(0, 2)).toEqual([requests, `◆ ${error}`])
    // The tab asks for itself, every 10 s.
    await expect
      .poll(() => page.getByRole('link', { name: /^Health/ }).textContent())
      .toContain('a failure: the file requests.jsonl')
  })

  test('names a lost process, in its table and in its tab, with when it was last heard', async () => {
    const lastHeardAt = new Date(Date.now() - 42_000).toISOString()
    const page = await open({
      prepare: async (page) => {
        await page.route('**/api/session', async (route) => {
          const response = await route.fetch()
          const session = (await response.json()) as { processes: object[] }
          const lost = { instance: 'web:4127', host: 'web', pid: 4127, isLost: true, lastHeardAt }
          await route.fulfill({ response, json: { ...session, processes: [...session.processes, lost] } })
        })
      },
    })
    const row = page.locator('tr.gone')
    await row.waitFor()
    expect(await row.textContent()).toMatch(/web.*4127.*◆ lost/)
    expect(await answer(page).textContent()).toMatch(/^◆\u00a0web 4127 was last heard at [\d:]+\. The rest is well\.$/)
    // The tab asks for itself, a while after the page is loaded.
    await expect
      .poll(() => page.getByRole('link', { name: /^Health/ }).textContent())
      .toContain('a failure: a process is lost')
  })

  test('leaves out what the service does not tell, and calls nothing unknown 0', async () => {
    const page = await open(
      changed(({ ...health }) => ({
        ...health,
        vitals: undefined,
        gc: undefined,
        threadPool: undefined,
        loop: undefined,
      })),
    )
    await page.getByText('Vitals begin with the first look at this page.').waitFor()
    expect(await page.locator('.vitals').count()).toBe(0)
    for (const name of ['Garbage collection', 'Wait for the thread pool, at most', 'Loop blocked']) {
      const fact = section(page, 'Thread')
        .locator('div', { has: page.getByText(name, { exact: true }) })
        .last()
      expect(await fact.locator('dd').textContent()).toMatch(/^–/)
    }
  })

  test('is not for a reader of one account, who asks nothing about the service', async () => {
    const asked: string[] = []
    const page = await openPage(`${service.page}#/health`, {
      token: 'acme-admin',
      prepare: async (page) => {
        page.on('request', (request) => asked.push(request.url()))
      },
    })
    await page.getByText('Health is for readers of everything').waitFor()
    expect(await page.getByRole('navigation', { name: 'Views' }).textContent()).toBe('RequestsCostLogs')
    expect(asked.filter((url) => /health|accounting/.test(url))).toEqual([])
  })

  test('has no violation that axe-core finds, at any width, in both themes', async () => {
    const page = await open()
    expect(await axeEverywhere(page, [320, 1_440])).toEqual([])
    await page.setViewportSize({ width: 320, height: 900 })
    expect(await sidewaysPx(page)).toBe(0)
  })
})
