import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RequestHandler, Router } from 'express'
import { escapeHtml } from './escape-html.js'

/** Allows scripts, styles and calls of this page only, and images from data: URLs. No frames, no forms to other sites. */
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
 * Serves `GET /` and the files that it loads.
 *
 * @param logFiles the files to grep that the page shows, as in `logs/publish-sync-logs/*`; undefined if no file is written
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
    .get('/slow.js', sendFile)
    .get('/page.css', sendFile)
}

/** The page is not compiled. It lies beside the source of this file, one folder above the compiled file. */
function pageFolder(): string {
  const beside = fileURLToPath(new URL('./page/', import.meta.url))
  return existsSync(beside) ? beside : fileURLToPath(new URL('../page/', import.meta.url))
}
