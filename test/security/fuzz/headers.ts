import { isIP } from 'node:net'
import { childContext } from '../../../src/context/carrier.js'
import { inboundSeed } from '../../../src/context/inbound.js'
import { createContext } from '../../../src/context/request-context.js'
import { isRequestId } from '../../../src/context/request-id.js'
import { childTraceparent, readTrace } from '../../../src/context/trace-context.js'
import { clientAddress } from '../../../src/http/client-address.js'
import { NodeRequestInfo } from '../../../src/http/request-info.js'
import { trustOf } from '../../../src/http/trust.js'
import { hostCheck, loopbackNames } from '../../../src/inspector/hosts.js'
import { siteCheck } from '../../../src/inspector/origins.js'
import { PlaceSeal } from '../../../src/reading/lines/place-seal.js'
import { must, type Target } from './target.js'

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const proxies = trustOf(['10.0.0.0/8', '127.0.0.1', 'fd00::/8'])
const isOurHost = hostCheck(loopbackNames)
const siteOf = siteCheck(['https://app.example'])
const seal = new PlaceSeal()

/** Headers of a caller, one a line: each must be refused, or read as its grammar says. */
export const headers: Target = {
  seeds: [
    `x-request-id: abc-1\ntraceparent: ${parent}\ntracestate: a=1,b@c=2\nx-forwarded-for: 192.0.2.7, 10.0.0.2`,
    'x-forwarded-for: [2001:db8::7]:4711, 10.1.2.3:80, unknown, ::ffff:10.0.0.1\nuser-agent: curl',
    'host: localhost:3000\norigin: https://app.example\nsec-fetch-site: same-origin\nif-none-match: W/"a", "b"',
    `carried: {"v":1,"id":"job-1","parentId":"r-1","account":"acme","name":"mail","traceparent":"${parent}","tracestate":"a=1"}`,
    'url: /_spoor/api/requests/r-1?as=markdown#x\nlast-event-id: AAAA',
    `url: /${'a'.repeat(600)}`,
  ],
  words: [
    ...[
      'x-request-id: ',
      'traceparent: ',
      'tracestate: ',
      'x-forwarded-for: ',
      'host: ',
      'origin: ',
      'sec-fetch-site: ',
    ],
    ...[
      'if-none-match: ',
      'carried: ',
      'url: ',
      'last-event-id: ',
      '\n',
      parent,
      '00-',
      '01-',
      'ff-',
      '-01',
      '-00-x',
      '0'.repeat(32),
    ],
    ...[
      'a=1',
      'a@b=2',
      ',',
      '=',
      ' ',
      '\t',
      '10.0.0.1',
      '127.0.0.1',
      '::1',
      '[',
      ']',
      '%eth0',
      ':80',
      'unknown',
      '::ffff:',
    ],
    ...[
      'localhost',
      'https://app.example',
      'http://',
      'same-origin',
      'none',
      'cross-site',
      '"',
      'W/',
      '*',
      '{"v":1',
      '"id":',
      '}',
    ],
    ...['"tracked":true', '"account":', '/', '/assets/', '?', '#', '..', '%2e', '%', '\u00ff', '\u0000', '\ud800'],
  ],
  check(text) {
    const given = new Map(text.split('\n').map((line) => splitAt(line, ': ')))
    checkIds(given)
    checkAddresses(given)
    checkCarried(given.get('carried'))
    checkPlaces(given)
  },
}

function splitAt(line: string, mark: string): [string, string] {
  const at = line.indexOf(mark)
  return at < 0 ? ['url', line] : [line.slice(0, at), line.slice(at + mark.length)]
}

type Given = ReadonlyMap<string, string>

function checkIds(given: Given): void {
  const [requestId, traceparent, tracestate] = ['x-request-id', 'traceparent', 'tracestate'].map((name) =>
    given.get(name),
  )
  for (const trusted of [true, false]) {
    const context = createContext('request', inboundSeed({ requestId, traceparent, tracestate }, trusted, 'own'))
    must(isRequestId(context.requestId), 'not a request id', context.requestId)
    must(context.clientRequestId === undefined || /^[\w.:@/+=~?-]{1,200}$/.test(context.clientRequestId), 'a raw id')
    const { trace } = context
    must(trace !== undefined && readTrace(trace.traceparent)?.traceId === trace.traceId, 'not a trace', trace)
    must(readTrace(childTraceparent(trace))?.traceId === trace.traceId, 'a call has another trace')
    const { tracestate: state = '' } = trace
    must(/^[\x20-\x7e]*$/.test(state) && state.length <= 512 && (trusted || state === ''), 'a wrong tracestate', state)
    must(trusted || trace.traceId !== readTrace(traceparent)?.traceId, 'a stranger chose the trace')
  }
}

function checkAddresses(given: Given): void {
  const forwarded = given.get('x-forwarded-for')
  for (const peer of ['10.0.0.1', '192.0.2.1', forwarded]) {
    const address = clientAddress(peer, forwarded, proxies)
    must(address === undefined || isIP(address) !== 0, 'not an address', address)
    if (peer === '192.0.2.1') must(address === peer, 'a stranger chose the address', address)
  }
}

function checkCarried(json: string | undefined): void {
  let carried: unknown = json
  try {
    carried = JSON.parse(json ?? '')
  } catch {
    // A text in place of an object.
  }
  const { context } = childContext(carried)
  must(isRequestId(context.requestId) && context.roles.length === 0, 'a carried id or role', context.requestId)
  must(context.parentId === undefined || isRequestId(context.parentId), 'a wrong parent', context.parentId)
  must((context.account ?? 'a').length <= 200 && (context.name ?? 'a').length <= 200, 'a carried text is too long')
}

function checkPlaces(given: Given): void {
  const url = given.get('url') ?? '/'
  const raw = { url, method: 'GET', headers: Object.fromEntries(given), socket: {} }
  const request = new NodeRequestInfo(raw as never, (error) => {
    throw error
  })
  must(Buffer.byteLength(request.path) <= 512, 'a long path', request.path.length)
  const [host, origin] = [given.get('host'), given.get('origin')]
  if (isOurHost(request))
    must(/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host ?? ''), 'a foreign host', host)
  const site = siteOf(request)
  if (site.kind === 'listed') must(origin === 'https://app.example', 'a foreign origin', origin)
  must(seal.open('all', given.get('last-event-id') ?? '') === undefined, 'a place of a stranger')
}
