import type { ProcessSeen } from '../../protocol.js'

/** A process as people name it: `web-2 4127`. */
export function processName({ host, pid }: Pick<ProcessSeen, 'host' | 'pid'>): string {
  return `${host} ${pid}`
}
