// The recorded traffic of the example service, over and over, each time with new ids and times.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Each with `record` and `lines`, objects. */
export const exchanges = readFileSync(new URL('./traffic.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((text) => JSON.parse(text))

// Random bytes once: ids need to differ, and asking for random bytes takes longer than all the rest.
const random = randomBytes(8).toString('hex')
let count = 0

/** A UUIDv7 of a time. */
export function idAt(ms) {
  const time = ms.toString(16).padStart(12, '0')
  const number = (count++).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${number}`
}

/** The n-th record, as if it began now. */
export function recordAt(n, now = Date.now()) {
  const { record } = exchanges[n % exchanges.length]
  const id = idAt(now)
  return { ...record, id, requestId: id, startedAt: new Date(now).toISOString() }
}
