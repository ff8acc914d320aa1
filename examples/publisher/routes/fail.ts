import { type Request, type RequestHandler, type Response, Router } from 'express'
import { Refusal } from '../refusal.js'

/** The ways in which a handler can fail. Each ends in the same error body and the same kind of log line. */
const FAILURES = new Map<string, RequestHandler>([
  ['throw', throwError],
  ['reject', () => Promise.reject(new Error('rejected on purpose'))],
  ['string', throwString],
  ['late', failLate],
  ['500', throwWithStatus],
  ['404', refuse],
])

/** `GET /fail?how=throw|reject|string|late|500|404` */
export function failRoute(): Router {
  return Router().get('/fail', (req, res, next) => {
    const fail = FAILURES.get(String(req.query.how))
    if (fail === undefined) {
      throw new Refusal(400, 'invalid_failure', `how: expected one of ${[...FAILURES.keys()].join(', ')}`)
    }
    return fail(req, res, next)
  })
}

function throwError(): never {
  throw new Error('thrown on purpose')
}

function throwString(): never {
  throw 'a string, thrown on purpose'
}

function throwWithStatus(): never {
  throw Object.assign(new Error('a 500 on purpose'), { status: 500, code: 'failed_on_purpose' })
}

function refuse(): never {
  throw new Refusal(404, 'missing_on_purpose', 'Not found, on purpose.')
}

/** The headers are already sent, so there is no error body: the response is cut off. */
async function failLate(_req: Request, res: Response): Promise<void> {
  res.type('text/plain').set('Content-Length', '100')
  await new Promise<void>((resolve, reject) => {
    res.write('The first half of an answer', (error) => (error ? reject(error) : resolve()))
  })
  throw new Error('thrown on purpose, after half of the answer was sent')
}
