// Requests that succeed: plain, measured, with queries and calls, and those that hold others up.

const tokens = ['acme-admin', 'acme-user', 'globex-developer', 'globex-user', undefined]
const measured = { 'x-debug-resource-tracking': 'true' }

/** Short work of every account in turn. */
export function plain(clients) {
  let n = 0
  return () => clients.ask('plain', 'GET', '/api/v1/work?waitMs=20&chunks=2', { token: tokens[n++ % tokens.length] })
}

/** Work whose cost the response tells. */
export function tracked(clients) {
  let n = 0
  return () => {
    const path = `/api/v1/work?cpuMs=${n++ % 5}&waitMs=10&allocKb=256&chunks=3`
    return clients.ask('tracked', 'GET', path, { token: 'acme-admin', headers: measured })
  }
}

/** Lists by a call to the site, and by a query for each post. */
export function posts(clients) {
  let n = 0
  return () => {
    const path = n++ % 3 === 0 ? '/api/v1/posts?naive=1' : '/api/v1/posts'
    return clients.ask('posts', 'GET', path, { token: n % 2 === 0 ? 'acme-user' : 'globex-user' })
  }
}

/** Uses the CPU for long, so that others wait. */
export function exports(clients) {
  return () => clients.ask('export', 'POST', '/api/v1/export?ms=100', { token: 'globex-user' })
}
