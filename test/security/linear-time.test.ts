import { expect, test } from 'vitest'
import { routeOf as expressRouteOf, followRoute } from '../../src/adapters/express/express-route.js'
import { SpoorLogger } from '../../src/adapters/nest/nest-logger.js'
import { readTrace } from '../../src/context/trace-context.js'
import { quotes } from '../../src/errors/callers-error.js'
import { isHostName } from '../../src/inspector/hosts.js'
import { isKnownTag } from '../../src/inspector/page.js'
import { printed } from '../../src/logging/capture/printed-text.js'
import { defineLogs } from '../../src/logging/define-logs.js'
import type { Entry } from '../../src/logging/entry.js'
import { formatMessage } from '../../src/logging/format-message.js'
import { painted } from '../../src/logging/formatters/pretty/colours.js'
import { prettyConsole } from '../../src/logging/formatters/pretty/pretty.js'
import { parseLine } from '../../src/logging/parser.js'
import { routeOf, targetOf } from '../../src/outgoing/target.js'
import { shownName } from '../../src/reading/shown-name.js'
import { cleanFields } from '../../src/safe-values/clean-fields.js'
import { escapeJson, escapeText, unescapeText } from '../../src/safe-values/escape.js'
import { foldIds } from '../../src/safe-values/fold-ids.js'
import { requestSummary } from '../../src/safe-values/http-message.js'
import { redaction } from '../../src/safe-values/redaction.js'
import { withoutSecretSegments } from '../../src/safe-values/safe-path.js'
import { safeFields, safeText, safeValue } from '../../src/safe-values/safe-value.js'
import { cpuMsOf } from '../usage/burn.js'

const characters = 64 * 1_024
const silent = defineLogs({ files: false, loggers: {}, root: { console: false } }).root
const nest = new SpoorLogger(silent)
const longestMs = 100

const fragments = [
  ...[
    'a',
    '0',
    ' ',
    '\t',
    '\n',
    '!',
    '%',
    '=',
    ':',
    '/',
    '@',
    ',',
    '.',
    '-',
    '_',
    '"',
    '\\',
    '{',
    '<',
    'é',
    '\u202e',
    '\u001b[1;',
    '\ud800',
  ],
  ...[
    '%3a',
    '%3D',
    '%3D%22',
    '%2e%2e/',
    '%5B',
    '%22token%22%3A',
    '://',
    'a://b:c@',
    'a://b:c/',
    '?code=a&',
    '\\"',
    '\\u0041',
  ],
  ...['<a>', '<token>', '<token ', '<token><![CDATA[', 'token=', 'password: ', 'password: !', '"token":{', '"token":"'],
  ...[
    'cookie: ',
    'x-api-key: ',
    'token: x ',
    'bearer ',
    'Basic ',
    'abcd ',
    '" is not valid JSON',
    "'token' => {",
    'token="token=\'',
  ],
  ...[
    '-----BEGIN PRIVATE KEY-----',
    'eyJhbGci.',
    '_eyJaaaaa',
    'eyJaaaaa._',
    'sk-',
    'glpat-',
    'SG.aaaaaaaaaaaaaaaa',
    'AKIA',
  ],
  ...['a1', 'aB', 'a1=', 'a1token1', 'passw', ' {"logger":"a"', '[x] ', 'a@%40', '/:a(b)'],
]
const prefixes = ['', 'password: ', '/reset/?token=']
const suffixes = ['', 'x"\n']

const rules = redaction(['iban'])
const clean = cleanFields(rules, () => false)
const head = '[2026-11-24T07:26:20.123Z] [INFO] '

const terminal = prettyConsole({ paint: painted, columns: () => 80 })('a')
const shown = (own: Pick<Entry, 'message' | 'fields'>): string =>
  terminal({ time: 0, level: 'error', logger: 'a', ...own }, undefined)

