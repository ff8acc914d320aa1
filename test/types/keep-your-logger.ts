// What the compiler promises about other loggers and the lines of libraries, with the types of the real packages.
import debug from 'debug'
import pino from 'pino'
import { type ContextFields, captureConsole, captureDebug, captureWarnings, contextFields, type Logger } from 'spoor'
import winston from 'winston'

declare const logger: Logger

const fields: ContextFields = contextFields()
const id: string | undefined = fields.requestId
void id
pino({ mixin: contextFields })
winston.format((info) => Object.assign(info, contextFields()))

const undo: (() => void)[] = [
  captureConsole(logger),
  captureConsole(logger.child({ source: 'console' })),
  captureDebug(debug, logger),
  captureDebug(debug, logger, { level: process.env['DEBUG_LEVEL'] }),
  captureWarnings(logger),
]
void undo

// @ts-expect-error the console is not a logger
captureConsole(console)
// @ts-expect-error a namespace is not the package
captureDebug('app', logger)
// @ts-expect-error there is no other option
captureDebug(debug, logger, { namespace: 'app' })
