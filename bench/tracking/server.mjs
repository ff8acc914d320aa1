// One server of one stack in a process of its own: node server.mjs NAME DIRECTORY. Tells its port; answers `cpu` with
// what it has used, `books` with where its thread's CPU went, `errors` with the requests whose true cost is known;
// ends on `stop`.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import express from 'express'
import { joinEngine } from '../../dist.inside/usage/engine.js'
import { burned, mount } from './endpoints.mjs'
import { stacks } from './stacks.mjs'

const [name, directory] = process.argv.slice(2)
const app = express()
app.disable('x-powered-by')
const close = await stacks[name](app, directory, mount)
const server = createServer(app)
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

const answers = {
  cpu: () => {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  books: () => {
    const { engine, leave } = joinEngine({ memory: false, fs: false })
    const books = engine.books()
    leave()
    return books
  },
  errors: () => {
    const lines = readFileSync(join(directory, 'requests.jsonl'), 'utf8').split('\n').filter(Boolean)
    const known = lines.map(JSON.parse).flatMap(({ id, kind, cpu }) => {
      const own = kind === 'request' ? burned.get(id) : undefined
      return own ? [{ ...own, charged: cpu.ms }] : []
    })
    burned.clear()
    return known
  },
}

process.on('message', async (message) => {
  if (message !== 'stop') return process.send(answers[message]())
  server.close()
  server.closeAllConnections()
  await close()
  process.exit(0)
})
