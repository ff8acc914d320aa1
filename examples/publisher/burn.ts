/** Uses the given CPU, in ms, without letting other code run. */
export function burn(ms: number): void {
  const until = cpuNow() + ms
  while (cpuNow() < until) for (let i = 0; i < 1_000; i++) Math.sqrt(i)
}

/**
 * CPU time of this thread in ms, so that a busy machine does not shorten the work. Before Node 23.9 that of the process,
 * which has little else to do. cpuUsage() comes first because threadCpuUsage() alone advances in steps of up to 4 ms on
 * Linux.
 */
function cpuNow(): number {
  const ofProcess = process.cpuUsage()
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage }
  const { user, system } = threadCpuUsage?.call(process) ?? ofProcess
  return (user + system) / 1_000
}
