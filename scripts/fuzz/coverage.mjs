// Which code of one file has run, by V8's precise coverage: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/
import { Session } from 'node:inspector'

/** The code of one file that has run since its coverage was opened. */
export class Coverage {
  #session = new Session()
  #url
  /** 1 for each character that has run. */
  #ran = new Uint8Array(0)
  /** Where blocks begin and end. */
  #edges = new Set()

  /** @param {string} url of a file that is not loaded yet */
  constructor(url) {
    this.#url = url
    this.#session.connect()
    this.#post('Profiler.enable')
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What has run since the last call: whether some of it is new, and a function that makes it known. */
  take() {
    const { result } = this.#post('Profiler.takePreciseCoverage')
    const functions = result.find(({ url }) => url === this.#url)?.functions ?? []
    const now = this.#painted(functions)
    const isNew = now.some((one, at) => one === 1 && this.#ran[at] !== 1)
    const record = () => {
      this.#grow(now.length)
      now.forEach((one, at) => {
        if (one === 1) this.#ran[at] = 1
      })
      for (const { ranges } of functions)
        for (const { startOffset, endOffset } of ranges) this.#edges.add(startOffset).add(endOffset)
    }
    return { isNew, record }
  }

  /** The number of blocks that have run: pieces of code between two edges. */
  get blocks() {
    const edges = [...this.#edges].sort((a, b) => a - b)
    return edges.filter((edge) => this.#ran[edge] === 1).length
  }

  get length() {
    return this.#ran.length
  }

  get covered() {
    return this.#ran.reduce((sum, one) => sum + one, 0)
  }

  /** 1 for each character that has run, by what V8 says of functions. */
  #painted(functions) {
    const length = functions.reduce((most, { ranges }) => Math.max(most, ranges[0].endOffset), this.#ran.length)
    const painted = new Uint8Array(length)
    // Outer functions and ranges come before inner ones.
    for (const { ranges } of functions)
      for (const { startOffset, endOffset, count } of ranges) painted.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    return painted
  }

  #grow(length) {
    if (length <= this.#ran.length) return
    const grown = new Uint8Array(length)
    grown.set(this.#ran)
    this.#ran = grown
  }

  #post(method, params) {
    let answer
    this.#session.post(method, params, (error, result) => {
      if (error) throw error
      answer = result
    })
    return answer
  }
}
