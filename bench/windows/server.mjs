// One server in a process of its own: node server.mjs STATE DIRECTORY. Tells its port; answers `cpu` with what it has used,
// and `shares` with the share of each account in what was burned since the last `shares`, true and estimated from windows;
// ends on `stop`.
import { createServer } from 'node:http'
import express from 'express'
import { spoorExpress } from '../../dist.inside/adapters/express/express.js'
import { createSpoor, defineLogs } from '../../dist.inside/index.js'
import { Totals } from '../../dist.inside/records/totals/totals.js'
import { burned, mount } from '../tracking/endpoints.mjs'

const states = { off: { mode: 'off' }, without: { windows: false }, windows: {} }

const [state, directory] = process.argv.slice(2)
const estimated = new Map()
let windows = 0
const { addWindow } = Totals.prototype
Totals.prototype.addWindow = function (window) {
  windows++
  for (const { context, cpuMs } of window.shares) add(estimated, context.account, (cpuMs * window.forMs) / window.ms)
  addWindow.call(this, window)
}

const logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
const spoor = createSpoor({ service: 'bench', logs, tracking: states[state] })
// The account is the size of the request's work, so that the truth is known by account.
const s = spoorExpress(spoor, { account: ({ url }) => ({ account: url.split('/').pop() }) })
const app = express()
app.disable('x-powered-by')
app.use(s)
mount(app, spoor)
app.use(s.errors)
const server = createServer(app)
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

const answers = {
  cpu: () => {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  shares: () => {
    const truth = new Map()
    for (const { ms, truth: cpuMs } of burned.values()) add(truth, String(ms), cpuMs)
    const answer = { windows, truth: sharesOf(truth), estimated: sharesOf(estimated), requests: burned.size }
    burned.clear()
    estimated.clear()
    windows = 0
    return answer
  },
}

function add(to, account, ms) {
  to.set(account, (to.get(account) ?? 0) + ms)
}

function sharesOf(cpu) {
  const all = [...cpu.values()].reduce((sum, ms) => sum + ms, 0)
  return Object.fromEntries([...cpu].map(([account, ms]) => [account, ms / all]))
}

process.on('message', async (message) => {
  if (message !== 'stop') return process.send(answers[message]())
  server.close()
  server.closeAllConnections()
  await spoor.close()
  await logs.close()
  process.exit(0)
})
