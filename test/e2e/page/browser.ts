// Chromium for tests of the inspector's page. A page that a test opened fails the test if the console shows an error, the
// content security policy refused something, or a request left the service.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { chromiumPath } from '../services.js'

export type { Page } from 'playwright-core'

export const themes = ['light', 'dark'] as const
/** The widths at which the page must work, in px. */
export const widths = [320, 390, 820, 1180, 1440] as const

export type Theme = (typeof themes)[number]

export interface OpenOptions {
  /** The token that the reader typed; `null`: not signed in. Default: `operator`, who sees everything. */
  readonly token?: string | null
  /** Default: `light`. */
  readonly theme?: Theme
  /** In px. Default: 1440 × 900. */
  readonly width?: number
  readonly height?: number
  /** Console errors and warnings that the test provokes. */
  readonly expected?: readonly RegExp[]
  /** By how much the browser's clock is ahead, in ms. Default: 0. */
  readonly clockAheadMs?: number
  /** Called before the page is loaded, to answer some of its requests (`page.route`). */
  readonly prepare?: (page: Page, context: BrowserContext) => Promise<void>
}

/** Opens a page for one test. The test fails if the page reports a problem; the page is closed after the test. */
export type OpenPage = (url: string, options?: OpenOptions) => Promise<Page>

/** Starts Chromium before the tests of this `describe`, and ends it after them. */
export function useBrowser(): OpenPage {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath() })
  })
  afterAll(() => browser?.close())
  return (url, options = {}) => open(browser, url, options)
}

async function open(browser: Browser, url: string, options: OpenOptions): Promise<Page> {
  const { token = 'operator', theme = 'light', width = 1440, height = 900, clockAheadMs = 0, prepare } = options
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const problems = problemsOf(page, url, options.expected ?? [])
  onTestFinished(async () => {
    // A request may be on its way through a handler of `prepare`, which would fail once the page is gone.
    if (!page.isClosed()) await page.unrouteAll({ behavior: 'ignoreErrors' })
    await context.close()
    expect(problems).toEqual([])
  })
  await page.addInitScript(cspReports)
  if (token !== null) await page.addInitScript(`sessionStorage.setItem('spoor.token', ${JSON.stringify(token)})`)
  if (clockAheadMs !== 0) await page.addInitScript(clockAhead(clockAheadMs))
  await prepare?.(page, context)
  await page.goto(url)
  return page
}

const cspReports = `addEventListener('securitypolicyviolation', (event) =>
  console.error('refused by the content security policy: ' + event.violatedDirective + ' ' + event.blockedURI))`

function clockAhead(ms: number): string {
  return `{ const now = Date.now
    globalThis.Date = class extends Date { constructor(...args) { args.length === 0 ? super(now() + ${ms}) : super(...args) } }
    Date.now = () => now() + ${ms} }`
}

/** What the page reports, as it comes. */
function problemsOf(page: Page, url: string, expected: readonly RegExp[]): string[] {
  const problems: string[] = []
  const add = (problem: string): void => {
    if (!expected.some((one) => one.test(problem))) problems.push(problem)
  }
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      add(`${message.type()}: ${message.text()} ${message.location().url}`.trim())
  })
  page.on('pageerror', (error) => add(`thrown: ${error.stack ?? error}`))
  page.on('crash', () => add('the page crashed'))
  const { origin } = new URL(url)
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
      add(`left the service: ${request.url()}`)
  })
  return problems
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResult {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}

/**
 * The violations that axe-core finds in the page as it is: all of its rules, best practices too.
 *
 * @param where a CSS selector; default: the whole page
 */
export async function axeViolations(page: Page, where?: string): Promise<string[]> {
  // Over the DevTools protocol: the content security policy refuses script elements.
  if ((await page.evaluate('typeof axe')) !== 'object') await page.evaluate(axe)
  const context = where === undefined ? 'document' : JSON.stringify(where)
  const violations = (await page.evaluate(
    `axe.run(${context}, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as readonly AxeResult[]
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}): ${target.join(' ')}: ${failureSummary}`),
  )
}

/** The violations that axe-core finds in the page in both themes, at all widths of the page. */
export async function axeEverywhere(page: Page, at: readonly number[] = widths): Promise<string[]> {
  const found: string[] = []
  const { height } = page.viewportSize() ?? { height: 900 }
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme })
    for (const width of at) {
      await page.setViewportSize({ width, height })
      await nextFrame(page)
      for (const violation of await axeViolations(page)) found.push(`${theme}, ${width} px: ${violation}`)
    }
  }
  return found
}

/** By how many px the page is wider than its window. 0: nothing scrolls sideways. */
export function sidewaysPx(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth') as Promise<number>
}

/** Resolves once the page has drawn what was just changed. */
export async function nextFrame(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}
