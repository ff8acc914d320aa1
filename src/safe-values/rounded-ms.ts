/** A time as lines and records have it: ms, to the microsecond. */
export function roundedMs(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
