// The adapter of docs/adapters.md does what an adapter must do.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, type Spoor } from 'spoor'
import { adapterOf } from 'spoor/adapter'
import { describe, expect, onTestFinished, test } from 'vitest'
import { logsIn } from './conformance/service.js'

const page = readFileSync(new URL('../docs/adapters.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)
const code = blocks
  .join('\n')
  .replace(/^import .*$/gm, '')
  .replace(/^export /gm, '')

interface Tiny {
  get(pattern: string, handler: (ctx: { reply(text: string): void }) => unknown): void
}

/** Runs the service of the page. */
async function service() {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-docs-'))
  const logs = logsIn(directory)
  const spoor = createSpoor({ service: 'docs', logs, inspector: { authorize: () => 'all' } })
  const scope = { spoor, adapterOf, createServer }
  const run = new Function(...Object.keys(scope), `${code}\nreturn { app, server, spoorTiny }`)
  const made: { app: Tiny; server: Server; spoorTiny: (spoor: Spoor, app: Tiny) => void } = run(...Object.values(scope))
  made.app.get('/fail', () => {
    throw new Error('out of order')
  })
  made.app.get('/late', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    throw Object.assign(new Error('busy'), { status: 409, expose: true })
  })
  await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    made.server.close()
    made.server.closeAllConnections()
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true, force: true })
  })
  const { port } = made.server.address() as AddressInfo
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
    return { status: answer.status, id: answer.headers.get('x-request-id'), body: await answer.text() }
  }
  const lines = async (): Promise<Record<string, unknown>[]> => {
    await spoor.close()
    await logs.flush()
    const text = readFileSync(join(directory, 'requests.jsonl'), 'utf8').trim()
    return text.split('\n').map((line) => JSON.parse(line))
  }
  const root = () => readFileSync(join(directory, 'root.log'), 'utf8')
  return { ...made, spoor, ask, lines, root }
}

describe('the adapter of docs/adapters.md', () => {
  test('gives a request its id, its account and the pattern of its route', async () => {
    const { ask, lines } = await service()
    const { status, id, body } = await ask('/posts/7', { 'x-account': 'acme' })
    expect([status, body]).toEqual([200, 'post 7 for acme'])
    expect(await lines()).toMatchObject([{ requestId: id, account: 'acme', route: '/posts/:id', status: 200 }])
  })

  test.each([
    ['an error', '/fail', 500, 'internal_error', 'error'],
    ['an error that comes later', '/late', 409, 'conflict', 'info'],
    ['an unknown route', '/nowhere', 404, 'not_found', 'info'],
    ['a URL that the adapter refuses', `/${'x'.repeat(8_000)}`, 414, 'uri_too_long', 'info'],
  ])('answers and logs %s', async (_, path, status, code, level) => {
    const { ask, lines } = await service()
    const answer = await ask(path)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toMatchObject({ status, code, requestId: answer.id })
    expect(await lines()).toMatchObject([{ requestId: answer.id, status, level }])
  })

  test('opens the inspector, whose requests leave no line', async () => {
    const { ask, lines } = await service()
    await ask('/posts/7')
    const { status, body } = await ask('/_spoor/api/live-requests')
    expect([status, Object.keys(JSON.parse(body))]).toEqual([200, expect.arrayContaining(['items'])])
    expect(await lines()).toHaveLength(1)
  })

  test('warns once when it is mounted twice', async () => {
    const { app, spoor, spoorTiny, ask, lines, root } = await service()
    spoorTiny(spoor, app)
    await ask('/posts/7')
    await ask('/posts/8')
    expect(await lines()).toHaveLength(2)
    expect(root().match(/spoorTiny is called twice/g)).toHaveLength(1)
  })

  test('needs at most 45 lines', () => {
    const adapter = blocks.find((block) => block.includes('function spoorTiny')) ?? ''
    expect(adapter.trim().split('\n').length).toBeLessThanOrEqual(45)
  })
})

describe('the interface', () => {
  test('has every member that docs/adapters.md lists, and no other', async () => {
    const { spoor } = await service()
    const [, table = ''] = page.split('## The interface')
    const listed = [...table.matchAll(/^\| `(\w+)[(.`]/gm)].map(([, name]) => name).filter((name) => name !== 'open')
    expect(Object.keys(adapterOf(spoor)).sort()).toEqual(listed.sort())
  })

  test('is refused for anything but a Spoor', () => {
    expect(() => adapterOf({} as Spoor)).toThrow(
      'adapterOf: expected the Spoor that createSpoor returns, got object; write adapterOf(spoor)',
    )
  })
})
