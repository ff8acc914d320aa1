import { seconds } from '../../format/times.js'
import type { ProcessSeen, Trouble } from '../../protocol.js'

/** A process as people name it: `web-2 4127`. */
export function processName({ host, pid }: Pick<ProcessSeen, 'host' | 'pid'>): string {
  // Log files name the pid of each line, and the host only in lines of totals.
  return `${host === 'unknown' ? 'pid' : host} ${pid}`
}

/** Processes that gave no sign of life, as failures: `web-1 4103 was last heard at 14:02:51`. */
export function lostProcesses(processes: readonly ProcessSeen[]): readonly Trouble[] {
  return processes
    .filter(({ isLost }) => isLost)
    .map((process) => {
      const heard = Date.parse(process.lastHeardAt ?? '')
      const since = Number.isFinite(heard) ? ` was last heard at ${seconds(heard)}` : ' gives no sign of life'
      return { level: 'failure', says: `${processName(process)}${since}` }
    })
}
