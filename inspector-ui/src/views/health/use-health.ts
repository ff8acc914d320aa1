import { readJson } from '../../api/client.js'
import { type Resource, useResource } from '../../api/resource.js'
import type { CpuAccounting, Health } from '../../protocol.js'

const everyMs = 5_000
const accountingEveryMs = 30_000

/** The state of Spoor, read every 5 s. */
export function useHealth(): Resource<Health> {
  return useResource('health', (signal) => readJson<Health>('api/health', undefined, signal), everyMs)
}

/** Where the CPU of the last hour went; undefined where nothing was measured. */
export function useHourOfAccounting(): CpuAccounting | undefined {
  const read = (signal: AbortSignal): Promise<CpuAccounting> =>
    readJson<CpuAccounting>('api/accounting', { span: '1h' }, signal)
  return useResource('health accounting', read, accountingEveryMs).data
}
