import { format } from 'node:util'
import type { Context, Middleware, Next } from 'koa'
import type { Identity } from '../../context/identity.js'
import { exchangeOf } from '../../http/exchange-of.js'
import type { Adapter, OpenRequest } from '../../lifecycle/adapter.js'
import { callback, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter, noInspector } from '../check-adapter.js'
import { behindMount, inspectorMount } from '../inspector-mount.js'
import { namedInKoa2, routerBefore } from './koa-mount.js'
import { routeOf } from './koa-route.js'

/** What Spoor adds to `ctx.state`. An app with a state type of its own takes it up: `new Koa<SpoorState & MyState>()`. */
export interface SpoorState {
  /** The id of the request. */
  requestId: string
}

declare module 'koa' {
  interface DefaultState extends SpoorState {}
}

/** Options of `spoorKoa`. */
export interface KoaOptions {
  /** Returns the identity of each request. Called right after the request has its id. `undefined` and `null` mean anonymous, as by default. */
  account?: ((ctx: Context) => Identity | undefined | null | Promise<Identity | undefined | null>) | undefined
  /**
   * The path of the inspector, such as `/_spoor`. The inspector calls `account` itself. Without the option `inspector` of
   * `createSpoor`, the middleware behind Spoor gets these requests too.
   */
  inspector?: string | undefined
}

/**
 * Spoor for Koa 3. The one middleware gives each request its id, context and account, and answers unknown routes and every
 * failure in one shape.
 *
 * @example
 * app.use(spoorKoa(spoor, { account: (ctx) => accountOf(ctx.get('authorization')) }))
 * app.use(router.routes())
 *
 * @throws OptionsError for invalid options
 */
export function spoorKoa(spoor: Spoor, given: KoaOptions = {}): Middleware<object, object> {
  const members = { account: optional(callback), inspector: optional(inspectorMount) }
  const { adapter, options } = checkAdapter('spoorKoa', spoor, given, members)
  const mount = options.inspector
  if (mount !== undefined && adapter.inspector === undefined) adapter.warnOnce('no inspector', noInspector)
  const account = options.account ?? (() => undefined)
  let isPlaceKnown = false
  const middleware = (ctx: Context, next: Next): Promise<void> => {
    const open = begun(adapter, ctx)
    if (!isPlaceKnown) {
      isPlaceKnown = true
      warnOfRouter(adapter, ctx, middleware)
    }
    const target = adapter.inspector && mount && behindMount(mount, ctx.originalUrl)
    return adapter.run(open, () =>
      target === undefined ? passed(adapter, open, ctx, account, next) : inspected(adapter, open, ctx, account, target),
    )
  }
  return namedInKoa2(middleware, (message) => adapter.warnOnce('koa version', message)) as Middleware<object, object>
}

type Account = NonNullable<KoaOptions['account']>

function begun(adapter: Adapter, ctx: Context): OpenRequest {
  const isRunning = exchangeOf(ctx.req) !== undefined
  const open = adapter.begin(ctx.req, ctx.res)
  // Koa sends the response when the last middleware has returned.
  if (!isRunning) open.answersOutside = true
  if (!adapter.markMounted(open)) {
    adapter.warnOnce('mounted twice', 'spoorKoa is mounted twice on one path; leave one, the outermost')
  }
  ctx.state.requestId = open.requestId
  open.route ??= routeReader(ctx)
  // Koa calls it with the errors of middleware, of streams that are sent, and of the connection.
  ctx.onerror = (error: unknown) => {
    // The response is finished, without an error.
    if (error !== null && error !== undefined) answerFailure(adapter, open, ctx, error)
  }
  return open
}

// Not written where it is assigned: V8 puts such a function into the old generation, and with it its request (decision 0125).
function routeReader(ctx: Context): () => string | undefined {
  return () => routeOf(ctx)
}

async function passed(adapter: Adapter, open: OpenRequest, ctx: Context, account: Account, next: Next): Promise<void> {
  try {
    // Await only a promise: a handler must be able to listen before the first byte of a body.
    const later = adapter.identify(open, () => account(ctx))
    if (later !== undefined) await later
    await next()
  } catch (error) {
    if (error !== undefined && error !== null) throw error
    // Koa takes it for no error and sends no answer.
    answerFailure(adapter, open, ctx, error)
    return
  }
  if (isUnanswered(ctx)) {
    const { status, headers, body } = adapter.notFound(open)
    ctx.status = status
    ctx.set({ ...headers })
    ctx.body = body
  }
}

async function inspected(
  adapter: Adapter,
  open: OpenRequest,
  ctx: Context,
  account: Account,
  target: string,
): Promise<void> {
  // Koa must not answer too.
  ctx.respond = false
  const answer = await adapter.inspector?.handle(open, target, () => account(ctx))
  if (answer !== undefined) adapter.sendPrivate(ctx.res, answer)
}

/** True if no middleware has answered: neither a body nor a status is set, and Koa itself is to answer. */
function isUnanswered(ctx: Context): boolean {
  const { _explicitStatus } = ctx.response as { _explicitStatus?: boolean }
  const isOpen = ctx.respond !== false && ctx.writable && !ctx.headerSent
  return isOpen && ctx.status === 404 && ctx.body === undefined && _explicitStatus !== true
}

function answerFailure(adapter: Adapter, open: OpenRequest, ctx: Context, error: unknown): void {
  // Koa's own part calls this where no context may be.
  adapter.run(open, () => {
    markOwnHeaders(ctx, error)
    const answer = adapter.fail(open, error)
    try {
      report(ctx, error)
    } catch (thrown) {
      adapter.fail(open, thrown)
    }
    // Where the connection is gone, the handler may still write: an ended response would throw then.
    if (ctx.writable) adapter.send(ctx.res, answer)
  })
}

// An error with `headers` counts as the answer of another service, and becomes a 502. @koa/cors puts the headers that it has
// set on every error that passes: those are on the response already.
function markOwnHeaders(ctx: Context, error: unknown): void {
  if (!(error instanceof Error)) return
  const { headers, expose } = error as { headers?: unknown; expose?: unknown }
  if (typeof headers !== 'object' || headers === null || expose !== undefined) return
  const isSet = ([name, value]: [string, unknown]) => /^vary$/i.test(name) || ctx.response.get(name) === value
  if (Object.entries(headers).every(isSet)) {
    Reflect.defineProperty(error, 'expose', { value: false, configurable: true, writable: true })
  }
}

/** Tells the service's own listeners, as Koa does. Koa's own listener prints the error; Spoor has logged it. */
function report(ctx: Context, error: unknown): void {
  if (!ctx.app.listeners('error').some((listener) => listener !== ctx.app.onerror)) return
  ctx.app.emit('error', error instanceof Error ? error : new Error(format('non-error thrown: %j', error)), ctx)
}

function warnOfRouter(adapter: Adapter, ctx: Context, middleware: unknown): void {
  if (!routerBefore(ctx, middleware)) return
  adapter.warnOnce(
    'routes first',
    'spoorKoa is mounted behind a router, whose requests have no account and whose failures Koa answers itself; ' +
      'call app.use(spoorKoa(…)) first',
  )
}
