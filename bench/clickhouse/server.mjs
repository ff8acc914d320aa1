// A service of bench:clickhouse --only requests, in a process of its own: node server.mjs file|clickhouse|nowhere DIRECTORY. Three lines and
// the request line of each request go to files, or to the server of BENCH_CLICKHOUSE_URL. Tells its port, answers `cpu` with what it
// has used so far, ends on `stop`.
import { createServer } from 'node:http'
import { clickhouseLines } from '../../dist/clickhouse.js'
import { createSpoor, defineLogs } from '../../dist/index.js'
import { spoorNode } from '../../dist/node.js'
import { threeLines } from '../http/common.mjs'
import { answer } from '../load/answer.mjs'
import { createClient } from './engine.mjs'

const [name, directory] = process.argv.slice(2)
const url = process.env.BENCH_CLICKHOUSE_URL
const client = name === 'clickhouse' ? createClient({ url }) : undefined
const handlers = client && [clickhouseLines({ client, spill: false })]
const to = (file) => ({
  console: false,
  ...(name === 'file' && { file, format: 'json' }),
  ...(handlers && { handlers }),
})
const logs = defineLogs({
  directory,
  files: name === 'file',
  root: { console: false },
  loggers: { app: to('app.log'), requests: to('requests.jsonl') },
})
const logger = logs.get('app')
const spoor = createSpoor({ service: 'bench', logs })
const server = createServer(
  spoorNode(spoor, {
    account: () => ({ account: 'acme', user: 'mara' }),
    handler: (_, response) => {
      threeLines((fields, message) => logger.info(fields, message))
      response.end('{"ok":true}')
    },
  }),
)
spoor.attach(server)
answer(server, async () => {
  await spoor.close()
  await logs.close()
  await client?.close()
})