const functions: Readonly<Record<string, (text: string) => unknown>> = {
  'a message is redacted': (text) => safeText(text, rules),
  'a text that was cut is redacted': (text) => rules.text(text, true),
  'an error is redacted': (text) => safeFields({ error: new Error(text) }, rules),
  'a member is named by a caller': (text) => safeValue({ [text]: 1 }, rules),
  'fields are looked at': (text) => clean({ a: text, [text.slice(0, 200)]: text.slice(0, 200) }),
  'tokens are taken out of a path': (text) => withoutSecretSegments(text),
  'a path becomes a route': (text) => [foldIds(text), routeOf(text)],
  'a target is read': (text) => [targetOf('GET', 'http://a.example', text), targetOf('GET', text, '/')],
  'a request is summed up': (text) => requestSummary({ method: 'GET', url: text, headers: { host: text } }),
  'a message is filled': (text) => formatMessage(text, [text.slice(0, 1_000)], rules),
  'a console line is captured': (text) => [printed([text, text.slice(0, 1_000)], silent), printed([{ text }], silent)],
  'text is escaped and read back': (text) => [unescapeText(escapeText(text)), unescapeText(text), escapeJson(text)],
  'a line is parsed': (text) => [parseLine(text), parseLine(`${head}${text} {"logger":"a"}`)],
  'a name is shown': (text) => shownName(text),
  'a host is checked': (text) => isHostName(text),
  'traceparent is read': (text) => readTrace(text),
  'the tags of a page are compared': (text) => isKnownTag(`"a${text}b"`, '"tag"'),
  'a stack is looked for in what Nest logs': (text) => nest.error('failed', `x${text}x`),
  'a message is shown on a terminal': (text) => shown({ message: text, fields: {} }),
  'a field is shown on a terminal': (text) => shown({ message: '', fields: { [text.slice(0, 100)]: text } }),
  'an error is shown on a terminal': (text) =>
    shown({ message: '', fields: { error: { type: 'Error', message: text, stack: `x ${text}` } } }),
}

const texts = fragments.flatMap((fragment) => {
  const middle = fragment.repeat(Math.ceil(characters / fragment.length)).slice(0, characters)
  return prefixes.flatMap((prefix) => suffixes.map((suffix) => prefix + middle + suffix))
})

test.each(Object.entries(functions))('%s in at most 100 ms of CPU, whatever 64 KB a caller sends', (_, fn) => {
  let [worst, worstMs] = ['', 0]
  for (const text of texts) {
    const ms = cpuMsOf(() => fn(text))
    if (ms > worstMs) [worst, worstMs] = [text, ms]
  }
  // A collection of garbage, or the compiler, may have been at work: the worst text has a second and a third chance.
  if (worstMs > longestMs)
    worstMs = Math.min(
      cpuMsOf(() => fn(worst)),
      cpuMsOf(() => fn(worst)),
    )
  expect(worstMs, `of ${JSON.stringify(worst.slice(0, 60))}`).toBeLessThan(longestMs)
})

/** At most `ms` of CPU, in the best of three runs. */
function expectWithin(ms: number, fn: () => unknown): void {
  expect(Math.min(cpuMsOf(fn), cpuMsOf(fn), cpuMsOf(fn))).toBeLessThan(ms)
}

test('quotes with more and more backslashes, each of which ends far behind, are redacted in linear time', () => {
  let text = ''
  for (let depth = 0; text.length < characters * 2; depth++)
    for (const quote of ['"', "'", '`']) text += ` pw=${'\\'.repeat(depth)}${quote}`
  // 4 ms on a quiet machine; 240 ms where each quote is searched to its end.
  expectWithin(longestMs, () => rules.text(`${text}${'x'.repeat(characters * 2)}"'\` end`))
})

test('a statement on an error, full of escaped quotes, costs time linear in its length', () => {
  const text = "\\'".repeat(characters / 2)
  // Four members, to tell 10 ms each from 90.
  const error = Object.assign(new Error('failed'), { sql: text, query: text, detail: text, where: text })
  expectWithin(longestMs * 2, () => safeFields({ error }, rules))
})

test('many long texts of a caller are looked for in a large error in at most 100 ms', () => {
  const texts = Array.from({ length: 128 }, (_, at) =>
    `b${'a'.repeat(30)}${String.fromCharCode(200 + at)}`.padEnd(64, 'a'),
  )
  const long = 'a'.repeat(characters)
  const chain = Array.from({ length: 8 }).reduce<Error>((cause) => new Error(long, { cause }), new Error(long))
  const parts = Array.from({ length: 2_000 }, () => long)
  const knot: unknown[] = []
  for (let at = 0; at < 300; at++) knot.push(knot)
  const list = Array.from({ length: 100_000 }, (_, at) => String(at))
  for (const members of [{ parts }, { knot }, { list }, { parts, knot, list }])
    expectWithin(longestMs, () => quotes(Object.assign(new Error(long, { cause: chain }), members), texts))
})

test('the thousands of values of a wildcard in a path take linear time where Express keeps no patterns of mounts', () => {
  const values = Array.from({ length: characters / 8 }, (_, at) => `v${at}`)
  const request = { baseUrl: '', params: { before: 'x', rest: values } } as unknown as Parameters<typeof followRoute>[0]
  followRoute(request, () => false)
  expectWithin(longestMs, () => {
    request.baseUrl = ''
    request.baseUrl = `/pre-x/${values.join('/')}`
  })
  request.route = { path: '/' }
  expect(expressRouteOf(request)).toMatch(/^\/:before(?:\/:rest)+\/$/)
})
