import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { belongsTo } from '../../context/request-context.js'
import { currentContext, runWith } from '../../context/storage.js'
import { exchangeOf } from '../../http/exchange-of.js'

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
type Call = [first: unknown, message?: string, ...values: unknown[]]

/**
 * `request.log` and `reply.log`. Its lines have the id of its request, also where code runs in no context or in that of
 * another request. Fastify makes one for each request, so it is as small as can be.
 */
class RequestLogger {
  #logger: FastifyBaseLogger
  readonly #request: IncomingMessage

  constructor(logger: FastifyBaseLogger, request: IncomingMessage) {
    this.#logger = logger
    this.#request = request
  }

  get level(): string {
    return this.#logger.level
  }

  /** Changes the level of this request's lines only. */
  set level(level: string) {
    this.#logger = this.#logger.child({}, { level })
  }

  child(...given: Parameters<FastifyBaseLogger['child']>): FastifyBaseLogger {
    return requestLogger(this.#logger.child(...given), this.#request)
  }

  trace(...call: Call): void {
    this.#write('trace', call)
  }

  debug(...call: Call): void {
    this.#write('debug', call)
  }

  info(...call: Call): void {
    if (!isRequestLine(call)) this.#write('info', call)
  }

  warn(...call: Call): void {
    this.#write('warn', call)
  }

  error(...call: Call): void {
    this.#write('error', call)
  }

  fatal(...call: Call): void {
    this.#write('fatal', call)
  }

  silent(): void {}

  #write(level: Level, call: Call): void {
    const write = (): void => this.#logger[level](...call)
    const context = exchangeOf(this.#request)?.context
    if (context === undefined || belongsTo(currentContext(), context)) write()
    else runWith(context, write)
  }
}

export function requestLogger(logger: FastifyBaseLogger, request: IncomingMessage): FastifyBaseLogger {
  return new RequestLogger(logger, request)
}

/**
 * True for the two lines that Fastify writes for each request: Spoor's request line has all that they say. Fastify's
 * own switch for them is deprecated from 5.10 on, and its successor must be made by the copy of Fastify that gets it
 * (docs/decisions/0140).
 */
function isRequestLine([fields, message]: Call): boolean {
  if (message === 'incoming request') return has(fields, 'req')
  return message === 'request completed' && has(fields, 'responseTime')
}

function has(fields: unknown, name: string): boolean {
  return typeof fields === 'object' && fields !== null && Object.hasOwn(fields, name)
}
