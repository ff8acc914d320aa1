import { type Check, check, checkOptions, object } from '../options.js'

const spoorLike = check(
  (value) => typeof (value as { lifecycle?: { begin?: unknown } } | null)?.lifecycle?.begin === 'function',
  'what createSpoor returns',
)

/** The mend for an inspector that is mounted and answers nothing. */
export const noInspector: string =
  'the inspector is mounted, but createSpoor has no option for it, so nobody gets in; say who may read what: ' +
  'inspector: { authorize: ({ roles }) => … }'

/**
 * @returns what of the options is to be used: their own members
 * @throws OptionsError if an adapter is not given a Spoor, or options it cannot take
 */
export function checkAdapter<T>(call: string, spoor: unknown, options: T, members: Record<string, Check>): T {
  return checkOptions(call, { spoor, options }, object({ spoor: spoorLike, options: object(members) })).options
}
