import { type Patchable, patch } from '../../process/patch.js'
import { own } from '../../safe-values/own-member.js'
import { typeName } from '../../safe-values/type-name.js'
import { expectedLevel, isUnsetLevel, type Level, type LevelOption, levelFix, levelNamed } from '../levels.js'
import type { Logger } from '../logger.js'
import { type Captures, CapturesBySource, checkLogger, type Taker, written } from './captures.js'
import { inspected, printed } from './printed-text.js'

/** The npm package `debug`, versions 2 to 4, as `import debug from 'debug'` gives it. */
export interface DebugPackage {
  log(...values: unknown[]): unknown
}

/** The options of `captureDebug`. */
export interface CaptureDebugOptions {
  /** The level of the entries. Default: `debug`. */
  level?: LevelOption
}

/** The logger of one namespace, as the package calls its functions. */
interface Namespace {
  readonly namespace?: unknown
  readonly log?: unknown
}

const packages = new CapturesBySource<DebugPackage>((target, captures) => {
  const { formatters } = target as { formatters?: unknown }
  const undoLog = patch(target, 'log', (below) => captured(below, captures))
  const { log } = target
  // If a service sets `debug.log` after the capture, that function gets whole lines, as without the capture.
  const takes = (namespace: Namespace | undefined): Taker | undefined =>
    target.log !== log || typeof namespace?.log === 'function' ? undefined : captures.taker
  const undo = [
    undoLog,
    // It would add colours, the namespace, the time and the `+3ms`.
    patch(target, 'formatArgs', (below) => unlessTaken(below, takes, () => {})),
    // Both show objects as they are, in colours: a secret would be in the text.
    ...(isObject(formatters) ? ['o', 'O'] : []).map((name) =>
      patch(formatters as object, name, (below) =>
        unlessTaken(below, takes, ({ logger }, [value]) => inspected(value, logger)),
      ),
    ),
  ]
  return () => {
    for (const restore of undo) restore()
  }
})

/**
 * Takes the lines of the npm package `debug` into `logger`, with the id and the account of the request. The entry has the
 * namespace in the field `namespace`, and the message without namespace, colours and `+3ms`. The environment variable DEBUG
 * still decides which namespaces write lines. The entries have the level `debug`, so give the logger the level `debug`, or
 * choose a higher level for the entries.
 *
 * A namespace whose own `log` is set keeps it. If a process has several copies of the package, capture each copy.
 *
 * @example
 * import debug from 'debug'
 * const undo = captureDebug(debug, logs.get('libraries'), { level: 'info' })
 *
 * @returns a function that undoes the capture. Of several captures, the newest that is not undone takes the lines.
 * @throws TypeError if an argument is invalid
 */
export function captureDebug(debug: DebugPackage, logger: Logger, options: CaptureDebugOptions = {}): () => void {
  checkPackage(debug)
  checkLogger('captureDebug', logger)
  return packages.of(debug).add(logger, levelIn(options))
}

function captured(below: Patchable, captures: Captures): Patchable {
  return function (this: Namespace | undefined, ...values) {
    const { taker } = captures
    if (taker !== undefined && take(taker, this?.namespace, values)) return
    return Reflect.apply(below, this, values)
  }
}

/** @returns false if the line must go where it goes without the capture */
function take({ logger, level }: Taker, namespace: unknown, values: readonly unknown[]): boolean {
  try {
    if (!logger.isLevelEnabled(level)) return true
    const { message, error } = printed(values, logger)
    const fields = typeof namespace === 'string' ? { namespace } : {}
    return written(logger, level, error === undefined ? fields : { ...fields, error }, message)
  } catch {
    return false
  }
}

/** Runs `instead` for lines that are taken, and `below` for others. */
function unlessTaken(
  below: Patchable,
  takes: (namespace: Namespace | undefined) => Taker | undefined,
  instead: (taker: Taker, values: unknown[]) => unknown,
): Patchable {
  return function (this: Namespace | undefined, ...values) {
    const taker = takes(this)
    return taker === undefined ? Reflect.apply(below, this, values) : instead(taker, values)
  }
}

function checkPackage(debug: unknown): void {
  const { log, formatArgs } = (debug ?? {}) as { log?: unknown; formatArgs?: unknown }
  if (typeof log === 'function' && typeof formatArgs === 'function') return
  throw new TypeError(
    `captureDebug: debug: expected the package debug, got ${typeName(debug)}; pass what import debug from 'debug' gives`,
  )
}

function levelIn(options: unknown): Level {
  if (!isObject(options)) {
    throw new TypeError(`captureDebug: options: expected an object, got ${typeName(options)}; as in { level: 'info' }`)
  }
  const given: unknown = own(options as CaptureDebugOptions, 'level') ?? ''
  const level = isUnsetLevel(given) ? 'debug' : levelNamed(given)
  if (level !== undefined && level !== 'silent') return level
  const got = typeof given === 'string' ? JSON.stringify(given.slice(0, 60)) : typeName(given)
  const fix = level === undefined ? levelFix(given) : 'undo the capture to silence it'
  throw new TypeError(`captureDebug: level: expected ${expectedLevel}, got ${got}; ${fix}`)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
