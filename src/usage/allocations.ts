import type { getHeapStatistics } from 'node:v8'

// @types/node 20 does not know it; Node 26 has it.
type Heap = ReturnType<typeof getHeapStatistics> & { total_allocated_bytes?: number }

/** A fall of the heap by more than this was a collection. */
const collectedBytes = 64 * 1024
/** What a reading of `total_allocated_bytes` tells too much, on average (Node 26). */
const totalTooHigh = 125_000

/**
 * Gives what gives the heap bytes allocated since it was asked last. Exact to the byte between two collections; where
 * one came in between, Node 26 tells to about 100 KB, earlier ones tell nothing, and 0 is given.
 *
 * @returns undefined where the runtime does not report its heap
 */
export function allocationCounter(): (() => number) | undefined {
  const { getHeapStatistics } = process.getBuiltinModule('node:v8')
  if (!reportsHeap(getHeapStatistics)) return undefined
  let { used, total } = readHeap(getHeapStatistics)
  const read = (): number => {
    const now = readHeap(getHeapStatistics)
    let bytes = now.used - used
    if (bytes < -collectedBytes && now.total > 0) bytes = now.total - total - totalTooHigh
    used = now.used
    total = now.total
    return bytes
  }
  const own = costOf(read)
  return () => Math.max(0, read() - own)
}

function reportsHeap(getHeapStatistics: () => unknown): boolean {
  try {
    return Number.isFinite(readHeap(getHeapStatistics).used)
  } catch {
    return false
  }
}

function readHeap(getHeapStatistics: () => unknown): { used: number; total: number } {
  const heap = getHeapStatistics() as Heap
  return { used: heap.used_heap_size, total: heap.total_allocated_bytes ?? 0 }
}

/** What reading allocates itself: the median, since a collection may come in between. */
function costOf(read: () => number): number {
  for (let warmUp = 0; warmUp < 200; warmUp++) read()
  const costs = Array.from({ length: 21 }, read).sort((a, b) => a - b)
  return costs[10] as number
}
