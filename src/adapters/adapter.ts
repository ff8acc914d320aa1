import type { Adapter } from '../lifecycle/adapter.js'
import type { Spoor } from '../spoor.js'
import { checkAdapter } from './check-adapter.js'

export type { Resolver } from '../context/resolver.js'
export type { AnswerSink, ErrorAnswer } from '../errors/answer.js'
export type {
  Adapter,
  AdapterInspector,
  AdapterJobs,
  OpenJob,
  OpenRequest,
  Refused,
} from '../lifecycle/adapter.js'

/**
 * The interface between Spoor and a framework, to write an adapter with: docs/adapters.md.
 *
 * @example
 * const adapter = adapterOf(spoor)
 * createServer((request, response) => {
 *   const open = adapter.begin(request, response)
 *   adapter.run(open, () => app.handle(request, response))
 * })
 *
 * @throws OptionsError if `spoor` is not what `createSpoor` returned
 */
export function adapterOf(spoor: Spoor): Adapter {
  return checkAdapter('adapterOf', spoor, {}, {}).adapter
}
