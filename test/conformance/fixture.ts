import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Identity, Logs, Spoor } from 'spoor'

/** The account resolver a case asks for, whatever the framework calls a request. */
export type Account = (request: IncomingMessage) => Identity | undefined | null | Promise<Identity | undefined | null>

/** What a fixture builds its service of. */
export interface Parts {
  /** Mounted in this order; usually one. */
  readonly spoors: readonly Spoor[]
  /** Mounted by an app within the app, at `/nested`, with a route `/users/:id` and error handler of its own. */
  readonly nested: Spoor | undefined
  readonly logs: Logs<'app'>
  readonly account: Account | undefined
  /** The error handler before the routes: a mistake. */
  readonly errorsFirst: boolean
  /** The inspector of the first, at `/_spoor`: before or after everything else; absent: not mounted. */
  readonly inspector: 'before' | 'after' | undefined
  /** `cors`: with the framework's usual CORS package, ours in its lists; absent: none. */
  readonly cors: 'package' | undefined
  /** Routes that are the same code in every framework, on Node's own request and response, for any method. */
  readonly raw: Readonly<Record<string, RawRoute>>
  /** Makes the server of a listener: http or https, with what options the case needs. */
  readonly create: (listener: RequestListener) => Server
}

export type RawRoute = (request: IncomingMessage, response: ServerResponse) => unknown

/**
 * One framework, as the suite sees it: Spoor mounted as its users mount it, the raw routes, and these, written the
 * way one writes them there:
 *
 * | route | answers |
 * | --- | --- |
 * | `GET /json` | 200, JSON `{ id, account? }` from `spoor.context()`; logs a line |
 * | `PUT /json` | 405 with `Allow`, as the framework or a handler does it |
 * | `POST /body` | the JSON it got, at most 1 KB; malformed: 400; larger: 413 |
 * | `GET /throw`, `/reject`, `/throw-string` | throws `Error('secret')`, rejects with one, throws `'text'` |
 * | `GET /throw-teapot` | throws an error with status 418, the message `short and stout` and `expose: true` |
 * | `GET /throw-late` | sends headers and some body, then throws |
 * | `GET /empty`, `/not-modified`, `/redirect` | 204, 304, 302 |
 * | `GET /stream` | `one two three`, streamed |
 * | `GET /cleared` | removes every header, then JSON |
 * | `GET /users/:id` | JSON, so that the route's pattern can be seen |
 * | anything else | 404 |
 */
export interface Fixture {
  readonly name: string
  /** The package the adapter lies in. */
  readonly adapter: string
  serve(parts: Parts): Server | Promise<Server>
  /** What does not apply here: how the case's sentence starts → the reason. */
  readonly lacks: Readonly<Record<string, string>>
}
