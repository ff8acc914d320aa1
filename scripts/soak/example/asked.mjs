// What the clients asked and what they got: the other half of the balance with the log files.

/**
 * One request. `status` once it is answered. Without, the client left before; then no line is owed if it `mayBeMissing`.
 *
 * @typedef {{ kind: string, account?: string, status?: number, upgraded?: true, mayBeMissing?: true }} Asked
 */

export class Book {
  /** @type {Map<string, Asked>} */
  requests = new Map()
  /**
   * Jobs that were accepted, by the id of the request that queued each: whether the site refuses its post, and its account.
   *
   * @type {Map<string, { isBroken: boolean, account: string }>}
   */
  jobs = new Map()
  /**
   * The ids of answers to bytes that were not a request.
   *
   * @type {Set<string>}
   */
  refused = new Set()
  /** How many clients left in the middle of their headers: a line without an id that they know. */
  halves = 0
  /**
   * What no client expected, in words; of many the first twenty.
   *
   * @type {string[]}
   */
  failures = []
  failed = 0
  #last = 0

  /** @param {Asked} asked */
  open(asked) {
    const id = `soak-${++this.#last}`
    this.requests.set(id, asked)
    return id
  }

  /** The whole answer has come, or its status line is all that can come. */
  answered(id, status, echoed = id) {
    const asked = this.requests.get(id)
    asked.status = status
    if (echoed !== id) this.fail(`${asked.kind}: the answer to ${id} has the id ${echoed}`)
  }

  fail(what) {
    this.failed++
    if (this.failures.length < 20) this.failures.push(what)
  }
}
