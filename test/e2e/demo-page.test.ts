// The demo page of the example service in a real browser. Left out, by name, where Chromium is not installed.
import '../../examples/publisher/testing/log-directory.js'
import { createServer } from 'node:http'
import express from 'express'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { demoPage } from '../../examples/publisher/demo-page.js'
import { addressOf, closeServer, listen } from '../../examples/publisher/server.js'
import { logDirectory } from '../../examples/publisher/testing/log-directory.js'
import { call, publishAs, requestLineOf, start } from '../../examples/publisher/testing/publisher.js'
import { startPostgres } from './postgres.js'
import { available, chromiumPath } from './services.js'

describe.skipIf(!available('chromium'))('the demo page', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath() })
  })

  afterAll(() => browser?.close())

  async function open(url?: string): Promise<{ page: Page; refused: string[] }> {
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    const refused: string[] = []
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) refused.push(message.text())
    })
    page.on('pageerror', (error) => refused.push(String(error)))
    await page.goto(url ?? (await start()).url)
    return { page, refused }
  }

  test('publishes as the chosen user, and shows the request id and how to follow it', async () => {
    const { page, refused } = await open()
    expect(await page.locator('#empty').textContent()).toContain(`grep its id ${logDirectory}/*`)
    await page.getByRole('radio', { name: 'globex-user' }).check()
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByRole('status').filter({ hasText: '201' }).waitFor()
    const id = (await page.locator('.full-id').textContent()) ?? ''
    expect(await requestLineOf(id)).toMatchObject({ account: 'globex', user: 'globex-user', route: '/api/v1/publish' })
    expect(await page.locator('.grep code').textContent()).toBe(`grep ${id} ${logDirectory}/*`)
    expect(refused).toEqual([])
  })

  test.skipIf(!available('postgres'))('shows that a naive list repeats a query', async () => {
    const postgres = await startPostgres()
    onTestFinished(postgres.stop)
    const { url } = await start({ database: { url: postgres.url } })
    for (let i = 0; i < 6; i++) await publishAs({ url }, 'acme-admin')
    const { page, refused } = await open(url)
    await page.getByRole('button', { name: 'List the posts the naive way' }).click()
    const cost = page.locator('.cost').filter({ hasText: '7 queries, 6 of them the same SELECT posts' })
    await cost.waitFor()
    expect(refused).toEqual([])
  })

  test('exports as globex, and the accounts name globex as the one that uses the CPU', async () => {
    const { url } = await start()
    const { page, refused } = await open(url)
    await page.getByRole('radio', { name: 'globex-user' }).check()
    // Windows measure 50 ms of each second, so some exports are needed until one is seen.
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Export', exact: true }).click()
        await page.getByRole('status').filter({ hasText: '/api/v1/export' }).waitFor()
        const { json } = await call({ url }, 'GET', '/_spoor/api/accounts?span=10m', { token: 'operator' })
        return json.summary
      })
      .toMatch(/^globex used .* of the CPU in the last 10 minutes, nearly all of it in POST \/api\/v1\/export/)
    expect(refused).toEqual([])
  })

  test('does not mention log files when files are off', async () => {
    const server = createServer(express().use(demoPage(undefined)))
    await listen(server, 0, '127.0.0.1')
    onTestFinished(() => closeServer(server))
    const { page, refused } = await open(addressOf(server))
    expect(await page.locator('#empty').textContent()).not.toContain('grep')
    await page.getByRole('button', { name: 'List posts' }).click()
    await page.getByRole('status').filter({ hasText: '404' }).waitFor()
    expect(await page.locator('.row').textContent()).not.toMatch(/grep|Follow it/)
    expect(await page.locator('.row .full-id').textContent()).toBe('none came')
    expect(refused).toEqual([])
  })

  test('shows foreign text as text, not as HTML', async () => {
    const { page, refused } = await open()
    const title = '<img src=x onerror="document.title = `run`">'
    await page.getByLabel('Title').fill(title)
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByRole('status').filter({ hasText: '201' }).waitFor()
    await page.getByRole('button', { name: 'List posts' }).click()
    await page.getByRole('status').filter({ hasText: '/api/v1/posts' }).waitFor()
    expect(await page.locator('.body').first().textContent()).toContain(JSON.stringify(title))
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.title()).toBe('Publisher')
    expect(refused).toEqual([])
  })

  test('shows a failure with its problem body, and a truncated response with its id', async () => {
    const { page } = await open()
    await page.getByRole('button', { name: 'Fail', exact: true }).click()
    await page.getByRole('status').filter({ hasText: '500' }).waitFor()
    const problem = JSON.parse((await page.locator('.body').first().textContent()) ?? '')
    expect(await page.locator('.full-id').first().textContent()).toBe(problem.requestId)

    await page.getByLabel('How').selectOption('late')
    await page.getByRole('button', { name: 'Fail', exact: true }).click()
    await page.getByRole('status').filter({ hasText: '200, cut off' }).waitFor()
    const id = (await page.locator('.full-id').first().textContent()) ?? ''
    expect(await requestLineOf(id)).toMatchObject({ aborted: true })
  })

  test('fits a screen of 390 pixels', async () => {
    const { page } = await open()
    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByRole('status').filter({ hasText: '201' }).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  })
})
