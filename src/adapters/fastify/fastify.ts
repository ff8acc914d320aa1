import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Adapter } from '../../lifecycle/adapter.js'
import { callback, OptionsError, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter } from '../check-adapter.js'
import { inspectorMount } from '../inspector-mount.js'
import { answerFailures } from './answer-failures.js'
import { type FollowOptions, followFastify } from './follow-fastify.js'

export { fastifyOptions } from './fastify-options.js'
export type { FastifyResolver } from './follow-fastify.js'

/** Options of `spoorFastify`. */
export interface SpoorFastifyOptions extends FollowOptions {
  spoor: Spoor
}

/**
 * Spoor's plugin for Fastify 5. Register it first, on the application itself. Fastify does not encapsulate it, so it serves
 * every route of the instance that registers it, and of the plugins within. It attaches the server (`spoor.attach`),
 * and answers unknown routes and every failure in one shape, except where a plugin has handlers of its own.
 *
 * @example
 * const app = Fastify(fastifyOptions(spoor))
 * await app.register(spoorFastify, { spoor, account: (request) => accountOf(request.headers.authorization) })
 *
 * @throws OptionsError (from `register` or `ready`) for invalid options, and for Fastify 4
 */
export const spoorFastify: FastifyPluginAsync<SpoorFastifyOptions> = async (app, { spoor, ...given }) => {
  checkVersion(app)
  const { adapter, options } = checkAdapter('spoorFastify', spoor, given, {
    account: optional(callback),
    inspector: optional(inspectorMount),
  })
  warnOfPlace(app, adapter)
  followFastify(app, spoor, adapter, options)
  answerFailures(app, adapter)
}

// What the package fastify-plugin does: without the first, Fastify would give the plugin an instance of its own.
Object.assign(spoorFastify, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'spoor',
  [Symbol.for('plugin-meta')]: { name: 'spoor' },
})

function checkVersion({ version }: FastifyInstance): void {
  if (Number.parseInt(version, 10) >= 5) return
  throw new OptionsError('spoorFastify', [`app: expected Fastify 5, got Fastify ${version}; npm install fastify@5`])
}

/** Marks instances with Spoor, and so the plugins within them. */
const mark = Symbol('spoor')

function warnOfPlace(app: FastifyInstance, adapter: Adapter): void {
  const isWithin = app.hasDecorator(mark)
  if (!isWithin) app.decorate(mark, true)
  // The prototype of a plugin's instance is the instance around it.
  if ('register' in Object.getPrototypeOf(app)) {
    if (!isWithin) adapter.warnOnce('in a plugin', inPlugin)
    return
  }
  const [, route] = / (\/\S*)/.exec(app.printRoutes({ commonPrefix: false })) ?? []
  if (route !== undefined && !isWithin) adapter.warnOnce('routes first', behind(route))
}

const inPlugin =
  'spoorFastify is registered in a plugin, so requests outside that plugin have no account, and failures there are not ' +
  'answered in one shape; register it on the application, or wrap the plugin in fastify-plugin'

function behind(route: string): string {
  return `spoorFastify is registered behind the route ${route}, whose failures are not answered in one shape; register it first`
}
