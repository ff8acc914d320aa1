import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RequestHandler, Router } from 'express'
import { escapeHtml } from './escape-html.js'

/** Scripts, styles and calls of this page only; images also from data: URLs. No frames, no forms that go elsewhere. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
}

/**
 * Serves `GET /` and the two files it loads.
 *
 * @param logFiles what the page says to grep, as in `logs/publish-sync-logs/*`; undefined if no file is written
 */
export function demoPage(logFiles: string | undefined): RequestHandler {
  const root = pageFolder()
  const sendFile: RequestHandler = (req, res) => res.set(HEADERS).sendFile(req.path, { root })
  return Router()
    .get('/', async (_req, res) => {
      const html = await readFile(join(root, 'index.html'), 'utf8')
      const filledIn = html.replace('data-log-files=""', () => `data-log-files="${escapeHtml(logFiles ?? '')}"`)
      res.set(HEADERS).type('html').send(filledIn)
    })
    .get('/page.js', sendFile)
    .get('/page.css', sendFile)
}

/** The page is not compiled: it lies beside the source of this file, which is one folder above the compiled one. */
function pageFolder(): string {
  const beside = fileURLToPath(new URL('./page/', import.meta.url))
  return existsSync(beside) ? beside : fileURLToPath(new URL('../page/', import.meta.url))
}
