let lastTime = Number.NaN
let lastIso = ''

/** A time as lines show it: ISO 8601, UTC, milliseconds. */
export function isoTime(time: number): string {
  if (time !== lastTime) {
    lastIso = new Date(time).toISOString()
    lastTime = time
  }
  return lastIso
}
