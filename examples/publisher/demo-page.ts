import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import express, { type RequestHandler, type Response } from 'express'

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

/** Serves `GET /` and the two files it loads. */
export function demoPage(): RequestHandler {
  return express.static(pageFolder(), { setHeaders })
}

function setHeaders(res: Response): void {
  res.set('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  res.set('X-Content-Type-Options', 'nosniff')
  res.set('Referrer-Policy', 'no-referrer')
  res.set('Cache-Control', 'no-cache')
}

/** The page is not compiled: it lies beside the source of this file, which is one folder above the compiled one. */
function pageFolder(): string {
  const beside = fileURLToPath(new URL('./page/', import.meta.url))
  return existsSync(beside) ? beside : fileURLToPath(new URL('../page/', import.meta.url))
}
