import { isProcess } from '../records/process-name.js'
import type { RecordFilter } from '../records/record-store.js'
import type { ReadingParts } from './create-reading.js'
import type { OtherProcesses } from './shared-live.js'

/**
 * What a list lacks, in a sentence: each process keeps its own requests that were not measured, so lists have those of this process only
 * (decision 0170). Undefined if nothing is missing.
 */
export function noteOnUnmeasured(
  { recent, session, usage }: Pick<ReadingParts, 'recent' | 'session' | 'usage'>,
  { measured, process }: RecordFilter,
  { processes }: OtherProcesses,
): string | undefined {
  const isAsked = recent !== undefined && measured !== true && (session().mode !== 'all' || recent.state.count > 0)
  if (!isAsked || processes.length === 0) return undefined
  // The list of this process alone lacks nothing.
  if (process !== undefined && isProcess(usage.instance, process)) return undefined
  return `Of requests that were not measured, ${usage.instance} lists its own only.`
}
