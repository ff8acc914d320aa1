// A client in a process of its own, so that it runs on while the server is blocked. Receives a list of requests, sends each
// `afterMs` after the first, and answers with the times at which it sent them: ms of the system's monotonic clock.
import { Agent, request } from 'node:http'

const agents = new Map()

/** Requests of one `connection` follow each other on it; without one, each has a fresh connection. */
function agentOf(connection) {
  if (connection === undefined) return new Agent()
  if (!agents.has(connection)) agents.set(connection, new Agent({ keepAlive: true, maxSockets: 1 }))
  return agents.get(connection)
}

function send(port, { path, connection }) {
  return new Promise((resolve) => {
    const sentAt = Number(process.hrtime.bigint()) / 1e6
    const done = (status) => resolve({ path, status, sentAt })
    const asked = request({ port, path, agent: agentOf(connection) }, (response) => {
      response.resume().on('end', () => done(response.statusCode))
    })
    asked.on('error', (error) => done(String(error))).end()
  })
}

const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Sends one list of requests for each connection, one request after the other. */
async function inOrder(port, list) {
  const sent = []
  for (const one of list) sent.push(await send(port, one))
  return sent
}

process.on('message', async ({ port, requests, lists }) => {
  const sent = requests?.map(async (one) => {
    await after(one.afterMs ?? 0)
    return send(port, one)
  })
  const answers = await Promise.all(sent ?? lists.map((list) => inOrder(port, list)))
  process.send(answers.flat())
})
process.send('ready')
