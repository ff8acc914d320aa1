// Files that a running service wrote: three loggers, requests with accounts and traces, nested fields, several rotations.
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/node'

/** A member of a line, as JSON has it. */
export type Members = Record<string, unknown>

export interface RealFiles {
  readonly directory: string
  /** All names, backups too. */
  readonly names: readonly string[]
  /** All lines of all files. */
  readonly lines: readonly string[]
  remove(): void
}

const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

export async function writeRealFiles(requests: number): Promise<RealFiles> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-shipping-'))
  const logs = defineLogs({
    directory,
    console: false,
    level: 'trace',
    rotation: { maxBytes: 20_000, backups: 100 },
    loggers: {
      orders: { file: 'orders.jsonl', format: 'json' },
      'other.one': { file: 'orders.jsonl', format: 'json' },
    },
  })
  const spoor = createSpoor({ service: 'shop', version: '1.0.0', logs, requestId: { trust: true } })
  const log = logs.get('orders')
  const account = () => ({ account: 'acme "co"', user: 'ada', roles: [] })
  const handler = spoorNode(spoor, {
    account,
    handler: (request, response) => {
      log.trace('a trace')
      log.debug({ order: { id: 7, items: [{ sku: 'a', n: 2 }], none: null }, ok: true }, 'nested')
      log.info({ url: request.url }, 'unusual text: "quotes", \\ and \u001b[31m, 日本, \n a new line')
      logs.get('other.one').warn({ 'name with spaces': 1 }, '')
      log.error(new Error('no stock', { cause: new TypeError('inner') }), 'failed')
      response.end('done')
    },
  })
  const server = createServer(handler)
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  for (let n = 0; n < requests; n++) {
    await (await fetch(`${url}${n}`, { headers: n % 2 === 0 ? { traceparent: trace } : {} })).text()
  }
  server.close()
  await spoor.close()
  logs.root.fatal('outside any request')
  logs.get('orders').fatal('outside any request')
  await logs.close()

  const names = readdirSync(directory).filter((name) => !name.startsWith('.'))
  const lines = names.flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1))
  return { directory, names, lines, remove: () => rmSync(directory, { recursive: true, force: true }) }
}
