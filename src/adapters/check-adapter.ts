import { type Check, check, checkOptions, object } from '../options.js'

const spoorLike = check(
  (value) => typeof (value as { lifecycle?: { begin?: unknown } } | null)?.lifecycle?.begin === 'function',
  'is not what createSpoor returns',
)

/** The mend for an inspector that is mounted and answers nothing. */
export const noInspector: string =
  'the inspector is mounted, but createSpoor has no option for it, so nobody gets in; say who may read what: ' +
  'inspector: { authorize: ({ roles }) => … }'

/** @throws OptionsError if an adapter is not given a Spoor, or options it cannot take */
export function checkAdapter(call: string, spoor: unknown, options: unknown, members: Record<string, Check>): void {
  checkOptions(call, { spoor, options }, object({ spoor: spoorLike, options: object(members) }))
}
