// One run of the console in a process of its own: writes LINES lines to standard output, and what they cost to standard error.
// node console-writer.mjs terminal|narrow|stream fields|error verbose|pretty LINES
import { tmpdir } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'

const [output, what, format, count] = process.argv.slice(2)
if (output !== 'stream') {
  Object.defineProperty(process.stdout, 'isTTY', { value: true })
  Object.defineProperty(process.stdout, 'columns', { value: output === 'narrow' ? 60 : 120 })
}
process.env.TERM = 'xterm'
delete process.env.NO_COLOR
delete process.env.FORCE_COLOR

const { createSpoor, defineLogs } = await import('../../dist/index.js')
const logs = defineLogs({
  directory: tmpdir(),
  loggers: { app: { console: format }, requests: { console: false } },
})
const { run } = createSpoor({ service: 'bench', logs })
const log = logs.get('app')
const error = new TypeError('no title', { cause: new Error('connect ECONNREFUSED 127.0.0.1:5432') })
const write =
  what === 'error'
    ? () => log.error({ error, postId: 8841 }, 'publishing failed')
    : (at) => log.info({ seq: at, postId: 8841, site: 'blog.acme.example', ok: true }, 'post created on the site')

const lines = Number(count)
// Compiled before it is measured.
await writeLines(Math.min(lines, 20_000))
const before = process.cpuUsage()
await writeLines(lines)
const { user, system } = process.cpuUsage(before)
await logs.close()
process.stderr.write(JSON.stringify({ cpuMs: (user + system) / 1000 }))

async function writeLines(total) {
  for (let at = 0; at < total; at += 10) {
    const requestId = `01a20cbd-6426-707a-a1ab-${String(at).padStart(12, '0')}`
    run({ requestId, account: 'acme' }, () => {
      for (let own = at; own < at + 10; own++) write(own)
    })
    if (at % 100 === 0) await turn()
  }
}
