import type { LoggerService } from '@nestjs/common'
import type { Level } from '../../logging/levels.js'
import type { Logger } from '../../logging/logger.js'
import { OptionsError } from '../../options.js'
import { typeName } from '../../safe-values/type-name.js'

/**
 * Nest's logger on a logger of Spoor: the lines of Nest and of its `Logger` go to the logger's files, with the id and the account
 * of their request. What Nest calls the context of a line is its field `context`. `verbose` is level `trace`.
 *
 * @example
 * const app = await NestFactory.create(AppModule, { logger: new SpoorLogger(logs.root) })
 */
export class SpoorLogger implements LoggerService {
  readonly #logger: Logger

  /** @throws OptionsError if `logger` is not a logger of `defineLogs` */
  constructor(logger: Logger) {
    if (typeof logger?.info !== 'function') {
      const problem = `expected a logger, got ${typeName(logger)}; write new SpoorLogger(logs.root)`
      throw new OptionsError('SpoorLogger', [problem])
    }
    this.#logger = logger
  }

  log(message: unknown, ...optional: unknown[]): void {
    this.#write('info', message, optional)
  }

  error(message: unknown, ...optional: unknown[]): void {
    this.#write('error', message, optional)
  }

  warn(message: unknown, ...optional: unknown[]): void {
    this.#write('warn', message, optional)
  }

  debug(message: unknown, ...optional: unknown[]): void {
    this.#write('debug', message, optional)
  }

  verbose(message: unknown, ...optional: unknown[]): void {
    this.#write('trace', message, optional)
  }

  fatal(message: unknown, ...optional: unknown[]): void {
    this.#write('fatal', message, optional)
  }

  // Nest's signature is (message, …more, stack?, context?): https://docs.nestjs.com/techniques/logger
  #write(level: Level, message: unknown, optional: unknown[]): void {
    const rest = [...optional]
    const context = isContext(rest.at(-1)) ? rest.pop() : undefined
    const stack = isStack(rest.at(-1)) ? errorOf(rest.pop() as string) : undefined
    const more = rest.filter((one) => one !== undefined)
    const fields = { ...(context !== undefined && { context }), ...(stack && { error: stack }) }
    Reflect.apply(this.#logger[level], this.#logger, [textOf(message), ...more, fields])
  }
}

function isContext(value: unknown): boolean {
  return typeof value === 'string' && !isStack(value)
}

// Blanks without line ends: with them, a text of many line ends takes quadratic time.
function isStack(value: unknown): boolean {
  return typeof value === 'string' && /\n[^\S\n]+at .+:\d+:\d+/.test(value)
}

// Nest logs what a function returns, and the name of a class.
function textOf(message: unknown): unknown {
  if (typeof message !== 'function') return message
  return /^class\b/.test(Function.prototype.toString.call(message)) ? message.name : message()
}

/** The error of a stack, which is all that Nest's `Logger.error` passes on. */
function errorOf(stack: string): Error {
  const [, name = 'Error', text = ''] = /^(?:([\w$]*Error): )?(.*)/.exec(stack) ?? []
  const error = new Error(text)
  error.name = name
  error.stack = stack
  return error
}
