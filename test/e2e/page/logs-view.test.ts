// The view Logs in a real browser, over the running example. Left out, by name, where Chromium is not installed.
import { describe, expect, test } from 'vitest'
import { available } from '../services.js'
import { axeViolations, useBrowser } from './browser.js'
import { useService } from './service.js'

describe.skipIf(!available('chromium'))('the view Logs', () => {
  const service = useService()
  const open = useBrowser()

  test('shows the sign-in alone to strangers', async () => {
    const page = await open(`${service.page}#/logs`, { token: null, expected: [/401|404/] })
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await axeViolations(page)).toEqual([])
  })
})
