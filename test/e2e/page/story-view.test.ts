// The view Story in a real browser, over the running example. Left out, by name, where Chromium is not installed.
import { describe, expect, test, vi } from 'vitest'
import { available } from '../services.js'
import { axeEverywhere, nextFrame, type OpenOptions, type Page, sidewaysPx, useBrowser } from './browser.js'
import { useService } from './service.js'

interface Listed {
  readonly items: readonly { readonly id: string; readonly durationMs: number }[]
}

interface Live {
  readonly items: readonly { readonly id: string; readonly route?: string }[]
}

type Made = Readonly<Record<string, unknown>>

/** A record that took 100 ms, with other members on top. */
function made(more: Made): Made {
  const waits = { heldUpMs: 40, outgoingMs: 10, queriesMs: 0, poolMs: 0, stepsMs: 30, otherMs: 15, unmeasuredMs: 0 }
  const lists = { heldUp: [], outgoing: [], steps: [], jobs: [], queryKinds: [], queryRuns: [], poolWaits: [] }
  return {
    id: 'made',
    requestId: 'made',
    kind: 'request',
    service: 'publisher',
    pid: 1,
    instance: 'web-1:1',
    startedAt: '2026-11-24T14:03:07.000Z',
    durationMs: 100,
    measured: true,
    cpu: { ms: 5, slices: 3, clock: 'thread', fromMs: 0 },
    waits,
    io: {},
    source: 'memory',
    summary: '',
    parts: [],
    notes: [],
    ...lists,
    ...more,
  }
}

interface HeldUp {
  readonly waits: { readonly heldUpMs: number }
  readonly summary: string
}

