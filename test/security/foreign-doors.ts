/** How a request is written on the wire. */
export interface Shape {
  readonly version: string
  /** The request target for a path. */
  target(path: string): string
  readonly headers: Readonly<Record<string, string>>
}

export const methods: readonly string[] = [
  ...['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'COPY', 'MOVE', 'REPORT'],
  ...['SEARCH', 'LINK', 'PURGE', 'M-SEARCH', 'get', 'Get', 'GETT', 'G\u0000ET', '*', 'PRI'],
]

/** Forms of a request: old versions, absolute and strange targets, bodies. */
export const shapes: readonly Shape[] = [
  { version: '1.0', target: (path) => path, headers: {} },
  { version: '0.9', target: (path) => path, headers: {} },
  { version: '2.0', target: (path) => path, headers: {} },
  { version: '1.1', target: (path) => `http://service.test${path}`, headers: {} },
  { version: '1.1', target: (path) => `https://service.test:443${path}`, headers: {} },
  { version: '1.1', target: (path) => `http://globex.test${path}`, headers: {} },
  { version: '1.1', target: (path) => `http://operator@service.test${path}`, headers: {} },
  { version: '1.1', target: (path) => `//service.test${path}`, headers: {} },
  { version: '1.1', target: (path) => `/x/..${path}`, headers: {} },
  { version: '1.1', target: (path) => `*${path}`, headers: {} },
  { version: '1.1', target: (path) => path, headers: { 'Transfer-Encoding': 'identity' } },
  { version: '1.1', target: (path) => path, headers: { 'Content-Length': '0' } },
  { version: '1.1', target: (path) => path, headers: { Expect: '200-ok' } },
  { version: '1.1', target: (path) => path, headers: { Upgrade: 'h2c', Connection: 'Upgrade, close' } },
]

/** Headers that change who asks, what is asked for, or how much of it, where a server believes them. */
export function headersOf(port: number): Record<string, string>[] {
  return [
    { 'If-None-Match': '*' },
    { 'If-None-Match': 'W/"1"' },
    { 'If-Match': '*' },
    { 'If-Modified-Since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    { 'If-Unmodified-Since': 'Thu, 01 Jan 2099 00:00:00 GMT' },
    { Range: 'bytes=0-' },
    { Range: 'bytes=0-0,-1' },
    { 'If-Range': '"1"', Range: 'bytes=0-100' },
    { 'Accept-Encoding': 'gzip, br, deflate, zstd' },
    { TE: 'trailers, deflate' },
    { Accept: 'text/html' },
    { 'X-HTTP-Method-Override': 'GET' },
    { 'X-Original-URL': '/_spoor/api/health' },
    { 'X-Rewrite-URL': '/_spoor/api/requests?account=globex' },
    { 'X-Account': 'globex' },
    { 'X-Tenant': 'globex' },
    { 'X-Roles': 'operator' },
    { 'X-Forwarded-For': '127.0.0.1' },
    { 'X-Forwarded-Host': 'globex.test' },
    { 'X-Forwarded-User': 'globex' },
    { Forwarded: 'for=127.0.0.1;host=globex.test' },
    { Authorization: 'Bearer globex' },
    { Cookie: 'account=globex; user=operator' },
    { 'x-who': 'globex' },
    { 'X-WHO ': 'operator' },
    { 'X-Debug-Resource-Tracking': 'true' },
    { 'X-Request-ID': 'attack-1' },
    { Origin: `http://127.0.0.1:${port}` },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'same-origin' },
    { Host: 'SERVICE.TEST:1' },
    { Host: 'localhost' },
    { ':authority': 'service.test' },
    { 'Cache-Control': 'only-if-cached' },
    { __proto__x: 'operator', constructor: 'operator' },
  ]
}

const everyByte = (text: string): string => [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')

/** Ways to name an id in a path below the mount, honest ones and tricks. */
export function pathsTo(id: string, ownId: string): string[] {
  const [first = '', ...rest] = id
  return [
    `/api/requests/${id}`,
    `/api/requests/${everyByte(id)}`,
    `/api/requests/${everyByte(everyByte(id)).slice(0, 500)}`,
    `/api/requests/${everyByte(first)}${rest.join('')}`,
    `/api/requests/${id.toUpperCase()}`,
    `/api/requests/${id}/`,
    `/api/requests/${id}/logs`,
    `/api/requests/${id}?`,
    `/api/requests/${id}?account=globex`,
    `/api/requests/${id}?account=acme`,
    `/api/requests/${id}?__proto__[account]=globex`,
    `/api/requests/${id}#${ownId}`,
    `/api/requests/${ownId}/../${id}`,
    `/api/requests/${ownId}%2f..%2f${id}`,
    `/api/requests/${ownId}%2F%2E%2E%2F${id}`,
    `/api/requests/${ownId}%00${id}`,
    `/api/requests/${ownId},${id}`,
    `/api/requests/${ownId};id=${id}`,
    `/api/requests/${ownId}%0a${id}`,
    `/api/requests/${ownId}+${id}`,
    `/api/requests/${ownId}%20${id}`,
    `/api/requests/${id}%00`,
    `/api/requests/${id};x`,
    `/api/requests/${id}.json`,
    `/api/requests/${id}%2f`,
    `/api/requests/%2e%2f${id}`,
    `/api/requests/./${id}`,
    `/api/requests//${id}`,
    `//api//requests//${id}`,
    `/api/../api/requests/${id}`,
    `/./api/requests/${id}`,
    `/api%2frequests%2f${id}`,
    `/api/requests%2f${id}`,
    `/%61pi/requests/${id}`,
    `/API/requests/${id}`,
    `/api/Requests/${id}`,
    `/api\\requests\\${id}`,
    `/api/requests/*`,
    `/api/requests/${id.slice(0, 8)}*`,
    `/api/requests/${id.slice(0, 8)}`,
    `/api/requests/"${id}"`,
    `/api/requests/%22${id}%22`,
    `/api/requests/[${id}]`,
    `/api/requests/${id}${'/..'.repeat(20)}/api/requests/${id}`,
    `/api/live-requests/${id}`,
    `/api/live-requests?id=${id}`,
    `/api/books/${id}`,
    `/api/health/${id}`,
    `/api/logs?requestId=${id}`,
    `/api/jobs/${id}`,
    `/api/accounts/globex`,
    `/${id}`,
    `/_spoor/api/requests/${id}`,
    `/api/requests/__proto__`,
    `/api/__proto__/${id}`,
    `/__proto__/requests/${id}`,
    `/api/constructor/${id}`,
  ]
}

interface Pair {
  readonly foreign: string
  readonly unknown: string
}

/** Queries for lists with something foreign in them, each with its twin of something unknown. */
export function listQueries(ids: readonly string[]): Pair[] {
  const pair = (make: (value: string) => string, foreign: string, unknown: string): Pair => ({
    foreign: make(foreign),
    unknown: make(unknown),
  })
  const account = (make: (value: string) => string): Pair => pair(make, 'globex', 'nobody')
  return [
    account((value) => `account=${value}`),
    account((value) => `account=${value}&account=acme`),
    account((value) => `account=acme&account=${value}`),
    account((value) => `account[]=${value}&account[]=acme`),
    account((value) => `account=acme,${value}`),
    account((value) => `account=acme%00${value}`),
    account((value) => `account=${value}%00acme`),
    account((value) => `account=${value}%20`),
    account((value) => `account=%20${value}`),
    account((value) => `account=${value.toUpperCase()}`),
    account((value) => `account=acme%26account=${value}`),
    account((value) => `account=acme;account=${value}`),
    account((value) => `Account=${value}`),
    account((value) => `%61ccount=${value}`),
    account((value) => `account%00=${value}`),
    account((value) => `__proto__[account]=${value}`),
    account((value) => `__proto__.account=${value}`),
    account((value) => `__proto__=${value}`),
    account((value) => `constructor[prototype][account]=${value}`),
    account((value) => `scope=${value}`),
    account((value) => `isEmpty=false&account=${value}`),
    account((value) => `account=${value}&kind=job`),
    account((value) => `account=${value}&status=5xx`),
    account((value) => `account=${value}&minMs=0&minCpuMs=0`),
    account((value) => `account=${value}&mostly=cpu`),
    account((value) => `account=${value}&limit=200&from=0`),
    pair((value) => `user=${value}`, 'canary-gus', 'nobody-gus'),
    pair((value) => `user=${value}&account=acme`, 'canary-gus', 'nobody-gus'),
    pair((value) => `route=${value}`, '/canary/record', '/nobody/record'),
    pair((value) => `errorCode=${value}`, 'canary', 'nobody'),
    pair((value) => `text=${value}`, 'canary', 'nobody'),
    pair((value) => `text=${value}&measured=false`, 'globex', 'nobody'),
    ...ids.flatMap((id) => {
      const unknown = `${id.slice(0, -3)}zzz`
      return [
        pair((value) => `parentId=${value}`, id, unknown),
        pair((value) => `requestId=${value}`, id, unknown),
        pair((value) => `id=${value}`, id, unknown),
        pair((value) => `before=${value}`, id, unknown),
        pair((value) => `before=${cursor(value)}`, id, unknown),
        pair((value) => `parentId=${value}&account=globex`, id, unknown),
        pair((value) => `parentId=${value}&kind=job&limit=200`, id, unknown),
      ]
    }),
  ]
}

/** A place in time as cursors name it, at an id. */
function cursor(id: string): string {
  return Buffer.from(`2000-01-01T00:00:00.000Z ${id}`).toString('base64url')
}
