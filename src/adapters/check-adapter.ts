import { type Adapter, internalsOf } from '../lifecycle/adapter.js'
import { type Check, checkOptions, OptionsError, object } from '../options.js'
import { meet } from '../process/met.js'
import { typeName } from '../safe-values/type-name.js'

/** The right call of each adapter, for the caller who passes something else than the Spoor. */
const calls: Readonly<Record<string, string>> = {
  spoorExpress: 'app.use(spoorExpress(spoor, { account }))',
  spoorExpress4: 'app.use(spoorExpress4(spoor, { account }))',
  'SpoorModule.forRoot': 'SpoorModule.forRoot({ spoor, account })',
  spoorHono: 'const s = spoorHono(spoor, { account }), then app.use(s)',
  spoorKoa: 'app.use(spoorKoa(spoor, { account }))',
  spoorNode: 'createServer(spoorNode(spoor, { account, handler }))',
  fastifyOptions: 'Fastify(fastifyOptions(spoor, own))',
  spoorFastify: 'await app.register(spoorFastify, { spoor, account })',
  bullmqTelemetry: 'bullmqTelemetry(spoor)',
  adapterOf: 'adapterOf(spoor)',
  withOpenTelemetry: 'withOpenTelemetry(spoor)',
}

/** The package or module that each adapter is for. */
const packages: Readonly<Record<string, string>> = {
  spoorExpress: 'express',
  spoorFastify: 'fastify',
  spoorHono: 'hono',
  spoorKoa: 'koa',
  spoorNode: 'node:http',
  bullmqTelemetry: 'bullmq',
  withOpenTelemetry: '@opentelemetry/api',
}

/** The warning for an inspector that is mounted without the option `inspector`. */
export const noInspector: string =
  'the inspector is mounted, but createSpoor has no option inspector, so it stays closed; say who may read what: ' +
  'inspector: { authorize: ({ roles }) => … }'

/**
 * Checks the arguments of an adapter.
 *
 * @returns the interface, and the options without inherited members
 * @throws OptionsError that names only the first argument if it is not a Spoor (`app.use(spoorExpress)` passes a request);
 * otherwise an OptionsError with every mistake
 */
export function checkAdapter<T>(
  call: string,
  spoor: unknown,
  given: T,
  members: Record<string, Check>,
): { adapter: Adapter; options: T } {
  const internals = internalsOf(spoor)
  if (internals === undefined) {
    const fix = `write ${calls[call] ?? `${call}(spoor)`}`
    throw new OptionsError(call, [`expected the Spoor that createSpoor returns, got ${typeName(spoor)}; ${fix}`])
  }
  const { options } = checkOptions(call, { options: given }, object({ options: object(members, undefined, 'adapter') }))
  const name = packages[call]
  if (name !== undefined) meet(name)
  return { adapter: internals.adapter, options }
}
