// The inspector's page as the build makes it, before a service that runs from the sources: there the page's files are not bundled.
import { createServer, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { onTestFinished } from 'vitest'
import { addressOf, closeServer, listen } from '../../examples/publisher/server.js'

interface File {
  readonly type: string
  readonly body: string
}

let made: Promise<ReadonlyMap<string, File>> | undefined

async function makePage(): Promise<ReadonlyMap<string, File>> {
  const root = fileURLToPath(new URL('../../inspector-ui', import.meta.url))
  const result = await build({ root, configFile: `${root}/vite.config.ts`, logLevel: 'error', build: { write: false } })
  const files = new Map<string, File>()
  const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' }
  for (const { output } of [result].flat() as { output: { fileName: string; code?: string; source?: string }[] }[]) {
    for (const { fileName, code, source } of output) {
      const name = fileName === 'index.html' ? '' : fileName
      files.set(`/_spoor/${name}`, {
        type: types[fileName.split('.').at(-1) ?? ''] ?? 'text/plain',
        body: code ?? String(source),
      })
    }
  }
  return files
}

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"

/** Serves the page of a running service. @returns its address, which ends with the test */
export async function servePage(service: string): Promise<string> {
  made ??= makePage()
  const files = await made
  const server = createServer((req, res) => {
    const file = files.get(req.url?.split('?')[0] ?? '')
    if (file !== undefined) {
      res.writeHead(200, { 'content-type': file.type, 'content-security-policy': policy }).end(file.body)
      return
    }
    const passed = request(new URL(req.url ?? '/', service), { method: req.method ?? 'GET', headers: req.headers })
    passed.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    passed.on('error', () => res.destroy())
    res.on('close', () => passed.destroy())
    req.pipe(passed)
  })
  await listen(server, 0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    return closeServer(server)
  })
  return `${addressOf(server)}/_spoor/`
}
