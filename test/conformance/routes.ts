import { once } from 'node:events'
import { type IncomingMessage, OutgoingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { Logs, Spoor } from 'spoor'
import type { RawRoute } from './fixture.js'

/**
 * Logs a line that says whose it must be: by the response it belongs to (or by a field `expect`), not by the context it
 * is logged in.
 */
export type Note = (of: ServerResponse | { expect: unknown }, message: string, fields?: object) => void

export function noter(logs: Logs<'app'>): Note {
  return (of, message, fields) => {
    const expect = of instanceof OutgoingMessage ? idOf(of as ServerResponse) : (of as { expect: unknown }).expect
    logs.get('app').info({ expect, ...fields }, message)
  }
}

// Taken at begin: later the service may have cleared or sent its headers.
const ids = new WeakMap<ServerResponse, string>()

export function idOf(response: ServerResponse): string {
  const id = ids.get(response) ?? String(response.getHeader('x-request-id'))
  ids.set(response, id)
  return id
}

/** Routes that are the same in every framework: what a service may do with Node's own request and response. */
export function rawRoutes(spoor: Spoor, logs: Logs<'app'>): Record<string, RawRoute> {
  const note = noter(logs)
  return { ...headRoutes(), ...eventRoutes(note), ...lateRoutes(note), ...contextRoutes(spoor, note) }
}

function headRoutes(): Record<string, RawRoute> {
  return {
    '/implicit': (_, response) => void response.end('x'),
    '/head-object': (_, response) =>
      void response.writeHead(200, { 'X-Own': 'a', 'Set-Cookie': ['a=1', 'b=2'] }).end('x'),
    '/head-reason': (_, response) => void response.writeHead(200, 'Fine', { 'X-Own': 'a' }).end('x'),
    '/head-array': (_, response) => {
      response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Own', 'a']).end('x')
    },
    '/head-array-after-set': (_, response) => {
      response.setHeader('X-Before', '1')
      response.setHeader('X-Own', 'old')
      response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Own', 'a']).end('x')
    },
    '/head-pairs': (_, response) => {
      // Undocumented, and works on a server without us.
      const pairs = [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-Own', 'a'],
      ]
      response.writeHead(200, pairs as unknown as string[]).end('x')
    },
    '/head-conflict': (_, response) =>
      void response.writeHead(200, { 'x-request-id': 'forged', 'X-Own': 'a' }).end('x'),
    '/head-conflict-array': (_, response) => {
      response.writeHead(200, ['X-Request-Id', 'forged', 'X-Own', 'a', 'X-REQUEST-ID', 'twice']).end('x')
    },
    '/set-conflict': (_, response) => void response.setHeader('X-Request-ID', 'forged').end('x'),
    '/flush-headers': (_, response) => {
      response.flushHeaders()
      response.end('x')
    },
    '/early-hints': (_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
      response.end('x')
    },
    '/informed': (request, response) => void response.end(`${request.method} ${response.getHeader('x-request-id')}`),
    '/cors-own': (_, response) => {
      response.setHeader('Access-Control-Allow-Origin', 'https://page.test')
      response.setHeader('Access-Control-Expose-Headers', 'X-Own, x-request-id')
      response.end('x')
    },
    '/cors-plain': (_, response) => void response.setHeader('Access-Control-Allow-Origin', '*').end('x'),
    '/cors-head': (_, response) => {
      response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'X-Own' }).end('x')
    },
    '/cors-star': (_, response) => {
      response.setHeader('Access-Control-Allow-Origin', '*')
      response.setHeader('Access-Control-Expose-Headers', '*')
      response.end('x')
    },
  }
}

