// Serves ClickHouse's engine (chdb) over ClickHouse's HTTP protocol on loopback, so that clients talk to it as to a server:
//   node server.mjs DIRECTORY [PORT] [USER] [PASSWORD]
// Prints `listening PORT`. Ends with a signal; a kill at any time leaves a directory that a new process can open.
// Covers what tests need: queries, `param_NAME`, settings, inserts of any format with the rows in the body, gzip of bodies,
// /ping, errors with ClickHouse's texts and headers. Names of tables must include their database.
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { Engine } from './engine.mjs'

const [directory, port = '0', user = 'default', password = ''] = process.argv.slice(2)
if (directory === undefined) {
  console.error('usage: node server.mjs DIRECTORY [PORT] [USER] [PASSWORD]')
  process.exit(2)
}
const engine = new Engine(directory)

// Parameters of the protocol, which are not settings of a query.
const ofProtocol = new Set([
  'query',
  'query_id',
  'database',
  'user',
  'password',
  'session_id',
  'session_timeout',
  'default_format',
  'enable_http_compression',
  'wait_end_of_query',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'role',
])

const server = createServer((request, response) => {
  answer(request).then(
    ({ status = 200, headers = {}, body }) => response.writeHead(status, headers).end(body),
    (error) => refuse(response, error),
  )
})
server.keepAliveTimeout = 10_000
server.listen(Number(port), '127.0.0.1', () => console.log(`listening ${server.address().port}`))

async function answer(request) {
  const url = new URL(request.url, 'http://localhost')
  if (url.pathname === '/ping') return { body: 'Ok.\n' }
  checkPassword(request, url.searchParams)
  const body = await bodyOf(request)
  const { sql, rows } = statement(url.searchParams.get('query') ?? '', body)
  const [params, settings] = [{}, {}]
  for (const [name, value] of url.searchParams) {
    if (name.startsWith('param_')) params[name.slice('param_'.length)] = value
    else if (!ofProtocol.has(name)) settings[name] = value
  }
  const started = performance.now()
  const format = url.searchParams.get('default_format') ?? 'TabSeparated'
  const answered = await engine.run({ sql, rows, params, settings, format })
  const summary = {
    read_rows: String(answered.rowsRead ?? 0),
    read_bytes: '0',
    written_rows: String(answered.rowsWritten ?? 0),
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: '0',
    elapsed_ns: String(Math.round((performance.now() - started) * 1e6)),
  }
  const headers = {
    'X-ClickHouse-Query-Id': url.searchParams.get('query_id') ?? '',
    'X-ClickHouse-Summary': JSON.stringify(summary),
  }
  return { headers, body: answered.bytes }
}

/** In an insert the body has the rows; a query may stand in the parameter, in the body, or in both, one after the other. */
function statement(inUrl, body) {
  if (/^\s*insert\b/i.test(inUrl)) return { sql: inUrl, rows: body }
  const text = inUrl === '' ? body.toString() : `${inUrl}\n${body.toString()}`
  return { sql: text.trim().replace(/;$/, ''), rows: undefined }
}

async function bodyOf(request) {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  const bytes = Buffer.concat(pieces)
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
}

function checkPassword({ headers }, params) {
  const [kind, encoded = ''] = (headers.authorization ?? '').split(' ')
  const [basicUser, ...rest] = kind === 'Basic' ? Buffer.from(encoded, 'base64').toString().split(':') : []
  const givenUser = basicUser ?? headers['x-clickhouse-user'] ?? params.get('user') ?? 'default'
  const given = basicUser === undefined ? (headers['x-clickhouse-key'] ?? params.get('password') ?? '') : rest.join(':')
  if (givenUser === user && given === password) return
  throw new Error(
    `Code: 516. DB::Exception: ${givenUser}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`,
  )
}

function refuse(response, error) {
  const text = error instanceof Error ? error.message : String(error)
  const code = /Code: (\d+)/.exec(text)?.[1] ?? '1002'
  const statuses = { 516: 403, 60: 404, 81: 404, 62: 400, 47: 400, 456: 400, 457: 400 }
  const headers = { 'X-ClickHouse-Exception-Code': code, 'Content-Type': 'text/plain; charset=UTF-8' }
  response.writeHead(statuses[code] ?? 500, headers).end(`${text} (version 26.7.2.1 (chdb))\n`)
}
