// The view Story in a real browser, over the running example. Left out, by name, where Chromium is not installed.
import { describe, expect, test } from 'vitest'
import { available } from '../services.js'
import { axeEverywhere, nextFrame, type OpenOptions, type Page, sidewaysPx, useBrowser } from './browser.js'
import { useService } from './service.js'

interface Listed {
  readonly items: readonly { readonly id: string; readonly durationMs: number }[]
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
    const { id } = await service.work({ cpuMs: 50, waitMs: 100 }, { measured: true })
    const page = await open(id)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('GET /api/v1/work')
    const text = await answer(page)
    expect(text).toMatch(/^\d+ ms .*\d+ ms own CPU/)
    const [total, ...parts] = [...text.matchAll(/(\d+) ms/g)].map(([, ms]) => Number(ms))
    expect(parts.reduce((sum, ms) => sum + ms, 0)).toBe(total)
  })

  test('names the request that held it up, and leads to its story', async () => {
    const [{ id }] = await Promise.all([
      service.work({ cpuMs: 1, waitMs: 150 }, { measured: true }),
      service.export(250, { token: 'globex-developer', measured: true }),
    ])
    const page = await open(id)
    const culprit = page.locator('#answer a', { hasText: 'held up by POST /api/v1/export of globex' })
    expect(await page.locator('#axis .heldcol').count()).toBeGreaterThan(0)
    await culprit.click()
    await page.getByRole('heading', { level: 1, name: 'POST /api/v1/export' }).waitFor()
    await page.keyboard.press('Escape')
    await page.waitForURL(`**/#/requests/${id}`)
  })

  test('shows a reader of one account no other account', async () => {
    const [{ id }] = await Promise.all([
      service.work({ cpuMs: 1, waitMs: 150 }, { measured: true }),
      service.export(250, { token: 'globex-developer', measured: true }),
    ])
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
    expect(page.url()).toMatch(/[?&]at=\d/)
    const pinned = await flag(page).textContent()
    await page.keyboard.press('+')
    expect(page.url()).toMatch(/[?&]zoom=/)
    await page.reload()
    await flag(page).waitFor()
    expect(Number.parseFloat((await flag(page).textContent()) ?? '')).toBeCloseTo(Number.parseFloat(pinned ?? ''), 0)
    await page.keyboard.press('0')
    expect(page.url()).not.toContain('zoom=')
    await page.keyboard.press('Escape')
    expect(page.url()).not.toContain('at=')
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
    expect(page.url()).toMatch(/[?&]at=\d/)
    expect(await line.getByRole('button').getAttribute('aria-pressed')).toBe('true')
    const chart = page.locator('#axis')
    const box = await chart.boundingBox()
    if (box === null) throw new Error('no chart')
    await page.mouse.move(box.x + 400, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + 700, box.y + 40, { steps: 3 })
    await page.mouse.up()
    expect(page.url()).toMatch(/[?&]zoom=/)
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

  test('of a request in flight says so, and becomes its story when it ends', async () => {
    const sent = service.work({ cpuMs: 1, waitMs: 4_000 }, { measured: true })
    const live = await expect
      .poll(() => openRequest(), { timeout: 3_000 })
      .toBeTruthy()
      .then(() => openRequest())
    const page = await open(live as string, { expected: [/404/] })
    expect(await answer(page)).toContain('in flight')
    await sent
    await page.getByText('response sent').first().waitFor()
    expect(await answer(page)).toMatch(/other waits|own CPU/)
  })

  async function openRequest(): Promise<string | undefined> {
    const { items } = await service.api<{ items: readonly { id: string; route?: string }[] }>('live-requests')
    return items.find(({ route }) => route === '/api/v1/work')?.id
  }

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
