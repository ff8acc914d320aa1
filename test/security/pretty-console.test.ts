// What a caller sends must not forge an entry, or move the cursor, on the console of a person.
import { expect, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { runProgram } from '../programs/program.js'

const source = `
  import http from 'node:http'
  import { createSpoor, defineLogs } from 'spoor'
  import { spoorNode } from 'spoor/adapters/node/node.js'
  const logs = defineLogs({
    directory: process.env.LOGS,
    loggers: { app: { console: 'pretty' }, requests: { console: 'pretty' } },
    root: { console: 'pretty' },
  })
  const spoor = createSpoor({ service: 's', logs })
  const server = http.createServer(spoorNode(spoor, {
    account: (req) => ({ account: JSON.parse(req.headers['x-account']) }),
    handler: (req) => {
      const said = JSON.parse(req.headers['x-said'])
      logs.get('app').info({ [said]: said, nested: [{ said }] }, said)
      throw Object.assign(new TypeError(said, { cause: new AggregateError([new Error(said)], said) }), { code: said, [said]: said })
    },
  }))
  spoor.attach(server)
  server.listen(0, '127.0.0.1', async () => {
    const { port } = server.address()
    for (const said of JSON.parse(process.env.SAID)) {
      const text = JSON.stringify(said).replace(/[^ -~]/g, (one) => '\\\\u' + one.charCodeAt(0).toString(16).padStart(4, '0'))
      const path = '/' + encodeURIComponent(said.toWellFormed?.() ?? 'x')
      await (await fetch('http://127.0.0.1:' + port + path, { headers: { 'x-said': text, 'x-account': text } })).text()
    }
    server.close()
  })
`

const entry = '12:01:02.123 ERROR root  forged  victim …1a2b3c4d'
const breaks = [
  '\n',
  '\r\n',
  '\r',
  '\u2028',
  '\u0085',
  '\v',
  '\u001b[2J\u001b[H',
  '\u009b1A',
  '\b\b',
  '\u202e',
  '\n    at ',
]
const said = breaks.flatMap((one) => [`${one}${entry}`, `x${one}${entry}${one}${entry}`])

test('no text of a caller makes a row that begins like an entry, or a control character', async () => {
  const { stdout, stderr, code } = await runProgram(source, {
    env: { LOGS: temporaryFolder(), SAID: JSON.stringify(said), NO_COLOR: undefined, FORCE_COLOR: '1' },
  })
  expect([code, stderr]).toEqual([0, ''])
  const rows = stdout
    .replaceAll(/\u001b\[\d[\d;]*m/g, '')
    .split('\n')
    .slice(0, -1)
  expect(rows.filter((row) => /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/.test(row))).toEqual([])
  // Of each request: the line of the service, the failure, and the row of the request.
  const entries = rows.filter((row) => /^\S/.test(row))
  expect(entries).toHaveLength(said.length * 3)
  expect(entries.filter((row) => !/^\d\d:\d\d:\d\d\.\d{3} (?:INFO |ERROR| {5}) /.test(row))).toEqual([])
  expect(rows.filter((row) => /^\s*12:01:02/.test(row))).toEqual([])
})