describe.skipIf(!available('chromium'))('the view Story', () => {
  const service = useService()
  const openPage = useBrowser()

  async function open(id: string, options: OpenOptions = {}): Promise<Page> {
    const page = await openPage(`${service.page}#/requests/${encodeURIComponent(id)}`, options)
    await page.locator('.story, .state h1').first().waitFor()
    return page
  }

  const answer = async (page: Page): Promise<string> => (await page.locator('#answer').textContent()) ?? ''
  const flag = (page: Page) => page.locator('#axis .flagt')
  const clipboard = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()') as Promise<string>

  test('says where the time of a request went, and its parts add up to the total', async () => {
    const page = await open(await underOneSecond())
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('GET /api/v1/work')
    const text = await answer(page)
    expect(text).toMatch(/^\d+ ms .*\d+ ms own CPU/)
    const [total, ...parts] = [...text.matchAll(/(\d+) ms/g)].map(([, ms]) => Number(ms))
    expect(parts.reduce((sum, ms) => sum + ms, 0)).toBe(total)
  })

  /** A request of a second or more is shown in hundredths of a second, so its parts may not add up. */
  async function underOneSecond(): Promise<string> {
    for (;;) {
      const { id } = await service.work({ cpuMs: 50, waitMs: 100 }, { measured: true })
      const { durationMs } = await service.api<{ durationMs: number }>(`requests/${id}`)
      if (durationMs < 990) return id
    }
  }

  test('names the request that held it up, and leads to its story', async () => {
    const id = await heldUp()
    const page = await open(id)
    const culprit = page.locator('#answer a', { hasText: 'held up by POST /api/v1/export of globex' })
    expect(await page.locator('#axis .heldcol').count()).toBeGreaterThan(0)
    await culprit.click()
    await page.getByRole('heading', { level: 1, name: 'POST /api/v1/export' }).waitFor()
    await page.keyboard.press('Escape')
    await page.waitForURL(`**/#/requests/${id}`)
  })

  /**
   * A request of acme that globex held up: of several, since the export lets others run between its steps. On a busy machine, a request
   * of acme may hold up another for longer.
   */
  async function heldUp(): Promise<string> {
    for (;;) {
      const works = [90, 104, 118, 132, 146].map((waitMs) => service.work({ cpuMs: 1, waitMs }, { measured: true }))
      const sent = await Promise.all([...works, service.export(400, { token: 'globex-developer', measured: true })])
      for (const { id } of sent.slice(0, works.length)) {
        const { waits, summary } = await service.api<HeldUp>(`requests/${id}`)
        if (waits.heldUpMs >= 12 && summary.includes('held up by POST /api/v1/export of globex')) return id
      }
    }
  }

  test('shows a reader of one account no other account', async () => {
    const id = await heldUp()
    const page = await open(id, { token: 'acme-admin' })
    expect(await answer(page)).toContain('held up by another account')
    expect(await page.content()).not.toContain('globex')
    await page.keyboard.press('a')
    await page.getByText('Copied for an agent, as Markdown').first().waitFor()
    expect(await clipboard(page)).not.toContain('globex')
  })

  test('is the same for an unknown id and for the id of another account', async () => {
    const { id } = await service.work({ cpuMs: 1, waitMs: 1 }, { token: 'globex-developer', measured: true })
    const unknown = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
    const expected = [/404/]
    const texts: (string | null)[] = []
    for (const one of [id, unknown]) {
      const page = await open(one, { token: 'acme-admin', expected })
      await page.getByRole('heading', { name: 'Nothing to show for this id' }).waitFor()
      texts.push((await page.locator('main').textContent())?.replace(one, 'ID') ?? null)
    }
    expect(texts[0]).toBe(texts[1])
  })

  test('of a request that was not measured says what is not known, and how to measure', async () => {
    const { id } = await service.work({ cpuMs: 5, waitMs: 20 })
    const page = await open(id, { token: 'acme-admin' })
    expect(await answer(page)).toMatch(/\d ms not measured/)
    expect(await page.locator('.facts div', { hasText: 'Own CPU' }).textContent()).toContain('–')
    await page.getByRole('button', { name: 'Copy as cURL, measured' }).click()
    await page.getByText('Copied as cURL').first().waitFor()
    expect(await clipboard(page)).toContain("-H 'X-Debug-Resource-Tracking: true'")
  })

  test('is read by keyboard: things on the axis, zoom, lines, copies', async () => {
    const { id } = await service.publish({ measured: true })
    const page = await open(id)
    await page.locator('.lines li').nth(2).waitFor()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await flag(page).waitFor()
    await expect.poll(() => page.url()).toMatch(/[?&]at=\d/)
    const pinned = await flag(page).textContent()
    await page.keyboard.press('+')
    await expect.poll(() => page.url()).toMatch(/[?&]zoom=/)
    await page.reload()
    await flag(page).waitFor()
    expect(Number.parseFloat((await flag(page).textContent()) ?? '')).toBeCloseTo(Number.parseFloat(pinned ?? ''), 0)
    await page.keyboard.press('0')
    await expect.poll(() => page.url()).not.toContain('zoom=')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.url()).not.toContain('at=')
    await page.keyboard.press('y')
    await page.getByText('Copied the request id').first().waitFor()
    expect(await clipboard(page)).toBe(id)
    await page.keyboard.press('u')
    await page.getByText('Copied as cURL').first().waitFor()
    expect(await clipboard(page)).toBe(
      `curl -X POST \\\n  '${service.url}/api/v1/publish' \\\n  -H 'Content-Type: application/json'`,
    )
    await page.keyboard.press('a')
    await page.getByText('Copied for an agent').first().waitFor()
    expect(await clipboard(page)).toContain('POST /api/v1/publish 201')
  })

  test('has one crosshair for the chart and the lines; a click pins it, dragging zooms', async () => {
    const { id } = await service.publish({ measured: true })
    const page = await open(id)
    const line = page.locator('.lines li').nth(1)
    await line.hover()
    expect(await flag(page).textContent()).toMatch(/ ms$/)
    await line.getByRole('button').click()
    await expect.poll(() => page.url()).toMatch(/[?&]at=\d/)
    expect(await line.getByRole('button').getAttribute('aria-pressed')).toBe('true')
    const chart = page.locator('#axis')
    const box = await chart.boundingBox()
    if (box === null) throw new Error('no chart')
    await page.mouse.move(box.x + 400, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + 700, box.y + 40, { steps: 3 })
    await page.mouse.up()
    await expect.poll(() => page.url()).toMatch(/[?&]zoom=/)
  })

  test('shows the lines of its jobs among its own when they are asked for', async () => {
    const { id } = await service.publish({ measured: true })
    const line = {
      time: new Date().toISOString(),
      level: 'info',
      logger: 'worker',
      message: 'verified',
      file: 'worker.log',
    }
    const withJob = {
      [id]: { jobs: [{ id: 'job-1', name: 'verify', queuedAtMs: 5 }] },
      'logs?as=story&jobs=true': { children: [{ id: 'job-1', parentId: id, attempts: [], lines: [line] }] },
    }
    const page = await open(id, {
      prepare: async (page) => {
        for (const [end, more] of Object.entries(withJob))
          await page.route(
            (url) => url.href.endsWith(`/${end}`),
            async (route) => {
              const response = await route.fetch()
              await route.fulfill({ response, json: { ...(await response.json()), ...more } })
            },
          )
      },
    })
    const lines = page.locator('.lines li')
    const shown = page.getByRole('button', { name: 'lines of its jobs' })
    await lines.first().waitFor()
    const own = await lines.count()
    await shown.click()
    await lines.filter({ hasText: 'its job' }).first().waitFor()
    expect(await lines.count()).toBeGreaterThan(own)
    await shown.click()
    await lines.filter({ hasText: 'its job' }).first().waitFor({ state: 'detached' })
    expect(await lines.count()).toBe(own)
  })

  test('goes to the older and the newer request', async () => {
    for (const cpuMs of [1, 2, 3]) await service.work({ cpuMs, waitMs: 1 }, { measured: true })
    const { items } = await service.api<Listed>('requests?limit=3')
    const [newest, middle, oldest] = items.map(({ id }) => id)
    const page = await open(middle as string)
    await page.keyboard.press('j')
    await page.waitForURL(`**/#/requests/${oldest}`)
    await page.locator('.copy.id', { hasText: oldest as string }).waitFor()
    await page.keyboard.press('k')
    await page.waitForURL(`**/#/requests/${middle}`)
    await page.locator('.copy.id', { hasText: middle as string }).waitFor()
    await page.keyboard.press('k')
    await page.waitForURL(`**/#/requests/${newest}`)
  })

  test('shows why a request failed to readers with internals, and the code alone to others', async () => {
    const { id } = await service.fail('500', { measured: true })
    const page = await open(id)
    await page.locator('.failed').getByText('Stack, ').click()
    await page.getByText('at throwWithStatus').waitFor()
    const withheld = await open(id, { token: 'acme-admin' })
    expect(await withheld.locator('.failed').textContent()).toContain(`Give them the id ${id}`)
    expect(await withheld.content()).not.toContain('throwWithStatus')
  })

  test('of a request in flight is marked, and becomes its story when it ends', async () => {
    const sent = service.work({ cpuMs: 1, waitMs: 4_000 }, { measured: true })
    const id = await vi.waitFor(async () => openRequest(await service.api<Live>('live-requests')), { timeout: 3_000 })
    const page = await open(id, { expected: [/404/] })
    expect(await answer(page)).toContain('in flight')
    await sent
    await page.getByText('response sent').first().waitFor()
    expect(await answer(page)).toMatch(/other waits|own CPU/)
  })

  function openRequest({ items }: Live): string {
    const found = items.find(({ route }) => route === '/api/v1/work')
    if (found === undefined) throw new Error('no request is open')
    return found.id
  }

  /** Opens the story of a record that a test made up. */
  async function openMade(record: Made, lines: readonly object[] = [], options: OpenOptions = {}): Promise<Page> {
    const answers = async (page: Page): Promise<void> => {
      await page.route('**/api/requests/made', (route) => route.fulfill({ json: made(record) }))
      await page.route('**/api/requests/made/logs?*', (route) =>
        route.fulfill({ json: { id: 'made', attempts: [], summary: '', lines, children: [], completeness: 'told' } }),
      )
    }
    const page = await open('made', { ...options, prepare: answers })
    await page.locator('#axis').waitFor()
    return page
  }

  test('shows hostile values as text, and breaks at no width', async () => {
    const evil = `<img src=x onerror="document.title='owned'">\u202e\u001b[31m${'x'.repeat(10_000)}`
    const page = await openMade(
      {
        method: 'G<b>',
        path: `/${evil}`,
        account: evil,
        user: evil,
        status: 500,
        fields: { [evil]: evil, __proto__: 'x', constructor: { a: evil } },
        counts: { [evil]: 3 },
        heldUp: [{ startMs: 10, durationMs: 40, by: { kind: 'request', id: evil, route: evil, account: evil } }],
        outgoing: [{ startMs: 50, durationMs: 10, method: evil, host: evil, route: evil, errorCode: evil }],
        steps: [{ name: evil, startMs: 5, durationMs: 90 }],
        jobs: [{ id: evil, name: evil, queuedAtMs: 30 }],
        error: { type: evil, message: evil, code: evil, stack: `${evil}\n    at ${evil}`, cause: { message: evil } },
      },
      [
        {
          time: '2026-11-24T14:03:07.005Z',
          level: 'error',
          logger: evil,
          message: evil,
          fields: { [evil]: evil },
          file: 'x',
        },
      ],
    )
    await page.locator('.lines li').waitFor()
    expect(await page.locator('main img, main b b').count()).toBe(0)
    expect(await page.title()).not.toBe('owned')
    expect(await page.locator('main').textContent()).not.toMatch(/[\u202e\u001b]/)
    for (const width of [320, 390, 820, 1440]) {
      await page.setViewportSize({ width, height: 900 })
      await nextFrame(page)
      expect(await sidewaysPx(page)).toBe(0)
    }
    await page.keyboard.press('u')
    await page.getByText('Copied as cURL').first().waitFor()
    expect(await clipboard(page)).toMatch(/^curl \\\n {2}'http:\/\/[\x21-\x26\x28-\x7e]*'$/)
  })

  test('of 2,000 slices, 500 queries and 1,000 lines has few shapes and few rows', async () => {
    const page = await openMade(
      {
        durationMs: 8_000,
        timeline: Array.from({ length: 2_000 }, (_, at) => [at * 4, 1.5]),
        queries: {
          calls: 500,
          ms: 2_500,
          busyMs: 2_500,
          slowestMs: 9,
          bySystem: { postgresql: { calls: 500, ms: 2_500 } },
        },
        queryKinds: Array.from({ length: 20 }, (_, at) => ({
          system: 'postgresql',
          summary: `SELECT t${at}`,
          calls: 25,
          ms: 125,
          slowestMs: 9,
        })),
        queryRuns: Array.from({ length: 500 }, (_, at) => ({ startMs: at * 16, durationMs: 5, kind: at % 20 })),
      },
      Array.from({ length: 1_000 }, (_, at) => ({
        time: new Date(Date.parse('2026-11-24T14:03:07.000Z') + at * 8).toISOString(),
        level: 'info',
        logger: 'many',
        message: `line ${at}`,
        file: 'x',
      })),
    )
    await page.locator('.lines li').nth(3).waitFor()
    expect(await page.locator('main *').count()).toBeLessThan(1_500)
    await page.evaluate('scrollTo(0, document.body.scrollHeight)')
    await page.getByText('line 999', { exact: true }).waitFor()
    expect(await page.locator('.lines li').count()).toBeLessThan(100)
  })

  test('has no accessibility violation, and nothing scrolls sideways, in both themes at all widths', async () => {
    const { id } = await service.publish({ measured: true })
    const page = await open(`${id}`)
    expect(await axeEverywhere(page)).toEqual([])
    for (const width of [320, 390, 820, 1440]) {
      await page.setViewportSize({ width, height: 900 })
      await nextFrame(page)
      expect(await sidewaysPx(page)).toBe(0)
    }
  })
})
