// Sends requests at a rate, whether the server answers in time or not, while fewer than 200 are open.
import { Agent, get } from 'node:http'

const mostOpen = 200

/** @returns `stop`, which resolves with what became of each request: `id`, `status` (0 without an answer), `ms`, `at` */
export function steadily(server, perSecond) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const answers = []
  const open = new Set()
  const since = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - since) * perSecond) / 1_000)
    for (; sent < due; sent++) {
      if (open.size >= mostOpen) continue
      const asked = ask(server, agent).then((answer) => answers.push(answer))
      open.add(asked)
      void asked.then(() => open.delete(asked))
    }
  }, 5)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(open)
      agent.destroy()
      return answers
    },
  }
}

function ask({ port }, agent) {
  const at = performance.now()
  return new Promise((resolve) => {
    const tell = (status, id) => resolve({ id, status, at, ms: performance.now() - at })
    const request = get({ host: '127.0.0.1', port, path: '/posts/7', agent }, (response) => {
      response.resume()
      response.once('end', () => tell(response.statusCode, response.headers['x-request-id']))
      response.once('error', () => tell(0))
    })
    request.once('error', () => tell(0))
  })
}
