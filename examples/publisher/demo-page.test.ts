import './testing/log-directory.js'
import { createServer } from 'node:http'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { demoPage } from './demo-page.js'
import { addressOf, closeServer, listen } from './server.js'
import { logDirectory } from './testing/log-directory.js'
import { start } from './testing/publisher.js'

test('the demo page has a policy that allows only its own files', async () => {
  const { url } = await start()
  for (const [path, type] of [
    ['/', 'text/html'],
    ['/page.js', 'text/javascript'],
    ['/page.css', 'text/css'],
  ] as const) {
    const response = await fetch(url + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain(type)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('x-powered-by')).toBeNull()
    expect(response.headers.get('x-request-id')).not.toBeNull()
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    await response.arrayBuffer()
  }
})

test('the page has no inline script or style, and loads nothing from other hosts', async () => {
  const { url } = await start()
  const html = await (await fetch(url)).text()
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i)
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
})

test('the page shows which log files to search', async () => {
  const { url } = await start()
  expect(await (await fetch(url)).text()).toContain(`<body data-log-files="${logDirectory}/*">`)
})

test.each([
  [undefined, ''],
  ['"><script>alert(1)</script>/*', '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;/*'],
  ["'it'\\''s $& $1'/*", '&#39;it&#39;\\&#39;&#39;s $&amp; $1&#39;/*'],
])('log files in %j are escaped in the page', async (logFiles, inHtml) => {
  const server = createServer(express().use(demoPage(logFiles)))
  await listen(server, 0, '127.0.0.1')
  onTestFinished(() => closeServer(server))
  expect(await (await fetch(addressOf(server))).text()).toContain(`<body data-log-files="${inHtml}">`)
})
