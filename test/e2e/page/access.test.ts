// Who may see the page's data, in a real browser, over the running example: signing in, refusals, and rights that end while
// the page is open. Left out, by name, where Chromium is not installed.
import { describe, expect, test } from 'vitest'
import { available } from '../services.js'
import { axeEverywhere, nextFrame, type OpenOptions, type Page, sidewaysPx, useBrowser } from './browser.js'
import { useService } from './service.js'

const refusals = [/Failed to load resource: .* (?:401|403|404|421|503) /]

describe.skipIf(!available('chromium'))('the page and its reader', () => {
  const service = useService()
  const openPage = useBrowser()

  const main = (page: Page) => page.getByRole('main')
  const title = (page: Page) => page.getByRole('heading', { level: 1 })
  const tokenField = (page: Page) => page.getByLabel('Token')

  /** A page whose reader changes: the service gets the token that `reader` has then. */
  async function openAs(reader: { token: string }, path: string, options: OpenOptions = {}): Promise<Page> {
    return openPage(`${service.page}${path}`, {
      ...options,
      expected: [...refusals, ...(options.expected ?? [])],
      prepare: async (page) => {
        await page.route('**/_spoor/api/**', (route) => {
          const authorization = `Bearer ${reader.token}`
          return route.continue({ headers: { ...route.request().headers(), authorization } })
        })
      },
    })
  }

  /** A page whose session is answered with a refusal. */
  async function openRefused(status: number, code: string): Promise<Page> {
    return openPage(service.page, {
      expected: refusals,
      prepare: async (page) => {
        const json = { type: 'about:blank', status, code, requestId: 'r-1' }
        await page.route('**/_spoor/api/session', (route) => route.fulfill({ status, json }))
      },
    })
  }

  test('shows a stranger the sign-in and nothing of the service', async () => {
    await service.publish()
    const page = await openPage(service.page, { token: null, expected: refusals })
    await tokenField(page).waitFor()
    expect(await title(page).textContent()).toBe('Who are you?')
    expect(await page.locator('body').innerText()).not.toMatch(/publisher|acme|Requests|Cost/)
    expect(await axeEverywhere(page)).toEqual([])
    expect(await sidewaysPx(page)).toBe(0)
  })

  test('takes a token typed once, keeps it in this tab only, and forgets it at sign-out', async () => {
    const { id } = await service.publish()
    const page = await openPage(service.page, { token: null, expected: refusals })
    await tokenField(page).fill('Bearer operator')
    await page.keyboard.press('Enter')
    await page
      .getByRole('link', { name: id.slice(-8) })
      .or(page.getByText(id.slice(-8)))
      .first()
      .waitFor()
    const other = await page.context().newPage()
    await other.goto(service.page)
    await tokenField(other).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await tokenField(page).waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    expect(await page.locator('body').innerText()).not.toContain('publisher')
  })

  test.each(['nobody', 'tok€n', 'two words'])('says that the service does not know the token %j', async (token) => {
    const page = await openPage(service.page, { token: null, expected: refusals })
    await tokenField(page).fill(token)
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('does not know this token')
    await tokenField(page).fill('operator')
    await page.keyboard.press('Enter')
    await page.getByRole('navigation', { name: 'Views' }).waitFor()
  })

  test('stays signed out if an answer about the last reader comes late', async () => {
    const page = await openPage(service.page, { expected: refusals })
    await page.getByText('sees all accounts').waitFor()
    let release: (() => void) | undefined
    await page.route('**/_spoor/api/session', async (route) => {
      await new Promise<void>((resolve) => {
        release = resolve
      })
      await route.continue()
    })
    // A refused view makes the page ask who reads.
    await page.route('**/_spoor/api/health', (route) => route.fulfill({ status: 403, json: {} }))
    await page.getByRole('link', { name: 'Health', exact: true }).click()
    await expect.poll(() => release).toBeDefined()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await tokenField(page).waitFor()
    const answered = page.waitForResponse('**/_spoor/api/session')
    release?.()
    await (await answered).finished()
    await nextFrame(page)
    expect(await title(page).textContent()).toBe('Who are you?')
  })

  test.each([
    [403, 'forbidden', 'You may not see this', /inspector\.authorize.*r-1/s],
    [403, 'foreign_origin', 'Opened from another site', /inspector\.origins/],
    [404, 'not_found', 'No inspector here', /older version of Spoor/],
    [421, 'misdirected_request', 'Not under this name', /inspector\.hosts/],
    [503, 'busy', 'The service cannot answer now', /Too many readers.*tries again/],
  ])('says what to do about %i %s', async (status, code, heading, says) => {
    const page = await openRefused(status, code)
    await title(page).waitFor()
    expect(await title(page).textContent()).toBe(heading)
    expect(await main(page).innerText()).toMatch(says)
    expect(await page.locator('body').innerText()).not.toContain('publisher')
    await page.getByRole('button', { name: 'Sign in as another reader' }).click()
    await tokenField(page).waitFor()
  })

  test('under a name that is not listed, the page names the option', async () => {
    const page = await openPage(service.page.replace('127.0.0.1', '0.0.0.0'), { expected: refusals })
    await title(page).waitFor()
    expect(await title(page).textContent()).toBe('Not under this name')
  })

  test('says that a proxy wants a sign-in, if it answers with its own page', async () => {
    const page = await openPage(service.page, {
      prepare: async (opened) => {
        const body = '<h1>Log in</h1>'
        await opened.route('**/_spoor/api/session', (route) => route.fulfill({ contentType: 'text/html', body }))
      },
    })
    await title(page).waitFor()
    expect(await main(page).innerText()).toContain('A proxy may want you to sign in again')
  })

  test('drops what it shows when the right to read ends', async () => {
    await service.export(5)
    const reader = { token: 'operator' }
    const page = await openAs(reader, '#/requests')
    await main(page).getByText('/api/v1/export').first().waitFor()
    reader.token = 'nobody'
    await tokenField(page).waitFor()
    expect(await page.locator('body').innerText()).not.toMatch(/publisher|globex|export/)
  })

  test('asks again who reads when the service ends the stream, and shows the new reader’s rows alone', async () => {
    await service.export(5)
    await service.publish()
    const reader = { token: 'operator' }
    const page = await openAs(reader, '#/requests')
    await main(page).getByText('/api/v1/export').first().waitFor()
    reader.token = 'acme-admin'
    // As the service does with its next look at the reader's rights, which is up to 30 s away.
    await page.route(
      '**/_spoor/api/live?**',
      (route) => route.fulfill({ contentType: 'text/event-stream', body: 'event: end\ndata: {}\n\n' }),
      { times: 1 },
    )
    await page.getByRole('link', { name: 'Logs', exact: true }).click()
    await page.getByText('sees acme').waitFor()
    await page.getByRole('link', { name: 'Requests', exact: true }).click()
    await main(page).getByText('/api/v1/publish').first().waitFor()
    expect(await page.locator('body').innerText()).not.toMatch(/globex|export/)
  })

  test('a stack goes when the reader’s `internals` end', async () => {
    const { id } = await service.fail('throw')
    let internals = true
    const page = await openPage(`${service.page}#/requests/${id}`, {
      prepare: async (opened) => {
        await opened.clock.install()
        await opened.route('**/_spoor/api/**', async (route) => {
          const headersOf = (token: string) => ({ ...route.request().headers(), authorization: `Bearer ${token}` })
          if (!route.request().url().endsWith('/api/session'))
            return route.continue({ headers: headersOf(internals ? 'operator' : 'acme-admin') })
          const response = await route.fetch({ headers: headersOf('acme-admin') })
          await route.fulfill({ response, json: { ...((await response.json()) as object), internals } })
        })
      },
    })
    const stack = main(page)
      .getByText(/fail\.[jt]s:\d+/)
      .first()
    await stack.waitFor({ state: 'attached' })
    internals = false
    // The page asks every minute who reads.
    await page.clock.fastForward(61_000)
    await stack.waitFor({ state: 'detached' })
    await page.locator('.story').first().waitFor()
    expect(await main(page).textContent()).not.toMatch(/fail\.[jt]s:/)
  })
})
