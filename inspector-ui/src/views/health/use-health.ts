import { readJson } from '../../api/client.js'
import { type Resource, useResource } from '../../api/resource.js'
import type { CpuAccounting, Health, NoCpuAccounting, UsageSpan } from '../../protocol.js'

const everyMs = 5_000
const accountingEveryMs = 30_000

/** The state of Spoor, read every 5 s. */
export function useHealth(): Resource<Health> {
  return useResource('health', (signal) => readJson<Health>('api/health', undefined, signal), everyMs)
}

/** Where the CPU of the last hour went; undefined where nothing was measured. */
export function useHourOfAccounting(): CpuAccounting | undefined {
  return useResource('health accounting', (signal) => readAccounting('1h', signal), accountingEveryMs).data
}

/** Where the CPU of a span went; undefined where nothing was measured. */
export async function readAccounting(span: UsageSpan, signal: AbortSignal): Promise<CpuAccounting | undefined> {
  const answer = await readJson<CpuAccounting | NoCpuAccounting>('api/accounting', { span }, signal)
  return 'requestsMs' in answer ? answer : undefined
}
