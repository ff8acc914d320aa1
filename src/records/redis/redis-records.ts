import { check, checkOptions, object, optional, wholeNumber } from '../../options.js'
import type { RecordStore } from '../record-store.js'
import { commandsOf, isRedisClient } from './redis-commands.js'
import { RedisRecords } from './redis-store.js'

/** Options of `redisRecords`. */
export interface RedisRecordsOptions {
  /**
   * The service's own client: ioredis or node-redis, for one server, for Sentinel or for a cluster. The service connects and closes it.
   */
  client: object
  /**
   * The name in the hash tag of all keys, which keeps them on one node of a cluster. Services with the same prefix share their records.
   * Default `spoor`.
   */
  prefix?: string | undefined
  /** How long a record is kept after its end, in ms. Default one hour. */
  keepForMs?: number | undefined
  /** Maximum size of all records as JSON. Default 256 MB, at least 32 KB. */
  maxBytes?: number | undefined
}

const client = check(
  isRedisClient,
  'a client of ioredis or node-redis',
  'write new Redis(url), or createClient({ url })',
)
const prefix = check(
  (value) => typeof value === 'string' && /^[\w.:-]{1,100}$/.test(value),
  'a name of letters, digits and _ . : -, with at most 100 characters',
)
const options = object({
  client,
  prefix: optional(prefix),
  keepForMs: optional(wholeNumber(1, 'milliseconds')),
  maxBytes: optional(wholeNumber(32_768, 'bytes')),
})
const answerWithinMs = 1_000

/**
 * Stores records in Redis or Valkey, so that every instance of a service can read them. Requests never wait for Redis: records are
 * written in batches, 50 ms after they end. While Redis does not answer, up to 32 MB of records wait in the process, which can read
 * them, and are written later. Beyond that, the first are given up. Redis removes each record after `keepForMs`.
 *
 * @example
 * import { Redis } from 'ioredis'
 * createSpoor({ service: 'publisher', logs, records: redisRecords({ client: new Redis(process.env.REDIS_URL) }) })
 *
 * @throws OptionsError with every mistake
 */
export function redisRecords(given: RedisRecordsOptions): RecordStore {
  const checked = checkOptions('redisRecords', given, options)
  const { prefix = 'spoor', keepForMs = 3_600_000, maxBytes = 256 * 2 ** 20 } = checked
  return new RedisRecords({
    send: commandsOf(checked.client),
    base: `{${prefix}}`,
    keepForMs,
    maxBytes,
    answerWithinMs,
  })
}
