import { type Adapter, internalsOf } from '../lifecycle/adapter.js'
import { type Check, check, checkOptions, object } from '../options.js'

const spoorLike = check((value) => internalsOf(value) !== undefined, 'what createSpoor returns')

/** The warning for an inspector that is mounted without the option `inspector`. */
export const noInspector: string =
  'the inspector is mounted, but createSpoor has no option inspector, so it stays closed; say who may read what: ' +
  'inspector: { authorize: ({ roles }) => … }'

/**
 * Checks the arguments of an adapter.
 *
 * @returns the interface, and the options without inherited members
 * @throws OptionsError with every mistake
 */
export function checkAdapter<T>(
  call: string,
  spoor: unknown,
  given: T,
  members: Record<string, Check>,
): { adapter: Adapter; options: T } {
  const schema = object({ spoor: spoorLike, options: object(members) })
  const { options } = checkOptions(call, { spoor, options: given }, schema)
  return { adapter: internalsOf(spoor)?.adapter as Adapter, options }
}
