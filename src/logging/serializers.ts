import { requestSummary, responseSummary } from '../safe-values/http-message.js'

/** Turns the value of one field into what is written instead of it. */
export type Serializer = (value: unknown) => unknown

/**
 * What is written for the fields `req` and `res`, which frameworks hand to loggers all the time (Fastify, pino-http).
 * Encoded as they are they dump the socket and every header, cookies too. Errors need none: they are written in full
 * wherever they stand, and `err` is another name for `error`.
 */
export const serializers: Readonly<Record<string, Serializer>> = { req: requestSummary, res: responseSummary }

/** `fields` as the serializers want them; the same object where there is nothing to do. */
export function serialised(fields: object, own: Readonly<Record<string, Serializer>>): object {
  let out: Record<string, unknown> | undefined
  for (const key of Object.keys(fields)) {
    const serializer = Object.hasOwn(own, key) ? own[key] : undefined
    const isErr = key === 'err' && !Object.hasOwn(fields, 'error')
    if (serializer === undefined && !isErr) continue
    out ??= { ...fields }
    if (serializer !== undefined) out[key] = attempt(serializer, out[key])
    if (isErr) {
      out['error'] = out['err']
      delete out['err']
    }
  }
  return out ?? fields
}

function attempt(serializer: Serializer, value: unknown): unknown {
  try {
    return serializer(value)
  } catch (error) {
    return `[serializer threw: ${error instanceof Error ? error.message : typeof error}]`
  }
}
