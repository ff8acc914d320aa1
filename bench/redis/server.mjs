// A service of bench:redis in a process of its own: node server.mjs RECORDS/MODE DIRECTORY. Tells its port, answers `cpu` with
// what it has used so far, ends on `stop`. The Redis is the one of BENCH_REDIS_URL.
import { createServer } from 'node:http'
import express from 'express'
import { spoorExpress } from '../../dist/express.js'
import { createSpoor, defineLogs } from '../../dist/index.js'
import { redisRecords } from '../../dist/redis.js'
import { threeLines } from '../http/common.mjs'
import { answer } from '../load/answer.mjs'
import { connect } from './clients.mjs'

const [name, directory] = process.argv.slice(2)
const [records, mode] = name.split('/')

const connection = records === 'memory' ? undefined : await connect(records)
const file = { file: 'app.log', console: false }
const logs = defineLogs({ directory, root: file, loggers: { app: file, requests: { console: false } } })
const logger = logs.get('app')
const spoor = createSpoor({
  service: 'bench',
  logs,
  tracking: { mode },
  ...(connection && { records: redisRecords({ client: connection.client }) }),
  inspector: { authorize: () => 'all' },
})

const app = express()
app.disable('x-powered-by')
const server = createServer(app)
spoor.attach(server)
const s = await spoorExpress(spoor, { account: () => ({ account: 'acme', user: 'mara', roles: ['admin'] }) })
app.use('/_spoor', s.inspector)
app.use(s)
app.get('/posts/:id', (request, response) => {
  threeLines((fields, message) => logger.info(fields, message))
  response.json({ id: request.params.id, ok: true })
})
// Open until its caller goes away.
app.get('/open/:id', () => {})
app.use(s.errors)
answer(server, async () => {
  await spoor.close()
  connection?.close()
  await logs.close()
})
