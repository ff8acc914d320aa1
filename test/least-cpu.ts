/**
 * The CPU in ms that `run` takes, of several runs the least: compiling, garbage collection and other processes can only
 * add to it. Ends with the first run below `enoughMs`.
 */
export function leastCpuMs(enoughMs: number, run: () => unknown, maxRuns = 5): number {
  let least = Number.POSITIVE_INFINITY
  for (let runs = 0; runs < maxRuns && least >= enoughMs; runs++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1_000)
  }
  return least
}
