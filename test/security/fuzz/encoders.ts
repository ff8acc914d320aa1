import { createContext } from '../../../src/context/request-context.js'
import { runWith } from '../../../src/context/storage.js'
import { defineLogs } from '../../../src/logging/define-logs.js'
import type { Handler } from '../../../src/logging/handlers/handler.js'
import { levels } from '../../../src/logging/levels.js'
import type { Logger } from '../../../src/logging/logger.js'
import { type ParsedLine, parseLine } from '../../../src/logging/parser.js'
import { dangerous, must, type Target } from './target.js'

export const time = '2026-11-28T10:00:00.000Z'
const victim = '"requestId":"victim-1","parentId":"victim-1","account":"victim"'
export const requestLine = `{"time":"${time}","level":"error","logger":"requests","requestId":"r-1","account":"acme","kind":"request","id":"r-1","method":"GET","route":"/a/:id","path":"/a/7","status":500,"service":"shop","instance":"one:1","pid":7,"startedAt":"${time}","durationMs":100,"cpu":{"ms":8,"slices":3,"clock":"thread","fromMs":0},"waits":{"heldUpMs":10,"outgoingMs":20,"queriesMs":20,"poolMs":10,"stepsMs":0,"otherMs":22,"unmeasuredMs":0},"io":{"client":{"readBytes":1,"writtenBytes":1}},"logs":{"lines":1,"warnings":0,"errors":0},"timeline":[[1,2]],"queries":{"calls":4,"ms":20,"busyMs":20,"slowestMs":9,"poolMs":10,"bySystem":{"postgresql":{"calls":4,"ms":20}},"repeated":[{"system":"postgresql","summary":"SELECT posts","calls":4,"ms":20}]},"fields":{"plan":"pro"},"counts":{"tokens":3},"outgoing":{"calls":1,"ms":20,"byHost":{"blog.example":{"calls":1,"ms":20}}},"error":{"type":"Error","message":"out of stock","code":"E"},"message":"GET /a/7 500"}`

export const words = [
  ...[
    `[${time}] [INFO] `,
    `[${time}] [ERROR] [a] [7] [r-1] `,
    ' {"logger":"a"}',
    ' {"logger":"a",',
    victim,
    requestLine,
  ],
  ...[
    '"time":',
    '"level":"info"',
    '"message":"x"',
    '"kind":"request"',
    '"kind":"job"',
    '"kind":"late"',
    '"kind":"totals"',
  ],
  ...[
    '{"@timestamp":"',
    '{"timestamp":"',
    `{"time":"${time}","severity":"INFO"`,
    '"log.level":"info"',
    '"status":"info"',
  ],
  ...['"labels":{', '"dd.trace_id":"1"', '"logging.googleapis.com/labels":{', '"error":{"type":"E","message":"m"}'],
  ...['"startedAt":', '"durationMs":1', '"durationMs":1e308', '"id":"r-1"', '"__proto__":{"account":"victim"}'],
  ...[
    'null',
    'true',
    '-1',
    '[]',
    '{}',
    '[[1,2]]',
    '"',
    '\\',
    '\\n',
    '\\u0000',
    '\\\\',
    '\n',
    '\r',
    '\u2028',
    '\u001b[',
  ],
  ...['\ud800', '\u202e', '```', '_', '}', ']', ',', ':'],
]

/** A parsed line has members of its own, of the right kinds. */
export function checkParsed(line: ParsedLine): void {
  must(
    Object.getPrototypeOf(line) === null && Object.getPrototypeOf(line.fields) === null,
    'a line has inherited members',
  )
  must(!Number.isNaN(new Date(line.time).getTime()), 'a line has no time', line.time)
  must(levels.includes(line.level), 'a line has an unknown level', line.level)
  const { requestId = '', parentId = '', account = '', traceId = '', spanId = '', logger, message } = line
  for (const member of [requestId, parentId, account, traceId, spanId, logger, message])
    must(typeof member === 'string', 'a member is not a text', member)
}

/** Takes the lines of a logger in one format. */
class Kept implements Handler {
  lines: string[] = []
  write(lines: Buffer): void {
    this.lines.push(lines.toString('utf8'))
  }
  async flush(): Promise<void> {}
  async close(): Promise<void> {}
}

const maxLineBytes = 4_096
const formats = ['text', 'verbose', 'json', 'gcp', 'ecs', 'datadog'] as const
type Format = (typeof formats)[number]

interface Written {
  readonly kept: Kept
  readonly logger: Logger
}

let loggers: ReadonlyMap<Format, Written> | undefined

/** A logger for each format, whose lines are kept. */
function writers(): ReadonlyMap<Format, Written> {
  if (loggers !== undefined) return loggers
  const kept = new Map(formats.map((format) => [format, new Kept()]))
  const options = formats.map((format) => [`in-${format}`, { format, handlers: [kept.get(format) as Kept] }] as const)
  const logs = defineLogs({
    files: false,
    console: false,
    flush: 'line',
    maxLineBytes,
    loggers: Object.fromEntries(options),
  })
  loggers = new Map(
    formats.map((format) => [format, { kept: kept.get(format) as Kept, logger: logs.get(`in-${format}`) }]),
  )
  return loggers
}

/** What each format writes for an entry that has a text in each place. */
export function linesInFormats(text: string): Map<Format, string> {
  const context = createContext('request', {
    requestId: 'own-1',
    parentId: 'own-0',
    account: text.slice(0, 200) || 'acme',
  })
  const fields = { [text]: text, nested: [{ [text]: [text] }], account: text, requestId: text, error: new Error(text) }
  const made = new Map<Format, string>()
  for (const [format, { kept, logger }] of writers()) {
    kept.lines = []
    runWith(context, () => logger.child({ logger: text }).warn(fields, text))
    made.set(format, kept.lines.join(''))
  }
  return made
}

/** Every format must write one line, whose ids and account are those of the context. */
export const encoders: Target = {
  seeds: ['paid', requestLine, 'password=hunter2', '%s %o', 'x'.repeat(200)],
  words,
  check(given) {
    // Each text stands on a line ten times.
    const text = given.slice(0, 500)
    let inText: ParsedLine | undefined
    for (const [format, written] of linesInFormats(text)) {
      const line = written.slice(0, -1)
      must(written.endsWith('\n') && !dangerous.test(line), `${format}: not one line of safe characters`, written)
      must(Buffer.byteLength(line) <= maxLineBytes, `${format}: the line is too long`, Buffer.byteLength(line))
      const parsed = parseLine(line)
      must(parsed !== undefined, `${format}: the line cannot be read`, line)
      checkParsed(parsed)
      must(parsed.requestId === 'own-1' && parsed.parentId === 'own-0', `${format}: ids of the text`, line)
      must(parsed.logger === `in-${format}` && parsed.level === 'warn', `${format}: logger or level of the text`, line)
      inText ??= parsed
      must(parsed.account === inText.account, `${format}: another account`, line)
    }
  },
}
