import { all, type Check, check, checkOptions, list, object, optional } from '../../options.js'
import { expectedLevel, levelNamed } from '../levels.js'
import type { LevelRule } from './level-rules.js'

/** The name of the file that sets levels while a service runs, in the directory of its log files. */
export const levelsFile = 'levels.json'

/** A larger file is refused. */
export const maxLevelsBytes = 65_536

const maxRules = 200
const maxNameLength = 200

const name: Check = optional(
  check(
    (value) => typeof value === 'string' && value !== '' && value.length <= maxNameLength,
    `a text of 1 to ${maxNameLength} characters`,
  ),
)
const level: Check = Object.assign(
  check((value) => levelNamed(value) !== undefined, `${expectedLevel}, silent`),
  { taken: levelNamed },
)
const time: Check = check(
  (value) => typeof value === 'string' && value.length <= 40 && !Number.isNaN(Date.parse(value)),
  'a time (ISO 8601)',
)

const members: Check = object({
  version: check((value) => value === 1, '1', 'use the same version of Spoor for the command and the service'),
  levels: list(object({ logger: name, account: name, user: name, requestId: name, level, until: time })),
})

const fewRules: Check = (value, _path, problems) => {
  const { levels } = value as { readonly levels?: unknown }
  if (Array.isArray(levels) && levels.length > maxRules)
    problems.push(`levels: expected at most ${maxRules}, got ${levels.length}; remove some by spoor level --clear`)
}

const schema: Check = all(members, fewRules)

/**
 * Reads the text of a levels.json: `{ "version": 1, "levels": [{ "logger": "publish_sync", "level": "debug", "until": "…" }] }`.
 *
 * @throws Error that says what is wrong with it, without its values
 */
export function readLevels(text: string): readonly LevelRule[] {
  const value: unknown = parsed(text)
  if (typeof value !== 'object' || value === null) throw new Error('levels.json: expected an object')
  const { levels } = checkOptions('levels.json', value as { readonly levels: readonly LevelRule[] }, schema)
  return levels.map(({ until, ...rule }) => ({ ...rule, until: new Date(until).toISOString() }))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('levels.json: expected JSON, got other text; write it by the command spoor level')
  }
}

/** The text of a levels.json. */
export function levelsText(levels: readonly LevelRule[]): string {
  return `${JSON.stringify({ version: 1, levels }, null, 2)}\n`
}
