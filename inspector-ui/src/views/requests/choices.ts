import { grouped } from '../../format/numbers.js'
import { cut } from '../../format/texts.js'
import type { Choice } from '../../parts/menu.js'
import type { ListedRequest, ProcessSeen } from '../../protocol.js'
import { processName } from '../health/names.js'
import { isGap, type Row } from './rows.js'

/** The choice that drops a filter. */
export const any: Choice = { value: undefined, label: 'any' }

const maxChoices = 40

/**
 * The values of a member as choices, the most frequent first.
 *
 * @param used how many requests of the last hour had each value, as the service counted them
 * @param rows the loaded rows, for values that the service has not counted
 */
export function valueChoices(
  used: ReadonlyMap<string, number>,
  rows: readonly Row[],
  of: (item: ListedRequest) => string | undefined,
): readonly Choice[] {
  const counts = new Map(used)
  for (const row of rows) {
    const value = isGap(row) ? undefined : of(row)
    if (value !== undefined && !used.has(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [any, ...mostFrequent(counts).map(([value, count]) => choiceOf(value, value, count))]
}

/** The fields of the loaded rows as choices, `plan=pro`. */
export function fieldChoices(rows: readonly Row[]): readonly Choice[] {
  const counts = new Map<string, number>()
  for (const row of rows) {
    for (const [name, value] of Object.entries((isGap(row) ? undefined : row.fields) ?? {})) {
      if (typeof value === 'object' && value !== null) continue
      const text = `${name}=${String(value)}`
      counts.set(text, (counts.get(text) ?? 0) + 1)
    }
  }
  return mostFrequent(counts).map(([text, count]) => choiceOf(text, text, count))
}

/** Machines with several processes, then the processes. */
export function processChoices(processes: readonly ProcessSeen[]): readonly Choice[] {
  const hosts = new Map<string, number>()
  for (const { host } of processes) hosts.set(host, (hosts.get(host) ?? 0) + 1)
  // Of log files, the host may not be known.
  const machines = [...hosts].filter(([host, count]) => count > 1 && host !== 'unknown')
  return [
    any,
    ...machines.map(([host, count]) => ({ value: host, label: cut(host, 60), note: `${count} processes` })),
    ...processes.map(({ host, pid, isLost }) => ({
      value: host === 'unknown' ? String(pid) : `${host} ${pid}`,
      label: cut(processName({ host, pid }), 60),
      ...(isLost ? { note: '◆ lost' } : {}),
    })),
  ]
}

function mostFrequent(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort((one, other) => other[1] - one[1]).slice(0, maxChoices)
}

function choiceOf(value: string, label: string, count: number): Choice {
  return { value, label: cut(label, 60), note: grouped(count) }
}
