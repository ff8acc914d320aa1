// What the compiler promises about calls of a logger.
import type { Logger } from 'spoor'

declare const logger: Logger

logger.info('message')
logger.info('message %s', 'value')
logger.info({ postId: 7 }, 'message %s', 'value')
logger.info({ postId: 7 })
logger.error(new Error('broken'))
logger.error(new Error('broken'), 'message')
logger.error(new Error('broken'), { orderId: 7 })
logger.error(new Error('broken'), { orderId: 7 }, 'message %s', 'value')
logger.info('message', { postId: 7 })
logger.info('message %s', 'value', { postId: 7 })
logger.error('message', new Error('broken'))
logger.info({ msg: 'message', postId: 7 })
logger.info(undefined, 'message')
logger.info(null)
logger.silent('nothing')
logger.level = 'debug'
const enabled: boolean = logger.isLevelEnabled('debug')
void enabled
const child: Logger = logger.child(
  { module: 'auth' },
  { level: process.env['LOG_LEVEL'], serializers: { post: String } },
)
child.warn('message')

try {
  throw new Error('x')
} catch (error) {
  logger.error(error, 'what was thrown is unknown')
}

// @ts-expect-error a message is text
logger.info({ postId: 7 }, 7)
// @ts-expect-error names of levels, not numbers
logger.level = 30
// @ts-expect-error names of levels, not numbers
logger.child({}, { level: 30 })
// @ts-expect-error children have no redaction of their own
logger.child({}, { redact: ['pin'] })
// @ts-expect-error children have no prefix
logger.child({}, { msgPrefix: '[auth] ' })
// @ts-expect-error there is no such level
logger.loud('message')

// What Fastify 5 asks of a `loggerInstance` (its FastifyBaseLogger, with the call shape of pino 10).
interface PinoLogFn {
  <TMsg extends string = string>(msg: TMsg, ...args: unknown[]): void
  <T, TMsg extends string = string>(obj: T, msg?: T extends string ? never : TMsg, ...args: unknown[]): void
}
interface FastifyBaseLogger {
  level: string
  info: PinoLogFn
  error: PinoLogFn
  debug: PinoLogFn
  fatal: PinoLogFn
  warn: PinoLogFn
  trace: PinoLogFn
  silent: PinoLogFn
  child(bindings: Record<string, unknown>, options?: PinoChildOptions): FastifyBaseLogger
}
interface PinoChildOptions {
  level?: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | (string & {})
  serializers?: { [key: string]: (value: unknown) => unknown }
  redact?: string[]
  msgPrefix?: string
}
const loggerInstance: FastifyBaseLogger = logger
void loggerInstance
