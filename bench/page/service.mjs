// A service with an inspector, for bench:page. Prints its port. Each request logs a line; /story makes one large request.
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs } from '../../dist/index.js'
import { spoorNode } from '../../dist/node.js'

const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-page-'))
const logs = defineLogs({
  directory,
  root: { console: false },
  loggers: { shop: { file: 'shop.log', console: false }, requests: { console: false } },
})
const spoor = createSpoor({ service: 'shop', logs, tracking: { mode: 'all' }, inspector: { authorize: () => 'all' } })
const log = logs.get('shop')
const accounts = ['acme', 'globex', 'initech', 'hooli']
let count = 0

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** 2,000 slices, 500 queries and 1,000 lines; the record keeps what its bounds allow. */
async function story() {
  for (let at = 0; at < 1_000; at++) {
    log.info({ at }, 'a line of the large request')
    await turn()
    for (const end = performance.now() + 0.1; performance.now() < end; );
    await turn()
    if (at % 2 === 0) await spoor.follow({ system: 'postgresql', summary: `SELECT table_${at % 20}` }, turn)
  }
}

const handler = async (request, response) => {
  if (request.url === '/cpu') return response.end(JSON.stringify(process.cpuUsage()))
  if (request.url === '/story') await story()
  else log.info('handled')
  response.end('ok')
}

const account = (request) =>
  request.headers.authorization === undefined
    ? { account: accounts[count++ % accounts.length] }
    : { user: 'operator', roles: ['operator'] }

const server = createServer(spoorNode(spoor, { account, handler, inspector: '/_spoor' }))
spoor.attach(server)
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.once('SIGTERM', async () => {
  server.closeAllConnections()
  server.close()
  await spoor.close()
  await logs.close()
  process.exit(0)
})
