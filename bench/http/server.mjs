// One server of one stack in a process of its own: node server.mjs NAME DIRECTORY. Tells its port, answers `cpu` with
// what it has used so far, ends on `stop`.
import { createServer } from 'node:http'
import express from 'express'
import { stacks } from './stacks.mjs'

const [name, directory] = process.argv.slice(2)
const app = express()
app.disable('x-powered-by')
const server = createServer(app)
const close = await stacks[name](app, directory, server)
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

process.on('message', async (message) => {
  if (message === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send(user + system)
    return
  }
  server.close()
  server.closeAllConnections()
  await close()
  process.exit(0)
})
