// The view Logs in a real browser, over the running example. Left out, by name, where Chromium is not installed.
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { available } from '../services.js'
import { axeEverywhere, nextFrame, type OpenOptions, type Page, sidewaysPx, useBrowser } from './browser.js'
import { useService } from './service.js'
import { isShared } from './shared-stores.js'

describe.skipIf(!available('chromium'))('the view Logs', () => {
  const service = useService()
  const openPage = useBrowser()

  async function open(query = '', options: OpenOptions = {}): Promise<Page> {
    await service.written()
    const page = await openPage(`${service.page}#/logs${query}`, options)
    await page.getByText('Live', { exact: true }).last().waitFor()
    return page
  }

  /** Writes lines as another process of the service would, 100 in a millisecond. */
  function write(count: number, line: (at: number) => Line, { at = Date.now(), file = 'webhooks.log' } = {}): void {
    const lines = Array.from({ length: count }, (_, place) => textOf(at + Math.floor(place / 100), line(place)))
    service.write(file, lines.join(''))
  }

  const row = (page: Page, text: string) => page.locator('li.log-line', { hasText: text })
  const texts = async (page: Page): Promise<string[]> => page.locator('li.log-line .m').allTextContents()
  const inList = (page: Page, does: string) =>
    page.evaluate(`{ const list = document.querySelector('.scroll'); ${does} }`)
  const dock = (page: Page) => page.locator('.dock')

  test('shows the lines of a request, newest last, and new ones as they come', async () => {
    const page = await open()
    const { id } = await service.publish({ title: 'First' })
    await row(page, 'POST /api/v1/publish 201').first().waitFor()
    expect(await page.getByRole('heading', { level: 1 }).allTextContents()).toEqual(['Logs'])
    const shown = await row(page, id.slice(-8)).locator('.m').allTextContents()
    expect(shown[0]).toMatch(/^post accepted/)
    expect(shown.at(-1)).toMatch(/^POST \/api\/v1\/publish 201/)
    expect(await dock(page).textContent()).toMatch(/^Live/)
  })

  test('keeps what is under the pointer: new lines wait, are counted, and come with Space', async () => {
    const page = await open()
    const { id } = await service.publish()
    // The last line of this request: that of an earlier one may already be on the page.
    const last = row(page, id.slice(-8)).filter({ hasText: 'POST /api/v1/publish 201' })
    await last.hover()
    const before = await last.boundingBox()
    const shown = await texts(page)
    write(3, (at) => ({ message: `waits ${at}` }))
    await page.getByRole('button', { name: /^\d+ newer lines/ }).waitFor()
    expect(await dock(page).textContent()).toMatch(/^Paused at [\d:.]+ because the pointer is on a line/)
    expect(await last.boundingBox()).toEqual(before)
    expect(await texts(page)).toEqual(shown)
    await page.keyboard.press('Space')
    await row(page, 'waits 2').waitFor()
    await page.mouse.move(5, 5)
    write(1, () => ({ message: 'comes by itself' }))
    await row(page, 'comes by itself').waitFor()
  })

  test('lets new lines wait while text is selected, the list is scrolled away, or the page is paused', async () => {
    const page = await open()
    write(100, (at) => ({ message: `filler ${at}` }))
    await row(page, 'filler 99').waitFor()
    // The last line: the list takes the first ones out of the page while it moves to its end.
    await page.evaluate(`getSelection().selectAllChildren([...document.querySelectorAll('li.log-line .m')].at(-1))`)
    await dock(page).getByText('because text is selected').waitFor()
    await page.evaluate('getSelection().removeAllRanges()')
    await dock(page).getByText('Live').waitFor()
    await inList(page, 'list.scrollBy(0, -400)')
    await dock(page).getByText('because you look at earlier lines').waitFor()
    write(1, () => ({ message: 'later' }))
    await page.getByRole('button', { name: '1 newer line' }).click()
    await row(page, 'later').waitFor()
    await dock(page).getByText('Live').waitFor()
    await page.keyboard.press('Space')
    await dock(page).getByText('Paused at').waitFor()
    write(1, () => ({ message: 'while paused' }))
    await page.getByRole('button', { name: '1 newer line' }).waitFor()
    await page.keyboard.press('Space')
    await row(page, 'while paused').waitFor()
  })

  test('is read by keyboard: the next failure, its stack, the lines of its request, its story', async () => {
    const { id } = await service.fail('throw', { token: 'globex-developer' })
    await service.publish()
    const page = await open()
    await row(page, 'POST /api/v1/publish 201').last().waitFor()
    await page.keyboard.press('N')
    const failed = page.locator('li.log-line.cur')
    expect(await failed.textContent()).toContain('GET /api/v1/fail 500')
    expect(await failed.locator('.sr').textContent()).toMatch(/error/)
    expect(await page.evaluate(`document.activeElement.className`)).toContain('cur')
    await expect.poll(() => page.url()).toMatch(/#\/logs\?at=\d{4}-/)
    await page.keyboard.press('o')
    await failed.getByText('at throwError').waitFor()
    await page.keyboard.press('o')
    expect(await failed.locator('.stack').count()).toBe(0)
    await page.keyboard.press('j')
    expect(await failed.textContent()).not.toContain('GET /api/v1/fail 500')
    await page.keyboard.press('n')
    await page.getByText('No later warning or failure here').first().waitFor()
    await page.keyboard.press('Escape')
    expect(await failed.count()).toBe(0)
    await expect.poll(() => page.url()).toMatch(/#\/logs$/)
    await page.keyboard.press('N')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/#/requests/${id}`)
  })

  test('marks the lines of the chosen line’s request and its jobs with a trail', async () => {
    const { id } = await service.send('POST', '/api/v1/publish?later=1', { body: { title: 'Later', content: 'x' } })
    const page = await open()
    await row(page, 'publish done').last().waitFor()
    await row(page, 'post queued').last().locator('.m').click()
    const same = page.locator('li.log-line.same')
    await expect.poll(() => same.count()).toBeGreaterThan(5)
    expect(await same.filter({ hasText: 'its job' }).count()).toBeGreaterThan(3)
    expect(await page.locator('li.log-line.trail.first .m').textContent()).toMatch(/^post queued/)
    expect(await page.locator('li.log-line.cur').textContent()).toContain(id.slice(-8))
  })

  test('filters by logger, level, account, request and words; the URL has every filter', async () => {
    await service.publish()
    await service.publish({ token: 'globex-user' })
    await service.fail('throw')
    const page = await open()
    await row(page, 'GET /api/v1/fail 500').last().waitFor()
    await page.getByRole('button', { name: /^wordpress_api/ }).click()
    await expect
      .poll(async () => new Set(await page.locator('li.log-line .lg').allTextContents()))
      .toEqual(new Set(['wordpress_api']))
    await expect.poll(() => page.url()).toMatch(/logger=wordpress_api/)
    await page.getByRole('button', { name: /^wordpress_api/ }).click()
    await page.getByRole('button', { name: '◆ error' }).click()
    await expect.poll(async () => page.locator('li.log-line:not(.error)').count()).toBe(0)
    await row(page, 'GET /api/v1/fail 500').last().waitFor()
    await page.getByRole('button', { name: 'info' }).click()
    await page.getByRole('button', { name: /^account/ }).click()
    await page.getByRole('menuitemradio', { name: 'globex' }).click()
    await expect
      .poll(async () => new Set(await page.locator('li.log-line .ac').allTextContents()))
      .toEqual(new Set(['globex']))
    await page.keyboard.press('f')
    await page.keyboard.type('READ back')
    await expect
      .poll(async () => new Set(await texts(page)))
      .toEqual(new Set([expect.stringMatching(/^post read back/)]))
    await expect.poll(() => page.url()).toMatch(/account=globex&q=READ\+back/)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    const id = row(page, 'post created').last().locator('.id')
    const end = (await id.textContent()) ?? ''
    await id.click()
    await expect
      .poll(async () => new Set(await page.locator('li.log-line .id').allTextContents()))
      .toEqual(new Set([end]))
    await expect.poll(() => page.url()).toMatch(/request=/)
  })

  test('reads older lines as the list is scrolled to the top, and keeps its place', async () => {
    write(2_000, (at) => ({ message: `old ${at}` }))
    const isMeasured = withResolvers()
    const page = await open('?logger=webhooks', {
      prepare: async (page) => {
        await page.route('**/api/logs*before=*', async (route) => {
          await isMeasured.promise
          await route.continue()
        })
      },
    })
    await row(page, 'old 1999').waitFor()
    await page.locator('.scroll').hover()
    await page.mouse.wheel(0, -6_000)
    await page.locator('.older').getByText('Reading older lines').waitFor()
    await nextFrame(page)
    const text = (await page.locator('li.log-line .m').nth(20).textContent()) ?? ''
    const top = (await row(page, text).boundingBox())?.y
    const height = await inList(page, 'list.scrollHeight')
    isMeasured.resolve()
    await expect.poll(() => inList(page, 'list.scrollHeight')).not.toBe(height)
    expect((await row(page, text).boundingBox())?.y).toBe(top)
    await expect
      .poll(async () => {
        await inList(page, 'list.scrollTo(0, 0)')
        return page.locator('.older').textContent()
      })
      .toBe('There are no older lines')
    expect(await page.locator('li.log-line').count()).toBeLessThan(100)
  })

  test('has every line once, although pages and the stream overlap', async () => {
    let part = 0
    const writing = setInterval(() => write(3, () => ({ message: `unique ${part++}` })), 20)
    onTestFinished(() => clearInterval(writing))
    const page = await open('?q=unique')
    await expect.poll(() => page.locator('li.log-line').count()).toBeGreaterThan(20)
    clearInterval(writing)
    write(1, () => ({ message: 'unique end' }))
    await row(page, 'unique end').waitFor()
    const { items } = await service.api<{ items: { message: string }[] }>('logs?text=unique&limit=1000')
    await page.setViewportSize({ width: 1440, height: 24 * (items.length + 40) })
    await expect.poll(() => page.locator('li.log-line').count()).toBeGreaterThanOrEqual(items.length)
    expect((await texts(page)).sort()).toEqual(items.map(({ message }) => message).sort())
  })

  test('names lines that it missed, and fetches them', async () => {
    write(30, (at) => ({ message: `missed ${at}` }))
    let isFirst = true
    const page = await openPage(`${service.page}#/logs?q=missed`, {
      prepare: async (page) => {
        await page.route('**/api/live*', (route) => {
          if (!isFirst) return route.continue()
          isFirst = false
          const body = 'event: dropped\nid: x\ndata: {"lines":1204}\n\n'
          return route.fulfill({ status: 200, contentType: 'text/event-stream', body })
        })
      },
    })
    const gap = page.locator('li.note')
    expect(await gap.textContent()).toBe('⋯1\u202f204 lines not shown, the browser was too slow.Fetch')
    write(5, (at) => ({ message: `missed too ${at}` }))
    await row(page, 'missed too 4').waitFor()
    await gap.getByRole('button', { name: 'Fetch' }).click()
    await gap.waitFor({ state: 'detached' })
    await expect.poll(() => row(page, 'missed').count()).toBe(35)
  })

  test('goes on where it ended when the service starts again, without a gap', async () => {
    const page = await open('?q=restart', { expected: [/Failed to load resource|ERR_/] })
    write(1, () => ({ message: 'before the restart' }))
    await row(page, 'before the restart').waitFor()
    await service.stop('SIGKILL')
    await page.getByText('No news since').waitFor()
    expect(await dock(page).textContent()).toMatch(/^No news/)
    write(2, (at) => ({ message: `during the restart ${at}` }))
    await service.start()
    await row(page, 'during the restart 1').waitFor()
    write(1, () => ({ message: 'after the restart' }))
    await row(page, 'after the restart').waitFor()
    expect(await texts(page)).toHaveLength(4)
    expect(await page.locator('li.note').count()).toBe(0)
  })

  // ClickHouse has no files that rotate.
  test.skipIf(isShared)('notes where a file was rotated, between the lines of both files', async () => {
    write(1, () => ({ message: 'before the rotation' }))
    const page = await open()
    await row(page, 'before the rotation').waitFor()
    const file = join(service.logDirectory, 'webhooks.log')
    renameSync(file, `${file}.9`)
    write(1, () => ({ message: 'after the rotation' }))
    await row(page, 'after the rotation').waitFor()
    const note = page.locator('li.note', { hasText: 'webhooks.log' })
    expect(await note.textContent()).toMatch(/^↻webhooks\.log.*rotated/)
    expect(await note.getByRole('button').count()).toBe(0)
    const order = await page.locator('li.log-line .m, li.note b').allTextContents()
    const at = (text: string): number => order.findIndex((one) => one.includes(text))
    expect(at('before the rotation')).toBeLessThan(at('webhooks.log'))
    expect(at('webhooks.log')).toBeLessThan(at('after the rotation'))
  })

  test('draws no filter for a level that does not exist', async () => {
    const page = await open('?level=__proto__')
    const levels = page.getByRole('group', { name: /level/i }).getByRole('button')
    expect((await levels.allTextContents()).join()).not.toContain('__proto__')
  })

  test('opens at the time of its URL, and goes back to the newest lines', async () => {
    const at = Date.now() - 3_600_000
    for (let place = 0; place < 50; place++)
      write(1, () => ({ message: `an hour ago ${place}` }), { at: at + place, file: 'webhooks.log.1' })
    write(1, () => ({ message: 'just now' }))
    await service.written()
    const page = await openPage(`${service.page}#/logs?at=${new Date(at + 25).toISOString()}`)
    await page.locator('li.log-line.cur', { hasText: 'an hour ago 25' }).waitFor()
    await row(page, 'an hour ago 26').waitFor()
    await page.keyboard.press('Space')
    await row(page, 'just now').waitFor()
    await expect.poll(() => page.url()).toMatch(/#\/logs$/)
  })

  test('shows a reader of one account no trace of another', async () => {
    await service.publish({ token: 'globex-user' })
    await service.publish()
    const page = await open('', { token: 'acme-admin' })
    await row(page, 'POST /api/v1/publish 201').last().waitFor()
    expect(await page.locator('li.log-line .ac').count()).toBe(0)
    expect(await page.getByRole('button', { name: /^account/ }).count()).toBe(0)
    expect(await page.content()).not.toContain('globex')
  })

  test('shows hostile lines as text', async () => {
    const fields = { ['__proto__']: '<b>', '<script>': '\u202e', long: 'y'.repeat(10_000) }
    write(1, () => ({
      message: `<img src=x onerror=document.title='run'> \u001b[31m \u202e ${'x'.repeat(10_000)}`,
      fields,
    }))
    write(1, () => ({ message: 'harmless' }))
    const page = await open('?logger=webhooks')
    const hostile = row(page, '<img src=x').last()
    await row(page, 'harmless').waitFor()
    expect(await hostile.locator('.m').textContent()).toContain('\\u202e')
    for (const wrap of [false, true]) {
      if (wrap) await page.keyboard.press('w')
      await nextFrame(page)
      expect(await sidewaysPx(page)).toBe(0)
    }
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.title()).not.toBe('run')
  })

  test('shows a line that Spoor did not write as it is', async () => {
    const page = await open('', {
      prepare: async (page) => {
        const json = { items: [{ text: 'Segmentation fault (core dumped)', file: 'webhooks.log' }] }
        await page.route('**/api/logs*', (route) => route.fulfill({ json }))
      },
    })
    expect(await row(page, 'Segmentation fault').textContent()).toBe('Segmentation fault (core dumped)')
  })

  test('has no violation of axe-core, in both themes at all widths, with a chosen line and its stack', async () => {
    await service.fail('throw')
    await service.publish()
    const page = await open()
    await row(page, 'POST /api/v1/publish 201').last().waitFor()
    await page.keyboard.press('N')
    await page.keyboard.press('o')
    await page.locator('.stack').waitFor()
    expect(await axeEverywhere(page)).toEqual([])
    expect(await sidewaysPx(page)).toBe(0)
  })

  test('says why there are no lines', async () => {
    const page = await open('?q=nothing-like-this')
    await page.getByText('No line matches').waitFor()
    await page.getByRole('button', { name: 'Show all lines' }).click()
    await page.locator('li.log-line').first().waitFor()
    await expect.poll(() => page.url()).toMatch(/#\/logs$/)
  })
})

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

interface Line {
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A line as the logger `webhooks` of the example writes it. */
function textOf(at: number, { message, fields = {} }: Line): string {
  return `[${new Date(at).toISOString()}] [INFO] ${message} ${JSON.stringify({ logger: 'webhooks', account: 'acme', ...fields })}\n`
}
