import { setTimeout as later } from 'node:timers/promises'

/**
 * Calls `load` so many times a second until it is stopped, at most `most` at once. A call that comes late because the machine
 * stood still is left out, and so is one beyond `most`: there is no burst.
 */
export function pace(perSecond, most, load) {
  const everyMs = 1_000 / perSecond
  const open = new Set()
  const ending = new AbortController()
  let started = 0

  const start = () => {
    if (open.size >= most) return
    started++
    const running = load().finally(() => open.delete(running))
    open.add(running)
  }
  const running = (async () => {
    let next = performance.now() + Math.random() * everyMs
    while (!ending.signal.aborted) {
      await later(Math.max(0, next - performance.now()), undefined, { signal: ending.signal }).catch(() => {})
      if (ending.signal.aborted) break
      start()
      next = Math.max(next + everyMs, performance.now())
    }
  })()

  return {
    /** Resolves when no call is open any more. @returns {Promise<number>} how many there were */
    async stop() {
      ending.abort()
      await running
      await Promise.all(open)
      return started
    },
  }
}
