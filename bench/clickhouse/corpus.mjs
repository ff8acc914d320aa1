// The lines of the benchmark: 5 of a request and its request line, 50 accounts, 3 loggers, spread over some hours. One request in three
// has a trace of its caller. Every request line has fields that the service added.

/** The accounts of the corpus are `account-0` to `account-49`. */
export const accounts = 50
/** `account-quiet` has one request of so many. */
const quietEvery = 20_000
const batchBytes = 4 * 2 ** 20

/** Inserts lines as the handler does. @returns the ids of the requests */
export async function insertLines(client, database, { lines, minutes }) {
  const ids = []
  const requests = Math.floor(lines / 6)
  const began = Date.now() - minutes * 60_000
  const everyMs = (minutes * 60_000) / requests
  let text = ''
  for (let request = 0, batch = 0; request < requests; request++) {
    text += linesOfRequest(request, Math.floor(began + request * everyMs), ids)
    if (text.length < batchBytes && request < requests - 1) continue
    const values = [{ service: 'shop', host: 'web-1', pid: '7', batch: `bench-${batch++}`, lines: text }]
    await client.insert({ table: `${database}.spoor_lines`, values, format: 'JSONEachRow' })
    text = ''
    process.stderr.write(`\r${request * 6} lines`)
  }
  process.stderr.write('\r')
  return ids
}

function linesOfRequest(request, at, ids) {
  const hex = at.toString(16).padStart(12, '0')
  const end = `${(request % 65_536).toString(16).padStart(4, '0')}${request.toString(16).padStart(8, '0')}`
  const requestId = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${end}`
  const traceId = request % 3 === 0 ? `4bf92f3577b34da6${request.toString(16).padStart(16, '0')}` : undefined
  ids.push(requestId)
  const owner = request % quietEvery === 0 ? 'account-quiet' : `account-${request % accounts}`
  const line = (ms, level, logger, message, fields) => {
    const head = { time: new Date(at + ms).toISOString(), level, logger, requestId, traceId, account: owner }
    return `${JSON.stringify({ ...head, ...fields, message })}\n`
  }
  let text = ''
  for (let step = 0; step < 5; step++) {
    const logger = step === 4 && request % 10 === 0 ? 'mail' : 'shop'
    const level = step === 3 && request % 100 === 0 ? 'error' : 'info'
    text += line(step, level, logger, `step ${step} of order ${request}`, {
      orderId: `o-${request}`,
      step,
      items: [1, 2],
    })
  }
  const record = {
    kind: 'request',
    id: requestId,
    method: 'GET',
    route: `/orders/${request % 20}/:id`,
    path: `/orders/${request}`,
    status: request % 100 === 0 ? 500 : 200,
    service: 'shop',
    instance: 'web-1:7',
    pid: 7,
    startedAt: new Date(at).toISOString(),
    durationMs: 12,
    logs: { lines: 5, warnings: 0, errors: request % 100 === 0 ? 1 : 0 },
    io: { client: { readBytes: 200, writtenBytes: 900 } },
    fields: { basket: `b-${request}`, plan: request % 2 === 0 ? 'gold' : 'silver' },
  }
  return text + line(12, 'info', 'requests', `GET /orders/${request} 200 12 ms`, record)
}
