// The traffic that the pictures show: four kinds of slow requests among ordinary ones.
import { setTimeout as sleep } from 'node:timers/promises'

const measured = { 'x-debug-resource-tracking': 'true' }

/** @param {{ body?: object, headers?: Record<string, string> }} more */
async function send(url, method, path, user, more = {}) {
  const { body, headers } = more
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${user}`, ...(body && { 'content-type': 'application/json' }), ...headers },
    body: body && JSON.stringify(body),
  }).catch(() => undefined)
  await response?.arrayBuffer()
  return response
}

const post = (title) => ({ body: { title, content: 'Twelve new pieces.' } })

/** Sends requests of both accounts until the time is over; most are measured, as those of admins and developers may be. */
export async function makeTraffic(url, ms) {
  const until = performance.now() + ms
  const loop = async (everyMs, run) => {
    for (let turn = 0; performance.now() < until; turn++) {
      await run(turn)
      await sleep(everyMs * (0.5 + Math.random()))
    }
  }
  const ask = (method, path, user, more) => send(url, method, path, user, more)
  await Promise.all([
    loop(120, () => ask('GET', '/api/v1/posts', 'acme-admin', { headers: measured })),
    loop(200, () => ask('GET', '/api/v1/posts', 'globex-user')),
    loop(900, (turn) =>
      ask('POST', '/api/v1/publish', 'acme-admin', { ...post(`Autumn range ${turn}`), headers: measured }),
    ),
    loop(1_500, (turn) => ask('POST', '/api/v1/publish', 'globex-user', post(`Report ${turn}`))),
    loop(700, () => ask('GET', '/api/v1/posts?naive=1', 'acme-admin', { headers: measured })),
    loop(300, () => ask('GET', '/api/v1/work?cpuMs=8&waitMs=40', 'acme-admin', { headers: measured })),
    loop(3_000, () => ask('POST', '/api/v1/export?ms=400', 'globex-developer', { headers: measured })),
    loop(11_000, () =>
      ask('POST', '/api/v1/publish', 'acme-admin', { ...post('[slow] The site takes its time'), headers: measured }),
    ),
    loop(16_000, () => ask('POST', '/api/v1/publish?later=1', 'acme-admin', post('[broken] The site refuses it'))),
    loop(14_000, () => ask('GET', '/api/v1/fail?how=throw', 'globex-user')),
  ])
}

/** One request with every kind of time: it leaves a job, waits for a slow site, and globex exports meanwhile. */
export async function measuredStory(url) {
  const story = send(url, 'POST', '/api/v1/publish', 'acme-admin', {
    ...post('[slow] The autumn range is here'),
    headers: measured,
  })
  await sleep(450)
  const other = send(url, 'POST', '/api/v1/export?ms=450', 'globex-developer', { headers: measured })
  const unmeasured = await send(url, 'POST', '/api/v1/publish', 'acme-user', post('The autumn range is here'))
  const response = await story
  await other
  await sleep(1_500)
  return { measured: idOf(response), unmeasured: idOf(unmeasured) }
}

function idOf(response) {
  const id = response?.headers.get('x-request-id')
  if (!id) throw new Error('the request of the picture was not answered')
  return id
}
