import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorAnswer } from '../../errors/answer.js'
import { bodyHeaders } from '../../http/send-answer.js'
import type { Adapter, OpenRequest } from '../../lifecycle/adapter.js'

/**
 * Answers the failures and unknown routes of a Fastify instance, unless the instance has handlers of its own. The service
 * may set its own handlers later, in this instance or in plugins.
 */
export function answerFailures(instance: FastifyInstance, adapter: Adapter): void {
  const errorHandler = noteOf(instance, 'fastify.errorHandlerAlreadySet')
  if (errorHandler?.get() === true) {
    adapter.warnOnce(
      'error handler first',
      'app.setErrorHandler was called before spoorFastify, so its answers are not of one shape; register spoorFastify first',
    )
  } else {
    // For errors of the hooks that run for the first answer, such as onSend.
    setErrorHandler((open, error, reply) => adapter.send(reply.raw, adapter.fail(open, error)))
    setErrorHandler((open, error, reply) => sendReply(adapter, reply, adapter.fail(open, error, reply.statusCode)))
  }
  const notFoundHandler = noteOf(instance, 'fastify.canSetNotFoundHandler')
  if (notFoundHandler?.get() === false) return
  instance.setNotFoundHandler((request, reply) => {
    const open = adapter.begin(request.raw, reply.raw)
    adapter.resume(open, () => sendReply(adapter, reply, adapter.notFound(open)))
  })
  notFoundHandler?.set(true)

  function setErrorHandler(answer: (open: OpenRequest, error: unknown, reply: FastifyReply) => void): void {
    instance.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const open = adapter.begin(request.raw, reply.raw)
      adapter.resume(open, () => answer(open, error, reply))
    })
    errorHandler?.set(false)
  }
}

/** Sends an answer through the onSend hooks of the service. */
export function sendReply(adapter: Adapter, reply: FastifyReply, answer: ErrorAnswer): void {
  if (reply.raw.headersSent) {
    adapter.send(reply.raw, answer)
    return
  }
  for (const name of bodyHeaders) reply.removeHeader(name)
  // The handler may have set a serializer for its own body.
  reply.code(answer.status).headers(answer.headers).serializer(String).send(answer.body)
}

/**
 * Fastify's own note that a handler of an instance is set. Each handler can be set once, but Spoor's are defaults: after
 * them, the service may still set its own. Fastify has no public member for that. Undefined in a version without the note.
 */
function noteOf(instance: object, description: string) {
  for (let owner = instance; owner !== null; owner = Object.getPrototypeOf(owner)) {
    const key = Object.getOwnPropertySymbols(owner).find((symbol) => symbol.description === description)
    if (key === undefined) continue
    const notes = owner as Record<symbol, unknown>
    return {
      get: () => notes[key],
      set: (value: boolean) => {
        notes[key] = value
      },
    }
  }
  return undefined
}