function eventRoutes(note: Note): Record<string, RawRoute> {
  return {
    /** Logs at every event of request and response; answers what it read. `X-Delay`: after so many turns. */
    '/events': (request, response) => {
      note(response, 'handler', markerOf(request))
      const chunks: Buffer[] = []
      for (const event of ['end', 'close', 'aborted', 'error']) {
        request.on(event, () => note(response, `request ${event}`, markerOf(request)))
      }
      for (const event of ['finish', 'close', 'drain']) {
        response.on(event, () => note(response, `response ${event}`, markerOf(request)))
      }
      request.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        note(response, 'request data', markerOf(request))
      })
      request.on('end', async () => {
        await turns(request)
        note(response, 'after the body', markerOf(request))
        response.write('', () => note(response, 'written', markerOf(request)))
        response.end(Buffer.concat(chunks), () => note(response, 'ended', markerOf(request)))
      })
    },
    /** Answers at once and reads the body afterwards. */
    '/read-later': (request, response) => {
      response.end('x')
      request.on('data', () => note(response, 'request data'))
      request.on('end', () => note(response, 'request end'))
    },
    /** Reads with `for await`. */
    '/iterate': async (request, response) => {
      let length = 0
      for await (const chunk of request) {
        length += (chunk as Buffer).length
        note(response, 'iterated')
      }
      note(response, 'read')
      response.end(String(length))
    },
    /** Never answers; cleans up when the client goes. */
    '/hang': (request, response) => {
      note(response, 'handler', markerOf(request))
      response.on('close', () => note(response, 'response close', markerOf(request)))
    },
    /** Answers half and never the rest. */
    '/half': (request, response) => {
      response.writeHead(200, { 'Content-Length': '10' })
      response.write('half')
      note(response, 'handler', markerOf(request))
      response.on('close', () => note(response, 'response close', markerOf(request)))
    },
    /** Fails as fetch does whose signal was aborted with the request. */
    '/abort-error': async (request, response) => {
      note(response, 'handler', markerOf(request))
      await once(response, 'close')
      throw new DOMException('This operation was aborted', 'AbortError')
    },
    /** Cuts the connection without a word. */
    '/cut': (_, response) => void response.destroy(),
    /** Answers 413 without reading what is still to come. */
    '/refuse-body': (_, response) => void response.writeHead(413).end('too large'),
  }
}

function lateRoutes(note: Note): Record<string, RawRoute> {
  return {
    /** Goes on after the response: timers, promises, a stream piped into nothing. */
    '/after': (_, response) => {
      response.end('x')
      response.on('close', () => {
        note(response, 'late close')
        setTimeout(() => note(response, 'late timer'), 1)
        setImmediate(() => note(response, 'late immediate'))
        void Promise.resolve().then(() => note(response, 'late promise'))
        const stream = Readable.from(['a', 'b'])
        stream.on('data', () => note(response, 'late data'))
        stream.on('end', () => note(response, 'late end'))
      })
    },
  }
}

function contextRoutes(spoor: Spoor, note: Note): Record<string, RawRoute> {
  return {
    '/who': (_, response) => {
      const { account, user, roles } = spoor.context() ?? {}
      answerJson(response, { account, user, roles })
    },
    /** Says for whom it works when the handler knows, then answers a turn later. */
    '/late-identify': async (request, response) => {
      const account = String(request.headers['x-account'])
      spoor.identify({ account, user: 'ann' }, { switch: request.headers['x-switch'] === 'yes' })
      await turn()
      note(response, 'identified')
      answerJson(response, { account: spoor.context()?.account })
    },
    /** A scope inside the request; its line has its own id and the request's as parent. */
    '/scope': async (_, response) => {
      const id = idOf(response)
      const inner = await spoor.run({ name: 'inner' }, async () => {
        await turn()
        note(response, 'in the scope', { expect: spoor.context()?.requestId, expectParent: id })
        // Listening to the response inside keeps the scope, for what is emitted inside.
        response.once('own', () =>
          note(response, 'emitted in the scope', { expect: spoor.context()?.requestId, expectParent: id }),
        )
        response.emit('own')
        return spoor.context()?.requestId
      })
      note(response, 'after the scope')
      answerJson(response, { id, inner, now: spoor.context()?.requestId })
    },
    '/job': (_, response) => answerJson(response, { ...spoor.carry({ name: 'mail' }) }),
  }
}

export function answerJson(response: ServerResponse, value: object): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}

function markerOf(request: IncomingMessage): { marker?: string } {
  const marker = request.headers['x-marker']
  return typeof marker === 'string' ? { marker } : {}
}

/** Waits as many turns of the event loop as the request asks for. */
async function turns(request: IncomingMessage): Promise<void> {
  for (let left = Number(request.headers['x-delay'] ?? 0); left > 0; left--) await turn()
}
