/** Makes a function like `isoTime` that remembers its last time: under load, many lines share a millisecond. */
export function isoTimes(): (time: number) => string {
  let lastTime = Number.NaN
  let lastIso = ''
  return (time) => {
    if (time !== lastTime) {
      lastIso = new Date(time).toISOString()
      lastTime = time
    }
    return lastIso
  }
}

/** A time as lines show it: ISO 8601, UTC, milliseconds. */
export const isoTime: (time: number) => string = isoTimes()
