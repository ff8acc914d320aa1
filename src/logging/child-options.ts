import { insteadOf } from '../foreign-options.js'
import { escapeJson } from '../safe-values/escape.js'
import { own } from '../safe-values/own-member.js'
import { isUnsetLevel, type LevelOrSilent, levelNamed, levelProblem } from './levels.js'

interface KnownOptions {
  /** Undefined: the level of the parent. */
  readonly level: LevelOrSilent | undefined
  readonly serializers: unknown
  /** A text or type that names no level. */
  readonly unknownLevel: string | undefined
}

// Not {}, which has the members of Object.prototype.
const none: KnownOptions = { level: undefined, serializers: undefined, unknownLevel: undefined }
const known: ReadonlySet<string> = new Set(['level', 'serializers'])
const maxShown = 60

/**
 * The options of a child logger. Options that do not exist throw: such a call is wrong each time it runs, and a `redact` that is
 * ignored in silence would let secrets through. A text that names no level may come from a configuration, so it only warns
 * (docs/decisions/0084).
 *
 * @throws TypeError for an option that does not exist, and for a number as the level
 */
export function childOptions(given: unknown): KnownOptions {
  if (typeof given !== 'object' || given === null) return none
  const { options, unknown } = read(given)
  if (unknown !== undefined) throw new TypeError(`child: ${unsupported(unknown)}`)
  const { level, serializers } = options
  if (typeof level === 'number') throw new TypeError(`child: ${levelProblem(level)}`)
  const named = levelNamed(level)
  if (named !== undefined || isUnsetLevel(level)) return { level: named, serializers, unknownLevel: undefined }
  return {
    level: undefined,
    serializers,
    unknownLevel: typeof level === 'string' ? level.slice(0, maxShown) : typeof level,
  }
}

interface Read {
  readonly options: { readonly level?: unknown; readonly serializers?: unknown }
  /** The name of an option that does not exist. */
  readonly unknown: string | undefined
}

// A Proxy may throw. Such options count as not set.
function read(given: object): Read {
  try {
    const options = given as { level?: unknown; serializers?: unknown }
    const unknown = Object.keys(given).find(
      (name) => !known.has(name) && own(given as Record<string, unknown>, name) !== undefined,
    )
    return { options: { level: own(options, 'level'), serializers: own(options, 'serializers') }, unknown }
  } catch {
    return { options: none, unknown: undefined }
  }
}

function unsupported(name: string): string {
  const fix = instead(name) ?? insteadOf(name) ?? 'there are level, serializers'
  return `${escapeJson(name.slice(0, maxShown))}: no such option; ${fix}`
}

function instead(name: string): string | undefined {
  return Object.hasOwn(ofPinoChildren, name) ? ofPinoChildren[name] : undefined
}

/** Spoor's counterparts of the options of pino's children. */
const ofPinoChildren: Readonly<Record<string, string>> = {
  redact: 'write redact: { keys } in defineLogs: the keys count in every logger, at any depth',
  msgPrefix: 'bind a field instead: child({ module })',
  customLevels: 'the levels are trace, debug, info, warn, error, fatal',
}
